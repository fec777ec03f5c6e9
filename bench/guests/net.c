/* SPDX-License-Identifier: ISC */
#include "taps.h"

#include "../net.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_net_info net_info;

    for (unsigned i = 0; i < NET_DEVICES; i++)
        if (solo5_net_acquire(net_names[i], &tap[i], &net_info) != SOLO5_R_OK)
            return SOLO5_EXIT_FAILURE;
    return guest_run(info, net);
}
