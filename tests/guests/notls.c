/* SPDX-License-Identifier: ISC */
/*
 * notls: uses a thread-local variable without having set up a block.
 */
#include "lib.h"

static __thread volatile int variable = 1;

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    variable++;
    FAIL("survived");
}
