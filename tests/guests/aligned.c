/* SPDX-License-Identifier: ISC */
/*
 * aligned: constants and data that want to be on larger pages than their segments begin on.
 */
#include "lib.h"

#define LARGE 131072

static const char constant[] __attribute__((aligned(LARGE))) = "constant";
static char data[] __attribute__((aligned(LARGE))) = "data";
static char bss[4] __attribute__((aligned(LARGE)));

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    CHECK((uintptr_t)OPAQUE(&constant[0]) % LARGE == 0 && strcmp(constant, "constant") == 0);
    CHECK((uintptr_t)OPAQUE(&data[0]) % LARGE == 0 && strcmp(data, "data") == 0);
    CHECK((uintptr_t)OPAQUE(&bss[0]) % LARGE == 0 && bss[3] == 0);
    OPAQUE(&data[0])[0] = 'D';
    OPAQUE(&bss[0])[3] = 1;
    CHECK(data[0] == 'D' && bss[3] == 1);
    return success();
}
