/* SPDX-License-Identifier: ISC */
/*
 * net_empty N: read "net" N times, each time after waiting that it can be, and print what
 * came of it. After that it is not ready.
 */
#include "lib.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    static uint8_t frame[65535 + SOLO5_NET_HLEN];
    solo5_handle_t net;
    solo5_handle_set_t ready;
    struct solo5_net_info ni;
    uint64_t n = to_u64(info->cmdline);
    size_t size;

    CHECK(solo5_net_acquire("net", &net, &ni) == SOLO5_R_OK);
    put("reads=");
    for (uint64_t i = 0; i < n; i++) {
        solo5_yield(UINT64_MAX, &ready);
        CHECK(ready == UINT64_C(1) << net);
        put_u64(solo5_net_read(net, frame, sizeof frame, &size));
    }
    solo5_yield(solo5_clock_monotonic() + 200000000, &ready);
    put("\nready=");
    put_u64(ready);
    put("\nthen=");
    put_u64(solo5_net_read(net, frame, sizeof frame, &size));
    put("\n");
    return success();
}
