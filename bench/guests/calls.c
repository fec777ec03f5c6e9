/* SPDX-License-Identifier: ISC */
#include "clocks.h"

#include "../calls.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    return guest_run(info, calls);
}
