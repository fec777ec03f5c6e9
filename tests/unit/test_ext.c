/* SPDX-License-Identifier: ISC */
/*
 * The note about extensions, and the answer.
 *
 * links: tenders/common/ext.c tenders/common/image.c tenders/common/guest_mem.c
 * links: tenders/common/err.c
 */
#include "fake_elf.h"

#include <stdio.h>

#include "ext.h"

#define ALL (~0ULL)

static struct err err;
static struct fake_elf f;

/* What reading F's first SIZE bytes says. */
static int read_some(struct ext *ext, enum tender_target target, size_t size)
{
    struct elf elf;
    int fd = fake_open(&f, size);

    memset(ext, 0x55, sizeof *ext);
    err.text[0] = 0;
    assert_works(elf_read(&elf, fd, ELF_MACHINE_ANY, &err), err);
    int r = ext_read(ext, &elf, target, &err);
    elf_free(&elf);
    close(fd);
    return r;
}

static int read_ext(struct ext *ext)
{
    return read_some(ext, TENDER_HVT, sizeof f);
}

static void absent(void **state)
{
    struct ext ext;

    (void)state;
    fake_make(&f);
    assert_works(read_ext(&ext), err);
    assert_true(!ext.declared && ext.features == 0 && ext.min_memory == 0);
    /* Another owner's, another type. */
    fake_ext(&f, ALL, 1);
    f.ext.name[0] = 's';
    assert_works(read_ext(&ext), err);
    assert_false(ext.declared);
    fake_ext(&f, ALL, 1);
    f.ext.n_type++;
    assert_works(read_ext(&ext), err);
    assert_false(ext.declared);
}

static void declared(void **state)
{
    struct ext ext;

    (void)state;
    fake_make(&f);
    fake_ext(&f, 0, 0x345000);
    assert_works(read_ext(&ext), err);
    assert_true(ext.declared && ext.features == 0 && ext.min_memory == 0x345000);
    fake_ext(&f, EXT_F_RANDOM, 0);
    assert_works(read_ext(&ext), err);
    assert_int_equal(ext.features, EXT_F_RANDOM);
    f.ext.info.version = 7;
    assert_works(read_ext(&ext), err);
    assert_true(ext.declared);
}

/* A bit is in force if the tender knows it for this target. */
static void bits(void **state)
{
    static const struct {
        enum tender_target target;
        uint64_t has, lacks;
    } rows[] = {
            {TENDER_HVT, EXT_F_RANDOM | EXT_F_NET_BATCH | EXT_F_PAC | EXT_F_NET_VHOST,
                    EXT_F_NET_FORGET | EXT_F_CLOCK_VDSO | EXT_F_BLOCK_MAP},
            {TENDER_SPT, EXT_F_RANDOM | EXT_F_CLOCK_VDSO | EXT_F_BLOCK_MAP,
                    EXT_F_LARGE_MEMORY | EXT_F_NET_BATCH | EXT_F_PAC | EXT_F_NET_VHOST},
    };
    struct ext ext;

    (void)state;
    fake_make(&f);
    fake_ext(&f, ALL, 0);
    for (size_t i = 0; i < N_OF(rows); i++) {
        assert_works(read_some(&ext, rows[i].target, sizeof f), err);
        assert_int_equal(ext.features & rows[i].has, rows[i].has);
        assert_int_equal(ext.features & rows[i].lacks, 0);
        /* PIE isn't for ET_EXEC, BTI for some CPUs only. */
        const uint64_t later = EXT_F_BTI | EXT_F_CLOCK_VDSO | EXT_F_NET_BATCH |
                EXT_F_BLOCK_MAP | EXT_F_PAC | EXT_F_NET_VHOST;
        assert_int_equal((ext.features & ~later) >> 5, 0);
    }
}

