/* SPDX-License-Identifier: ISC */
/* guard: prints the stack protector's guard, to be compared with other starts. */
#include "lib.h"

extern uintptr_t __stack_chk_guard;

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    put_u64(__stack_chk_guard);
    put("\n");
    CHECK((__stack_chk_guard & 0xff00) == 0);
    return SOLO5_EXIT_SUCCESS;
}
