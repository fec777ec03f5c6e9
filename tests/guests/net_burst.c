/* SPDX-License-Identifier: ISC */
/*
 * net_burst N: send N numbered frames, of 18 to 1017 bytes, and end at once. All of
 * them must come, in order.
 */
#include "lib.h"

static uint8_t frame[18 + 1000];

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_net_info ni;
    solo5_handle_t net;
    uint64_t n = to_u64(info->cmdline);

    CHECK(solo5_net_acquire("net", &net, &ni) == SOLO5_R_OK);
    for (uint32_t i = 0; i < n; i++) {
        memcpy(frame + SOLO5_NET_HLEN, &i, sizeof i);
        CHECK(solo5_net_write(net, frame, 18 + i % 1000) == SOLO5_R_OK);
    }
    return success();
}
