/* SPDX-License-Identifier: ISC */
/*
 * nets.h: a guest's networks, worked out a second time: the frames that are on their way to
 * it, and what a read of them must come to; and the other ends, where its own come out.
 */
#ifndef FUZZ_NETS_H
#define FUZZ_NETS_H

#include "fuzz.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "solo5.h"

enum { NET = 1, DISK = 2, NET2 = 3, DISK_RO = 4, HANDLES = 5 };
#define MTU 1500

#define FRAME_MAX 0x1000 /* of those that the guest gets */
#define COMING_MAX 64

static int tap[HANDLES]; /* the other end of each network */

/* Frames that the guest has not read yet, the oldest first. */
static struct coming {
    unsigned first, n;
    struct {
        const uint8_t *bytes;
        size_t len;
    } frame[COMING_MAX];
    bool closed; /* it has read that the other end is gone, and hears no more of it */
} coming[HANDLES];

/* Bytes that are the same at no two places. */
static void fill(uint8_t *p, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        p[i] = (uint8_t)(seed >> 24);
    }
}

/* Each frame is another part of it, so that no two begin alike. */
static uint8_t noise[FRAME_MAX + 256];
static uint8_t next_noise;

static void send_frame(int handle, size_t len)
{
    struct coming *c = &coming[handle];
    const uint8_t *bytes = noise + next_noise;

    len %= FRAME_MAX;
    if (c->n == COMING_MAX || send(tap[handle], bytes, len, MSG_DONTWAIT) < 0)
        return;
    next_noise++;
    unsigned last = (c->first + c->n++) % COMING_MAX;
    c->frame[last].bytes = bytes;
    c->frame[last].len = len;
}

/* What read(2) of LEN bytes into P must do: how many, or -1 if there is no frame. */
static long take_frame(uint64_t handle, uint8_t *p, uint64_t len)
{
    struct coming *c = &coming[handle];

    if (len == 0) /* nobody looks */
        return 0;
    if (c->n == 0)
        return -1;
    unsigned i = c->first++ % COMING_MAX;
    c->n--;
    if (len > c->frame[i].len)
        len = c->frame[i].len;
    memcpy(p, c->frame[i].bytes, len);
    c->closed |= handle == NET2 && len == 0;
    return (long)len;
}

/* The same as the guest hears of it: a solo5_result_t, and in *LEN how many. */
static int32_t want_read(uint64_t handle, uint8_t *p, uint64_t *len)
{
    long n = take_frame(handle, p, *len);

    if (n < 0)
        return SOLO5_R_AGAIN;
    if (n == 0 && *len > 0)
        return handle == NET2 ? SOLO5_R_EUNSPEC : SOLO5_R_AGAIN;
    *len = (uint64_t)n;
    return SOLO5_R_OK;
}

/* The next frame that came out of a network: its length, -1 if there is none. */
static long next_sent(int handle, const uint8_t **bytes)
{
    static uint8_t frame[0x10000]; /* more than the guest has memory */
    ssize_t n = recv(tap[handle], frame, sizeof frame, MSG_DONTWAIT);

    *bytes = frame;
    return (long)n;
}

/* Neither way is there anything under way. FD is the guest's end. */
static void empty_net(int handle, int fd)
{
    const uint8_t *bytes;
    uint8_t byte;

    while (next_sent(handle, &bytes) >= 0)
        continue;
    while (recv(fd, &byte, sizeof byte, MSG_DONTWAIT) >= 0)
        continue;
    coming[handle] = (struct coming){0};
}

#endif /* FUZZ_NETS_H */
