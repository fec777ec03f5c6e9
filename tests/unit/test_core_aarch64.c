/* SPDX-License-Identifier: ISC */
/*
 * links: tenders/hvt/debug/core.c tenders/hvt/debug/aarch64/core_regs.c
 * links: tenders/hvt/aarch64/ipa.c
 * links: tenders/common/guest_mem.c tenders/common/image.c tenders/common/err.c
 */
#include "core_test.h"

#include "../../tenders/hvt/aarch64/ipa.h"

static void traps(void **state)
{
    uint8_t bytes[HVT_HALT_COOKIE_MAX];
    struct hvt_cookie_aarch64 c = {.magic = HVT_COOKIE_MAGIC,
            .trap = {.sp = 131, .pc = 132, .pstate = 133, .esr = 1, .far = 2}};
    uint64_t now[CORE_REGS_MAX];

    (void)state;
    for (unsigned i = 0; i < 31; i++)
        c.trap.x[i] = 100 + i;
    memset(bytes, 0xff, sizeof bytes);
    memcpy(bytes, &c, sizeof c);
    core_regs_cookie(now, bytes);
    for (size_t i = 0; i < 34; i++)
        assert_int_equal(now[i], 100 + i);

    /* No layout but ours is known. */
    c.magic = 0;
    memcpy(bytes, &c, sizeof c);
    memcpy(now, regs, sizeof now);
    core_regs_cookie(now, bytes);
    assert_memory_equal(now, regs, sizeof now);
}

/* One of the notes behind the first; the next one's place. */
static const uint8_t *expect_note(const uint8_t *p, const char *name, unsigned type,
        const uint64_t *desc, size_t size)
{
    Elf64_Nhdr n;

    memcpy(&n, p, sizeof n);
    assert_int_equal(n.n_namesz, strlen(name) + 1);
    assert_int_equal(n.n_descsz, size);
    assert_int_equal(n.n_type, type);
    assert_string_equal((const char *)p + sizeof n, name);
    assert_memory_equal(p + NOTE_HEAD, desc, size);
    return p + NOTE_HEAD + size;
}

/* From the end of addresses, as TCR_EL1 has it, to bit 54. */
static uint64_t signature(unsigned bits)
{
    uint64_t tcr = ipa_tcr(bits), mask = 0;

    assert_int_equal(tcr >> 37 & 1, 1); /* TBI0: none in the top byte, */
    assert_int_equal(tcr >> 51 & 1, 0); /* TBID0: nor of code */
    for (uint64_t bit = 64 - (tcr & 0x3f); bit <= 54; bit++)
        mask |= 1ULL << bit;
    return mask;
}

/* What gdb needs, only where addresses are signed; all else is the same. */
static void signed_addresses(void **state)
{
    static const uint64_t auxv[] = {16, 1ULL << 30, 0, 0};
    const uint64_t masks[] = {signature(40), signature(36)};
    uint8_t notes[CORE_NOTES_MAX];

    (void)state;
    assert_int_equal(masks[0], 0x007fff0000000000);
    assert_int_equal(core_notes(false, notes), 0);
    signs = true;
    headers(NULL);
    note(NULL);
    int fd = new_file();
    const uint8_t *p = written(fd);
    const uint8_t *more = p + HEADERS + NOTE_HEAD + prstatus_bytes();
    more = expect_note(more, "CORE", NT_AUXV, auxv, sizeof auxv);
    more = expect_note(more, "LINUX", 0x406, masks, sizeof masks);
    assert_ptr_equal(more, p + data_offset());
    unmap(p);
    close(fd);
    signs = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {CORE_TESTS, cmocka_unit_test(traps),
            cmocka_unit_test(signed_addresses)};

    return cmocka_run_group_tests(tests, core_test_setup, core_test_teardown);
}