/* An image without a fixed address has the bit, and a longer note; test_pie has the rest. */
static void any_address(void **state)
{
    struct ext ext;

    (void)state;
    fake_make(&f);
    f.eh.e_type = ET_DYN;
    assert_fails(read_ext(&ext), err, "(ET_EXEC) and not linked with -z solo5-pie (offset 0x10)");
    fake_ext(&f, ~EXT_F_PIE, 0);
    assert_fails(read_ext(&ext), err, "(ET_EXEC) and not linked with -z solo5-pie (offset 0x10)");
    fake_ext(&f, EXT_F_PIE, 0);
    assert_fails(read_ext(&ext), err, "too short for the table of relocations (offset 0x");
    f.ext.n_descsz = sizeof(struct ext1_pie);
    f.ph[7].p_filesz = SOLO5_NOTE_DESC_OFFSET + f.ext.n_descsz;
    assert_works(read_ext(&ext), err);
    assert_int_equal(ext.features, EXT_F_PIE);
    assert_int_equal(ext.rela_place, offsetof(struct fake_elf, ext.info) + 20);
    f.eh.e_type = ET_EXEC;
    assert_works(read_ext(&ext), err);
    assert_true(ext.declared && ext.features == 0);
}

static void sizes(void **state)
{
    struct ext ext;

    (void)state;
    for (uint32_t size = 0; size <= EXT1_NOTE_MAX_SIZE + 1; size++) {
        fake_make(&f);
        fake_ext(&f, EXT_F_RANDOM, 3);
        f.ext.n_descsz = size;
        f.ph[7].p_filesz = SOLO5_NOTE_DESC_OFFSET + size;
        int r = read_ext(&ext);
        if (r != (size >= 20 && size <= EXT1_NOTE_MAX_SIZE ? 0 : -1))
            fail_msg("%u bytes: %s", size, err.text);
        if (r == 0)
            assert_true(ext.declared && ext.min_memory == 3);
        else
            assert_non_null(strstr(err.text,
                    "note does not fall within valid size (program header 7, offset 0x"));
    }
}

static void refused(void **state)
{
    struct ext ext;

    (void)state;
    fake_make(&f);
    fake_ext(&f, 0, 0);
    f.ext.info.version = 0;
    char words[64];
    snprintf(words, sizeof words, "has version 0 (offset 0x%zx)",
            offsetof(struct fake_elf, ext.info.version));
    assert_fails(read_ext(&ext), err, words);
    fake_ext(&f, 0, 0);
    f.ph[7].p_filesz--;
    assert_fails(read_ext(&ext), err, "n_descsz exceeds p_filesz");
    fake_ext(&f, 0, 0);
    f.ph[7].p_filesz = 11;
    assert_fails(read_ext(&ext), err, "note does not fall within valid size");
    fake_ext(&f, 0, 0);
    f.ph[7].p_offset = sizeof f - 30;
    assert_works(read_ext(&ext), err); /* no note of ours there */
    assert_false(ext.declared);
    fake_ext(&f, 0, 0);
    f.ph[6].p_type = PT_NULL; /* the manifest lies behind it */
    size_t end = offsetof(struct fake_elf, ext) + sizeof f.ext;
    assert_works(read_some(&ext, TENDER_HVT, end), err);
    for (size_t cut = 1; cut < sizeof f.ext; cut++)
        assert_fails(read_some(&ext, TENDER_HVT, end - cut), err, "end of the file");
}

