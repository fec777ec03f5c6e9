/* SPDX-License-Identifier: ISC */
/*
 * hvt_ring MODE...: a guest that uses the net ring, or does without where there is
 * none, as images of Solo5 0.12 do.
 *
 *   info                      what the boot information says
 *   echo ADDRESS0 ADDRESS1 N  netecho on both networks, until each had N pings
 *   mixed ...                 the same, by ring and by hypercall in turn
 *   burst N                   N numbered frames to net0, then the end at once
 *   order N                   the same, every fifth by hypercall
 */
#include "../../../examples/netecho/echo.h"
#include "mft_abi.h"
#include "ring.h"

#define FRAME_MAX 2048
#define R_AGAIN 1

static const struct hvt_boot_info *bi;
static uint8_t frame[FRAME_MAX];
static const char *args;
static int mixed; /* every other call is a hypercall */

/* The next word of the arguments if it is WORD. */
static int is_word(const char *word)
{
    const char *p = args;

    while (*word && *p == *word)
        p++, word++;
    if (*word || (*p && *p != ' '))
        return 0;
    args = p + (*p == ' ');
    return 1;
}

static uint64_t number(void)
{
    uint64_t v = 0;

    for (; *args >= '0' && *args <= '9'; args++)
        v = v * 10 + (uint64_t)(*args - '0');
    return v;
}

static int by_ring(void)
{
    static unsigned turn;

    return ring && !(mixed && turn++ % 2);
}

static int32_t net_read(uint64_t handle, uint64_t *len)
{
    *len = FRAME_MAX;
    return by_ring() ? ring_read(handle, frame, len) : call_read(handle, frame, len);
}

static void net_write(uint64_t handle, uint64_t len)
{
    if (by_ring())
        ring_write(handle, frame, len);
    else
        raw_check("hypercall 6", call_write(handle, frame, len) == 0);
}

/*
 * echo, mixed
 */

static uint64_t wait_ready(void)
{
    volatile struct hvt_hc_poll r = {.timeout_nsecs = UINT64_MAX};

    hypercall(HVT_HYPERCALL_POLL, &r);
    return r.ready_set;
}

static void serve(struct echo *e, uint64_t handle)
{
    int32_t ret;
    uint64_t len;

    while ((ret = net_read(handle, &len)) == 0) {
        raw_check("length of a frame", len >= 14 && len <= 1514);
        if (echo_answer(e, frame, len))
            net_write(handle, len);
    }
    raw_check("nothing to read", ret == R_AGAIN && len == 0);
}

static void introduce(struct echo *e, uint64_t handle)
{
    const struct mft *m = (const void *)bi->mft;

    for (unsigned i = 0; i < 6; i++)
        e->mac[i] = m->e[handle].u.net_basic.mac[i];
    args = echo_parse_ip(e->ip, args);
    raw_check("address", args && *args == ' ');
    args++;
}

static void echo(void)
{
    static struct echo e[3];

    introduce(&e[1], 1);
    introduce(&e[2], 2);
    uint64_t count = number();
    raw_put(ring ? "serving by ring\n" : "serving by hypercalls\n");
    while (e[1].pings < count || e[2].pings < count) {
        uint64_t ready = wait_ready();
        raw_check("ready set", ready && (ready & ~(uint64_t)6) == 0);
        for (uint64_t handle = 1; handle <= 2; handle++)
            if (ready & 1U << handle)
                serve(&e[handle], handle);
    }
}

/*
 * burst, order
 */

static void send_numbered(int every_fifth_by_call)
{
    uint64_t n = number();

    for (uint64_t i = 0; i < n; i++) {
        uint64_t len = 18 + i % 1000;
        for (unsigned k = 0; k < 4; k++)
            frame[14 + k] = (uint8_t)(i >> 8 * k);
        if (every_fifth_by_call && i % 5 == 4)
            raw_check("hypercall 6", call_write(1, frame, len) == 0);
        else
            ring_write(1, frame, len);
    }
}

static void info(void)
{
    raw_expect("mem_size", bi->mem_size, bi->mem_size);
    raw_expect("net_ring", bi->net_ring, bi->net_ring);
    raw_expect("host_features", bi->host_features, bi->host_features);
    if (!ring)
        return;
    raw_expect("the ring is behind memory", bi->net_ring, bi->mem_size);
    raw_expect("aligned", bi->net_ring % HVT_RING_SIZE, 0);
    for (uint64_t i = 0; i < HVT_RING_SIZE; i++)
        raw_check("zero but for needs_kick", i == offsetof(struct hvt_ring, needs_kick) ||
                        ((volatile uint8_t *)ring)[i] == 0);
    /* All of it can be written. */
    ((volatile uint8_t *)ring)[HVT_RING_SIZE - 1] = 1;
}

void raw_main(void *boot_info)
{
    bi = boot_info;
    ring = ring_find(bi);
    args = (const char *)bi->cmdline;
    if (is_word("info"))
        info();
    else if (is_word("echo"))
        echo();
    else if (is_word("mixed"))
        mixed = 1, echo();
    else if (ring && is_word("burst"))
        send_numbered(0);
    else if (ring && is_word("order"))
        send_numbered(1);
    else
        raw_check("arguments, or no ring", 0);
    raw_finish();
}
