/* SPDX-License-Identifier: ISC */
/*
 * hvt_ring_abuse WHAT: use of the net ring that no bindings would make. Few things
 * end the guest; after the others the ring must work as if nothing had been.
 */
#include "ring.h"

#define NET 1
#define MTU 1500
#define MAX (MTU + 14)
#define R_AGAIN 1
#define R_EINVAL 2

static const struct hvt_boot_info *bi;
static uint8_t frame[MAX + 1];

/* Both directions, and the tender has caught up. */
static void still_works(void)
{
    uint64_t len = MAX;

    ring_wait_empty();
    ring_store(&ring->com_head, ring_load(&ring->com_tail));
    int32_t ret = ring_read(NET, frame, &len);
    raw_check("the ring works", (ret == 0 && len >= 14 && len <= MAX) ||
                    (ret == R_AGAIN && len == 0));
    ring_write(NET, frame, 60);
    ring_wait_empty();
    len = MAX;
    ret = call_read(NET, frame, &len);
    raw_check("hypercall 7 works", ret == 0 || ret == R_AGAIN);
    raw_check("hypercall 6 works", call_write(NET, frame, 60) == 0);
}

/* What is in the ring does not matter, only how far ent_tail is. */
static void indices(void)
{
    static const uint32_t ahead[] = {1, 1023, 1024, 1025, 5000, 0x7fffffff, 0x80000000,
            0x80000001, 0xfffffbff, 0xfffffffe, 0xffffffff};

    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        ring_store(&ring->ent_tail, ring->ent_tail + ahead[i]);
        ring_kick_if_needed();
        still_works();
    }
    /* Where they wrap around. */
    ring_store(&ring->ent_tail, UINT32_MAX - 2);
    ring_kick_if_needed();
    for (unsigned i = 0; i < 8; i++)
        still_works();
    raw_finish();
}

static void descriptors(void)
{
    const struct {
        uint64_t handle, data, len;
    } bad[] = {
            {0, (uintptr_t)frame, 60},
            {3, (uintptr_t)frame, 60},
            {63, (uintptr_t)frame, 60},
            {64 + NET, (uintptr_t)frame, 60},
            {UINT32_MAX, (uintptr_t)frame, 60},
            {NET, 0, 60},
            {NET, 0x1000, 60},
            {NET, 0xffff, 60},
            {NET, bi->mem_size - 59, 60},
            {NET, bi->mem_size, 60},
            {NET, bi->net_ring, 60},
            {NET, bi->net_ring + 128, 60},
            {NET, bi->net_ring + HVT_RING_SIZE - 60, 60},
            {NET, bi->net_ring + HVT_RING_SIZE, 60},
            {NET, (uintptr_t)frame + (UINT64_C(1) << 32), 60},
            {NET, UINT64_MAX, 60},
            {NET, UINT64_MAX - 59, 60},
            {NET, (uintptr_t)frame, UINT32_MAX},
    };
    static const uint32_t lengths[] = {0, 13, MAX + 1, UINT32_MAX};
    static const uint32_t operations[] = {0, 3, 0x80000002, UINT32_MAX};
    uint64_t len;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ring_submit(HVT_RING_NET_WRITE, bad[i].handle, bad[i].data, bad[i].len);
        uint32_t id = ring->ent_tail;
        ring_submit(HVT_RING_NET_READ, bad[i].handle, bad[i].data, bad[i].len);
        raw_expect("ret", (uint32_t)ring_answer(id, &len), R_EINVAL);
        raw_expect("len", len, 0);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        ring_submit(HVT_RING_NET_WRITE, NET, (uintptr_t)frame, lengths[i]);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        ring_submit(operations[i], NET, (uintptr_t)frame, 60);
    still_works();
    raw_finish();
}

/* Code and constants can't be read over. */
static void read_only(void)
{
    static const char text[] = "constant";
    const uint64_t at[] = {0x10000, (uintptr_t)raw_main & ~(uint64_t)4095, (uintptr_t)text};
    uint64_t len;

    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        len = 8;
        raw_expect("ret", (uint32_t)ring_read(NET, (void *)at[i], &len), R_EINVAL);
    }
    raw_check("constant", raw_equal(text, "constant"));
    still_works();
    raw_finish();
}

static uint64_t next_random(void)
{
    static uint64_t s = 88172645463325252;

    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return s;
}

static uint64_t lie(void)
{
    const uint64_t likely[] = {0, 1, 2, 3, 13, 14, 60, MAX, MAX + 1, (uintptr_t)frame,
            bi->mem_size, bi->net_ring, 0x100000, UINT32_MAX, UINT64_MAX};
    uint64_t v = next_random();

    return v % 4 == 0 ? v : likely[v / 4 % (sizeof likely / sizeof likely[0])];
}

