/* SPDX-License-Identifier: ISC */
/*
 * minmem: needs more than 2 MiB because of 576 KiB of zeroed data: the image itself fits.
 */
#include "lib.h"

static char fill[576 << 10];

int solo5_app_main(const struct solo5_start_info *info)
{
    OPAQUE(&fill[0])[sizeof fill - 1] = 1;
    put_value("heap_size", info->heap_size);
    return success();
}
