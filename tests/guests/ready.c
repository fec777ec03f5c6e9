/* SPDX-License-Identifier: ISC */
/*
 * ready: what solo5_yield() says of a network device that someone else sends to. The
 * disk is never part of it.
 */
#include "lib.h"

#define SEC UINT64_C(1000000000)
#define DAY (86400 * SEC)

static solo5_handle_t net;
static size_t largest;
static uint8_t frame[65536];

/* Wait until DEADLINE: it must be ended by a frame. */
static void wait_for_frame(solo5_time_t deadline)
{
    solo5_handle_set_t ready = 0;

    solo5_yield(deadline, &ready);
    CHECK(ready == 1ULL << net);
    CHECK(solo5_clock_monotonic() < deadline);
    /* It stays ready, and that is told without a wait. */
    for (unsigned i = 0; i < 3; i++) {
        ready = 0;
        solo5_yield(0, &ready);
        CHECK(ready == 1ULL << net);
        solo5_yield(i, NULL);
    }
}

/* Read until nothing is left: then, and only then, it is not ready. */
static void drain(void)
{
    solo5_handle_set_t ready;
    solo5_result_t r;
    size_t n;

    do {
        do {
            n = 12345;
            r = solo5_net_read(net, frame, largest, &n);
            CHECK(r == SOLO5_R_AGAIN ? n == 12345 : n >= SOLO5_NET_HLEN && n <= largest);
        } while (r == SOLO5_R_OK);
        CHECK(r == SOLO5_R_AGAIN);
        ready = UINT64_MAX;
        solo5_yield(0, &ready);
        CHECK((ready & ~(1ULL << net)) == 0);
    } while (ready); /* another frame has come */
}

/* A buffer that is too short gets the beginning of the frame. */
static void read_short(void)
{
    size_t n = 0;

    memset(frame, 0x5a, 64);
    CHECK(solo5_net_read(net, frame, 20, &n) == SOLO5_R_OK);
    CHECK(n == 20 && frame[20] == 0x5a);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    solo5_handle_t disk;
    struct solo5_block_info bi;
    struct solo5_net_info ni;
    solo5_time_t now;

    (void)info;
    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK);
    CHECK(solo5_net_acquire("net", &net, &ni) == SOLO5_R_OK && net == 2);
    largest = ni.mtu + SOLO5_NET_HLEN;
    CHECK(largest <= sizeof frame);

    put("waiting for a day\n");
    wait_for_frame(solo5_clock_monotonic() + DAY);
    read_short();
    drain();
    put("waiting for ever\n");
    wait_for_frame(UINT64_MAX);
    drain();
    /* Nobody sends to it now but the host's own chatter, which only ends a wait early. */
    now = solo5_clock_monotonic();
    solo5_yield(now + SEC / 10, NULL);
    CHECK(solo5_clock_monotonic() >= now);
    return success();
}
