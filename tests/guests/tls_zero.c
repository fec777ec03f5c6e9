/* SPDX-License-Identifier: ISC */
/*
 * tls_zero: only zeroed thread-local variables, each in a section of its own
 * (-fdata-sections), next to ordinary zeroed data.
 */
#include "lib.h"

static __thread volatile int a;
static __thread volatile uint64_t b[5];
static __thread volatile char c;
static volatile int ordinary[100];
static char block[1024];

static void __attribute__((noinline)) use_variables(void)
{
    CHECK(a == 0 && b[0] == 0 && b[4] == 0 && c == 0);
    a = 1;
    b[4] = 2;
    c = 3;
    ordinary[99] = 4;
    CHECK(a == 1 && b[4] == 2 && c == 3 && b[3] == 0 && ordinary[99] == 4);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    CHECK(solo5_tls_size() <= sizeof block);
    CHECK(solo5_tls_init((uintptr_t)block) == SOLO5_R_OK);
    CHECK(solo5_set_tls_base(solo5_tls_tp_offset((uintptr_t)block)) == SOLO5_R_OK);
    use_variables();
    return success();
}
