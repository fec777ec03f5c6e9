/* SPDX-License-Identifier: ISC */
/*
 * forever: waits without end and without devices, as if nothing was left to do.
 */
#include "lib.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    put("waiting\n");
    for (;;)
        solo5_yield(UINT64_MAX, NULL);
}
