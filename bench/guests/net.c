/* SPDX-License-Identifier: ISC */
#include "taps.h"

#include "../net.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    return find_taps(net_names) ? guest_run(info, net) : SOLO5_EXIT_FAILURE;
}
