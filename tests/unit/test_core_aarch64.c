/* SPDX-License-Identifier: ISC */
/*
 * links: tenders/hvt/debug/core.c tenders/hvt/debug/aarch64/core_regs.c
 * links: tenders/common/guest_mem.c tenders/common/image.c tenders/common/err.c
 */
#include "core_test.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {CORE_TESTS, cmocka_unit_test(traps)};

    return cmocka_run_group_tests(tests, core_test_setup, core_test_teardown);
}
