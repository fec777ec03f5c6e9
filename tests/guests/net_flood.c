/* SPDX-License-Identifier: ISC */
/*
 * net_flood: send and receive as fast as possible until the host says that the network is gone, and
 * for half a second more, whatever it says. Then wait for frames for as long: that must not
 * be over at once.
 */
#include "lib.h"

#define MS 1000000ULL

static uint8_t frame[SOLO5_NET_HLEN + 1500];

/* Send and receive once; false: both went well. */
static bool is_lost(solo5_handle_t net)
{
    size_t n;
    bool sent = solo5_net_write(net, frame, 1000) == SOLO5_R_OK;

    return solo5_net_read(net, frame, sizeof frame, &n) == SOLO5_R_EUNSPEC || !sent;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_net_info ni;
    solo5_handle_t net;
    solo5_handle_set_t ready;

    (void)info;
    CHECK(solo5_net_acquire("net", &net, &ni) == SOLO5_R_OK);
    put("sending\n");
    while (!is_lost(net))
        continue;
    put("lost\n");
    solo5_time_t until = solo5_clock_monotonic() + 500 * MS;
    while (solo5_clock_monotonic() < until)
        is_lost(net);

    until = solo5_clock_monotonic() + 500 * MS;
    solo5_yield(until, &ready);
    CHECK(solo5_clock_monotonic() >= until);
    return success();
}
