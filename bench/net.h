/* SPDX-License-Identifier: ISC */
/*
 * net.h: three taps. What is sent to OUT the host drops; what is sent to LOOP comes back
 * on IN, through a bridge, before the call that sent it returns or the next wait begins.
 *
 * Who includes it has
 *   bool net_send(unsigned dev, const uint8_t *frame, size_t size)
 *   bool net_get(unsigned dev, uint8_t *frame, size_t size)   false: there is none
 *   bool net_wait(uint64_t ns)      true: IN can be read; 0 does not wait
 */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include "measure.h"

enum { NET_OUT, NET_LOOP, NET_IN, NET_DEVICES };

/* Names in the manifest and of the taps. */
static const char *const net_names[NET_DEVICES] = {"out", "loop", "in"};

#define FRAME 1514
#define BURST 64
#define SENDS 200 /* more than are queued anywhere before something has to be sent */

/* To all, of a type for experiments (IEEE 802, 88b5): no host answers. */
static uint8_t frame[FRAME] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 0x88, 0xb5};
static uint8_t received[2048];

static inline bool get(void)
{
    return net_get(NET_IN, received, sizeof received);
}

static inline void drain(struct bench *b)
{
    (void)b;
    net_wait(0);
    while (get())
        continue;
}

static inline void send_some(struct bench *b, unsigned n)
{
    while (n-- > 0)
        bench_require(b, net_send(NET_LOOP, frame, FRAME));
}

static inline void fill_one(struct bench *b)
{
    drain(b);
    send_some(b, 1);
    bench_require(b, net_wait(100 * NS_PER_MS));
}

/* Who receives ahead while it waits, does it for the device that was read last: not for IN. */
static inline void fill_burst(struct bench *b)
{
    drain(b);
    send_some(b, BURST);
    bench_require(b, !net_get(NET_LOOP, received, sizeof received));
    bench_require(b, net_wait(100 * NS_PER_MS));
}

/* The host notices after a while that a tap is in use. */
static inline void warm_up(struct bench *b)
{
    for (unsigned i = 0; i < 200; i++) {
        net_send(NET_LOOP, frame, FRAME);
        if (net_wait(50 * NS_PER_MS)) {
            drain(b);
            return;
        }
    }
    b->failed = true;
}

static inline void op_net_write(struct bench *b, unsigned n)
{
    while (n-- > 0)
        bench_require(b, net_send(NET_OUT, frame, FRAME));
}

static inline void op_read_none(struct bench *b, unsigned n)
{
    while (n-- > 0)
        bench_require(b, !get());
}

static inline void op_yield_none(struct bench *b, unsigned n)
{
    while (n-- > 0)
        bench_require(b, !net_wait(0));
}

static inline void op_yield_ready(struct bench *b, unsigned n)
{
    while (n-- > 0)
        bench_require(b, net_wait(0));
}

static inline void op_yield_ahead(struct bench *b, unsigned n)
{
    while (n-- > 0)
        bench_require(b, net_wait(100 * NS_PER_MS));
}

/* Until all are sent: where they are queued, a wait sends them. */
static inline void op_burst_out(struct bench *b, unsigned n)
{
    op_net_write(b, n);
    net_wait(0);
}

static inline void op_burst_in(struct bench *b, unsigned n)
{
    while (n-- > 0)
        bench_require(b, get());
}

/* All of the way, whoever moves them meanwhile: sent to LOOP and received from IN. */
static inline void op_through(struct bench *b, unsigned n)
{
    send_some(b, n);
    while (n > 0 && !b->failed)
        if (get())
            n--;
        else
            bench_require(b, net_wait(100 * NS_PER_MS));
}

/* Then a scheduler lets whoever was woken run at once. */
static inline void compute(struct bench *b)
{
    drain(b);
    for (uint64_t begin = b->now(); b->now() - begin < 10 * NS_PER_MS;)
        continue;
}

static inline void through(struct bench *b)
{
    bench_each(b, "net_through_one", 1, drain, op_through);
    bench_each(b, "net_through", BURST, drain, op_through);
    bench_each(b, "net_through_late", BURST, compute, op_through);
}

/* Where frames are on their way when a call returns, no more than this can be told. */
static inline void net_through(struct bench *b)
{
    warm_up(b);
    through(b);
}

static inline void net(struct bench *b)
{
    warm_up(b);
    bench_each(b, "read_none", b->count, drain, op_read_none);
    bench_each(b, "yield_none", b->count, drain, op_yield_none);
    bench_each(b, "net_write", SENDS, drain, op_net_write);
    bench_each(b, "net_burst_out", BURST, drain, op_burst_out);
    bench_each(b, "net_burst_in", BURST, fill_burst, op_burst_in);
    bench_each(b, "yield_ready", b->count, fill_one, op_yield_ready);
    bench_each(b, "yield_ahead", b->count, fill_one, op_yield_ahead);
    through(b);
}

/* With one tap for both LOOP and IN: its bridge sends back what it gets. */
static inline void net_one(struct bench *b)
{
    warm_up(b);
    bench_each(b, "yield_ready", b->count, fill_one, op_yield_ready);
}

#endif /* BENCH_NET_H */
