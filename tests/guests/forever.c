/* SPDX-License-Identifier: ISC */
/*
 * forever: waits without end and without devices, as if nothing was left to do.
 * "spin": is busy without end instead.
 */
#include "lib.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    put("waiting\n");
    while (strcmp(info->cmdline, "spin") == 0)
        OPAQUE(info);
    for (;;)
        solo5_yield(UINT64_MAX, NULL);
}
