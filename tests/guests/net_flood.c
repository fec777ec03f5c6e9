/* SPDX-License-Identifier: ISC */
/*
 * net_flood: send and receive as fast as possible, for two seconds, whatever the host says of it.
 * Then wait for frames, once more for half a second: that must not be over at once.
 */
#include "lib.h"

#define MS 1000000ULL

static uint8_t frame[SOLO5_NET_HLEN + 1500];

static void flood(solo5_handle_t net, solo5_time_t end)
{
    bool lost = false;

    while (solo5_clock_monotonic() < end) {
        size_t n;

        if (solo5_net_write(net, frame, 1000) != SOLO5_R_OK)
            lost = true;
        if (solo5_net_read(net, frame, sizeof frame, &n) == SOLO5_R_EUNSPEC)
            lost = true;
    }
    put(lost ? "lost\n" : "not lost\n");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_net_info ni;
    solo5_handle_t net;
    solo5_handle_set_t ready;

    (void)info;
    CHECK(solo5_net_acquire("net", &net, &ni) == SOLO5_R_OK);
    put("sending\n");
    flood(net, solo5_clock_monotonic() + 2000 * MS);

    solo5_time_t until = solo5_clock_monotonic() + 500 * MS;
    solo5_yield(until, &ready);
    CHECK(solo5_clock_monotonic() >= until);
    return success();
}
