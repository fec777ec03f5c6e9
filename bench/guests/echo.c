/* SPDX-License-Identifier: ISC */
#include "taps.h"

#include "../net.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_net_info net_info;

    if (solo5_net_acquire("echo", &tap[NET_LOOP], &net_info) != SOLO5_R_OK)
        return SOLO5_EXIT_FAILURE;
    tap[NET_IN] = tap[NET_LOOP];
    return guest_run(info, net_one);
}