/* The tender is at it while all of it changes. */
static void change_something(void)
{
    volatile struct hvt_ring_entry *e = &ring->entries[next_random() % HVT_RING_SLOTS];

    e->operation = (uint32_t)lie();
    e->handle = (uint32_t)lie();
    e->data = lie() % 4 ? (uintptr_t)frame : lie();
    e->len = (uint32_t)lie();
    e->id = (uint32_t)lie();
    ring_store(&ring->ent_tail, ring->ent_tail + (uint32_t)(next_random() % 40));
    if (next_random() % 256 == 0)
        ring_store(&ring->ent_tail, (uint32_t)lie());
}

static void flip(void)
{
    for (unsigned i = 0; i < 20000; i++) {
        change_something();
        if (i % 16 == 0)
            cpu_ring_kick();
        if (i % 500 == 0)
            call_write(NET, frame, 60);
    }
    cpu_ring_kick();
    still_works();
    raw_finish();
}

/* What is the tender's. */
static void scribble(void)
{
    for (unsigned i = 0; i < 200; i++) {
        ring_store(&ring->ent_head, (uint32_t)lie());
        ring_store(&ring->com_tail, (uint32_t)lie());
        ring_store(&ring->com_head, (uint32_t)lie());
        for (unsigned k = 0; k < HVT_RING_SLOTS; k++)
            ring->commits[k].id = ~0U;
        ring_store(&ring->needs_kick, i % 2);
        cpu_ring_kick();
    }
    /* Taken and answered, the tender's own come back. */
    ring_submit(HVT_RING_NET_READ, NET, (uintptr_t)frame, MAX);
    ring_submit(0, 0, 0, 0);
    cpu_ring_kick();
    ring_wait_empty();
    raw_expect("com_tail", ring_load(&ring->com_tail), 1);
    still_works();
    raw_finish();
}

static void kick_storm(void)
{
    for (unsigned i = 0; i < 20000; i++)
        cpu_ring_kick();
    still_works();
    raw_finish();
}

/* Answers that nobody takes. */
static void no_take(void)
{
    for (unsigned i = 0; i < 5000; i++) {
        ring_wait_room();
        ring_submit(HVT_RING_NET_READ, NET, (uintptr_t)frame, MAX);
    }
    ring_wait_empty();
    raw_expect("com_tail", ring_load(&ring->com_tail), 5000);
    still_works();
    raw_finish();
}

/* Never an end to it: the test ends it. */
static void flood(void)
{
    raw_put("waiting\n");
    for (;;) {
        ring->entries[ring->ent_tail % HVT_RING_SLOTS] = (struct hvt_ring_entry){
                .operation = HVT_RING_NET_WRITE,
                .handle = NET,
                .data = (uintptr_t)frame,
                .len = 60};
        ring_store(&ring->ent_tail, ring->ent_tail + 1);
        ring_kick_if_needed();
    }
}

/* The same, with the CPU outside the guest all the time. */
static void flood_calls(void)
{
    raw_put("waiting\n");
    for (;;) {
        ring_store(&ring->ent_tail, ring->ent_tail + 1024);
        cpu_ring_kick();
        call_write(NET, frame, 60);
    }
}

/*
 * These end the guest.
 */

static void survived(void)
{
    raw_put("FAILURE: survived\n");
    raw_exit(2);
}

static void kick(void)
{
    cpu_ring_kick();
    survived();
}

static void narrow_kick(void)
{
    cpu_narrow_ring_kick();
    survived();
}

static void call_from_ring(void)
{
    call_write(NET, ring->entries, 60);
    survived();
}

static void call_into_ring(void)
{
    uint64_t len = 60;

    call_read(NET, ring->entries, &len);
    survived();
}

static void request_in_ring(void)
{
    hypercall(HVT_HYPERCALL_WALLTIME, ring);
    survived();
}

static void beyond_ring(void)
{
    *(volatile uint32_t *)((uintptr_t)ring + HVT_RING_SIZE) = 1;
    survived();
}

static const struct abuse {
    const char *name;
    void (*run)(void);
} abuses[] = {
        {"indices", indices},
        {"descriptors", descriptors},
        {"read-only", read_only},
        {"flip", flip},
        {"scribble", scribble},
        {"kick-storm", kick_storm},
        {"no-take", no_take},
        {"flood", flood},
        {"flood-calls", flood_calls},
        {"kick", kick},
        {"narrow-kick", narrow_kick},
        {"call-from-ring", call_from_ring},
        {"call-into-ring", call_into_ring},
        {"request-in-ring", request_in_ring},
        {"beyond-ring", beyond_ring},
};

void raw_main(void *boot_info)
{
    bi = boot_info;
    ring = ring_find(bi);
    for (size_t i = 0; i < sizeof abuses / sizeof abuses[0]; i++)
        if (raw_equal((const char *)bi->cmdline, abuses[i].name))
            abuses[i].run();
    raw_put("FAILURE: unknown argument\n");
    raw_exit(2);
}
