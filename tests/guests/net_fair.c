/* SPDX-License-Identifier: ISC */
/*
 * net_fair: two networks that send back what they are sent. While there are frames of the
 * first one, whoever keeps them, a frame of the second one is told within a few waits, and
 * then each time until it is read.
 */
#include "lib.h"

#define MS UINT64_C(1000000)

/* Of ours: those that are not asked about it, and the one that is. */
#define WAITS_MAX 17
#define FLOOD 60

static solo5_handle_t net[2];

/* To all, of a type for experiments (IEEE 802, 88b5). */
static uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 0x88, 0xb5};
static uint8_t received[2048];

static bool is_ready(unsigned dev, solo5_handle_set_t set)
{
    return set >> net[dev] & 1;
}

static void send(unsigned dev, unsigned n)
{
    while (n-- > 0)
        CHECK(solo5_net_write(net[dev], frame, sizeof frame) == SOLO5_R_OK);
}

static bool receive(unsigned dev)
{
    size_t n;
    solo5_result_t r = solo5_net_read(net[dev], received, sizeof received, &n);

    CHECK(r == SOLO5_R_OK || r == SOLO5_R_AGAIN);
    return r == SOLO5_R_OK;
}

static solo5_handle_set_t wait(solo5_time_t deadline)
{
    solo5_handle_set_t ready = 0;

    solo5_yield(deadline, &ready);
    return ready;
}

/* The host notices after a while that an interface is in use. */
static void warm_up(unsigned dev)
{
    unsigned tries = 0;

    do {
        CHECK(tries++ < 200);
        send(dev, 1);
    } while (!is_ready(dev, wait(solo5_clock_monotonic() + 50 * MS)));
    while (receive(dev) || wait(0))
        continue;
}

/* Until a frame of the other one is told, with a frame of the first for each wait. */
static unsigned waits_until_told(solo5_time_t deadline)
{
    solo5_handle_set_t ready;
    unsigned waits = 0;

    send(1, 1);
    do {
        CHECK(++waits <= WAITS_MAX);
        ready = wait(deadline);
        CHECK(is_ready(0, ready) && receive(0));
    } while (!is_ready(1, ready));
    return waits;
}

static void flood(solo5_time_t deadline)
{
    solo5_handle_set_t both = UINT64_C(1) << net[0] | UINT64_C(1) << net[1];

    send(0, FLOOD);
    CHECK(wait(deadline) == UINT64_C(1) << net[0]);
    CHECK(receive(0));
    CHECK(wait(deadline) == UINT64_C(1) << net[0]);
    put_value("waits", waits_until_told(deadline));
    for (unsigned i = 0; i < 2 * WAITS_MAX; i++)
        CHECK(wait(deadline) == both);
    CHECK(receive(1) && !receive(1));
    for (unsigned i = 0; i < 2 * WAITS_MAX; i++)
        CHECK(wait(deadline) == UINT64_C(1) << net[0]);
    while (receive(0))
        continue;
    CHECK(wait(0) == 0);
}

/* What was told while the first had nothing is told on, also if a read of it brings frames. */
static void told_before(solo5_time_t deadline)
{
    solo5_handle_set_t both = UINT64_C(1) << net[0] | UINT64_C(1) << net[1];

    send(0, 3);
    CHECK(wait(deadline) == UINT64_C(1) << net[0]);
    CHECK(receive(0) && wait(deadline) == UINT64_C(1) << net[0]);
    CHECK(receive(0) && receive(0) && !receive(0));
    send(1, 1);
    CHECK(wait(deadline) == UINT64_C(1) << net[1]);
    send(0, 3);
    if (!receive(0)) { /* they are queued: a wait sends them */
        wait(0);
        CHECK(receive(0));
    }
    for (unsigned i = 0; i < WAITS_MAX; i++)
        CHECK(wait(deadline) == both);
    CHECK(receive(1) && !receive(1));
    while (receive(0))
        continue;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static const char *const names[2] = {"net0", "net1"};
    struct solo5_net_info ni;

    (void)info;
    for (unsigned i = 0; i < 2; i++) {
        CHECK(solo5_net_acquire(names[i], &net[i], &ni) == SOLO5_R_OK);
        warm_up(i);
    }
    flood(0);
    flood(UINT64_MAX);
    told_before(UINT64_MAX);
    return success();
}
