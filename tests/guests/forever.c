/* SPDX-License-Identifier: ISC */
/*
 * forever: waits without end and without devices, as if nothing was left to do.
 * "spin": is busy without end instead. "touch": after writing to 8 MiB.
 */
#include "lib.h"

static void touch(volatile char *p, size_t size)
{
    for (size_t i = 0; i < size; i += 4096)
        p[i] = 1;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    if (strcmp(info->cmdline, "touch") == 0)
        touch((char *)info->heap_start, 8 << 20);
    put("waiting\n");
    while (strcmp(info->cmdline, "spin") == 0)
        OPAQUE(info);
    for (;;)
        solo5_yield(UINT64_MAX, NULL);
}
