/* SPDX-License-Identifier: ISC */
/*
 * net_copies: what is sent comes back, byte for byte, from anywhere to anywhere: bursts of frames
 * of sizes at which copies change how they go about it, and buffers that are shorter.
 */
#include "lib.h"

#define BURST 40
#define ALIGN 16
#define NET_MAX 1514
#define GUARD 32

/* To all, of a type for experiments (IEEE 802, 88b5). */
static const uint8_t header[SOLO5_NET_HLEN] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 0x88, 0xb5};
static uint8_t sent[ALIGN + NET_MAX];
static uint8_t received[GUARD + ALIGN + NET_MAX + GUARD];

static solo5_handle_t net;

static uint8_t byte(unsigned number, size_t i)
{
    return i < sizeof header ? header[i] : (uint8_t)(i * 7 + i / 256 + number * 31);
}

static void send(unsigned number, size_t size)
{
    uint8_t *frame = sent + number % ALIGN;

    for (size_t i = 0; i < size; i++)
        frame[i] = byte(number, i);
    CHECK(solo5_net_write(net, frame, size) == SOLO5_R_OK);
    memset(frame, 0, size);
}

/* The host notices after a while that an interface is in use. */
static void warm_up(void)
{
    solo5_handle_set_t ready = 0;
    size_t n;

    for (unsigned tries = 0; ready == 0; tries++) {
        CHECK(tries < 200);
        send(0, 60);
        solo5_yield(solo5_clock_monotonic() + 50000000, &ready);
    }
    do
        solo5_yield(solo5_clock_monotonic() + 50000000, &ready);
    while (solo5_net_read(net, received, sizeof received, &n) == SOLO5_R_OK);
}

/* The first ROOM bytes, and nothing around them. */
static void receive(unsigned number, size_t size, size_t room)
{
    uint8_t *frame = received + GUARD + number * 7 % ALIGN;
    size_t want = size < room ? size : room, n = 0;
    solo5_result_t r;

    memset(received, 0xa5, sizeof received);
    while ((r = solo5_net_read(net, frame, room, &n)) == SOLO5_R_AGAIN)
        solo5_yield(solo5_clock_monotonic() + 1000000000, NULL);
    CHECK(r == SOLO5_R_OK && n == want);
    for (size_t i = 0; i < want; i++)
        CHECK(frame[i] == byte(number, i));
    for (uint8_t *p = received; p < received + sizeof received; p++)
        CHECK((p >= frame && p < frame + want) || *p == 0xa5);
}

static void burst(size_t size, size_t room)
{
    for (unsigned i = 0; i < BURST; i++)
        send(i, size);
    for (unsigned i = 0; i < BURST; i++)
        receive(i, size, room);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static const uint16_t sizes[] = {60, 127, 128, 255, 256, 257, 263, 264, 511, 512, 513, 767, 768,
            769, 1000, 1279, 1280, 1281, 1513, NET_MAX};
    struct solo5_net_info ni;

    (void)info;
    CHECK(solo5_net_acquire("net", &net, &ni) == SOLO5_R_OK);
    warm_up();
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        burst(sizes[i], NET_MAX);
        burst(sizes[i], sizes[i] - 1U);
        burst(NET_MAX, sizes[i]);
    }
    return success();
}
