/* SPDX-License-Identifier: ISC */
/*
 * links: tenders/hvt/debug/core.c tenders/hvt/debug/x86_64/core_regs.c
 * links: tenders/common/guest_mem.c tenders/common/image.c tenders/common/err.c
 */
#include "core_test.h"

/* Places in struct user_regs_struct. */
enum { RIP = 16, CS, EFLAGS, RSP, SS };

static const struct hvt_cookie_x86_64 cookie = {.cr2 = 1,
        .ec = 2,
        .rip = 3,
        .cs = 4,
        .rflags = 5,
        .rsp = 6,
        .ss = 7,
        .magic = HVT_COOKIE_MAGIC,
        .gpr = {.rax = 8, .rbx = 9, .rcx = 10, .rdx = 11, .rsi = 12, .rdi = 13, .rbp = 14,
                .r8 = 15, .r9 = 16, .r10 = 17, .r11 = 18, .r12 = 19, .r13 = 20, .r14 = 21,
                .r15 = 22}};

/* 0: as before. */
static void assert_regs(const uint64_t want[27], void *with)
{
    uint64_t now[CORE_REGS_MAX];

    memcpy(now, regs, sizeof now);
    core_regs_cookie(now, with);
    for (size_t i = 0; i < CORE_REGS_MAX; i++)
        assert_int_equal(now[i], i < 27 && want[i] ? want[i] : regs[i]);
}

static void traps(void **state)
{
    uint8_t bytes[HVT_HALT_COOKIE_MAX];
    struct hvt_cookie_x86_64 c = cookie;

    (void)state;
    memset(bytes, 0xff, sizeof bytes);
    memcpy(bytes, &c, sizeof c);
    assert_regs((const uint64_t[27]){22, 21, 20, 19, 14, 9, 18, 17, 16, 15, 8, 10, 11, 12, 13, 0,
                        3, 4, 5, 6, 7},
            bytes);
    /* Other bindings give seven words; what follows is theirs. */
    c.magic++;
    memcpy(bytes, &c, sizeof c);
    assert_regs((const uint64_t[27]){[RIP] = 3, [CS] = 4, [EFLAGS] = 5, [RSP] = 6, [SS] = 7},
            bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {CORE_TESTS, cmocka_unit_test(traps)};

    return cmocka_run_group_tests(tests, core_test_setup, core_test_teardown);
}
