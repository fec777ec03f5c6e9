/* SPDX-License-Identifier: ISC */
/*
 * hello: prints what it was started with.
 */
#include "lib.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    put("Hello, World\n");
    put("cmdline=[");
    put(info->cmdline);
    put("]\n");
    return success();
}