static void memory(void **state)
{
    static const struct {
        uint64_t min, size, end;
        const char *words; /* NULL: enough */
    } rows[] = {
            {0, 0x200000, 0x200000, NULL},
            {0x200000, 0x200000, 0x200000, NULL},
            {0x200001, 0x200000, 0x200000, "needs at least 3 MiB of memory: use --mem=3"},
            {0x300000, 0x200000, 0x200000, "use --mem=3"},
            {0x1f0000, 0x1f0000, 0x200000, NULL},
            {0x1f0001, 0x1f0000, 0x200000, "use --mem=3"},
            {0x2f0000, 0x1f0000, 0x200000, "use --mem=3"},
            {0x2f0001, 0x1f0000, 0x200000, "use --mem=4"},
            {UINT64_MAX, 0x200000, 0x200000, "use --mem=17592186044416"},
            {UINT64_MAX, 0x1f0000, 0x200000, "use --mem=17592186044416"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct ext ext = {.declared = true, .min_memory = rows[i].min};
        struct guest_mem mem = {.size = rows[i].size, .end = rows[i].end};
        if (rows[i].words)
            assert_fails(ext_check_memory(&ext, &mem, &err), err, rows[i].words);
        else
            assert_works(ext_check_memory(&ext, &mem, &err), err);
    }
}

static struct ext_info answer(const struct ext *ext, uint64_t hypercall_base)
{
    static uint8_t low[0x100000];
    struct guest_mem mem = {.shift = (uintptr_t)low};
    struct ext_info info;

    memset(low, 0, sizeof low);
    assert_works(ext_write(ext, &mem, hypercall_base, &err), err);
    memcpy(&info, low + EXT_INFO_BASE, sizeof info);
    memset(low + EXT_INFO_BASE, 0, sizeof info);
    for (size_t i = 0; i < sizeof low; i++)
        assert_int_equal(low[i], 0);
    return info;
}

static void answers(void **state)
{
    static const uint8_t zero[EXT_RANDOM_SIZE];
    struct ext ext = {.declared = true, .features = EXT_F_RANDOM};

    (void)state;
    struct ext_info a = answer(&ext, 0x100000000), b = answer(&ext, 0);
    assert_int_equal(a.magic, EXT_MAGIC);
    assert_memory_equal(&a, "Solo5EXT", 8);
    assert_int_equal(a.version, 1);
    assert_int_equal(a.size, 640);
    assert_int_equal(a.features, EXT_F_RANDOM);
    assert_true(a.block_max == 0 && a.hypercall_base == 0);
    /* The same 16 bytes twice happen to nobody. */
    for (size_t i = 0; i < EXT_RANDOM_SIZE; i += 16) {
        assert_memory_not_equal(a.random + i, zero, 16);
        assert_memory_not_equal(a.random + i, b.random + i, 16);
    }
    ext.features = EXT_F_LARGE_MEMORY | EXT_F_BLOCK_RANGE;
    a = answer(&ext, 0x180000000);
    assert_int_equal(a.hypercall_base, 0x180000000);
    assert_int_equal(a.block_max, 1048576);
    assert_memory_equal(a.random, zero, sizeof zero);
    /* An address only where the bit says so. */
    ext.clock_vdso = 0x7f0000000aa0;
    assert_int_equal(answer(&ext, 0).clock_vdso, 0);
    ext.features = EXT_F_CLOCK_VDSO;
    assert_int_equal(answer(&ext, 0).clock_vdso, 0x7f0000000aa0);
    ext.block_page = 4096;
    ext.block_map[63] = 0x7f0000001000;
    a = answer(&ext, 0);
    assert_true(a.block_page == 0 && a.block_map[63] == 0);
    ext.features = EXT_F_BLOCK_MAP;
    a = answer(&ext, 0);
    assert_int_equal(a.block_page, 4096);
    assert_int_equal(a.block_map[63], 0x7f0000001000);
    assert_int_equal(a.block_map[62], 0);
    ext.net_vhost = 0xfb0000;
    assert_int_equal(answer(&ext, 0).net_vhost, 0);
    ext.features = EXT_F_NET_VHOST;
    assert_int_equal(answer(&ext, 0).net_vhost, 0xfb0000);
}

/* Nothing is there for an image that doesn't ask. */
static void no_answer(void **state)
{
    static const struct ext_info zero;
    struct ext ext = {.declared = false};
    struct ext_info a = answer(&ext, 1);

    (void)state;
    assert_memory_equal(&a, &zero, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(absent),
            cmocka_unit_test(declared),
            cmocka_unit_test(bits),
            cmocka_unit_test(any_address),
            cmocka_unit_test(sizes),
            cmocka_unit_test(refused),
            cmocka_unit_test(memory),
            cmocka_unit_test(answers),
            cmocka_unit_test(no_answer),
    };

    return cmocka_run_group_tests_name("ext", tests, NULL, NULL);
}
