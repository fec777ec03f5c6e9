/* SPDX-License-Identifier: ISC */
#include "idle.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    return idle();
}
