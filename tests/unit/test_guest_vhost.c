/* SPDX-License-Identifier: ISC */
/*
 * The bindings' side of --net-accel=vhost, with a host of a few lines that does what Virtio 1.2
 * says in 2.7.
 *
 * links: bindings/hvt/vhost.c
 */
#include "frame_copies.h"
#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "../../bindings/hvt/vhost.h"

#define A 1
#define DISK 2
#define B 4
#define MTU_A 1500
#define MTU_B 9000

static struct mft *mft;
static uint8_t *memory;
static size_t memory_size;

static struct ext_vhost *part(solo5_handle_t handle)
{
    return (struct ext_vhost *)(memory + (handle == A ? 0 : EXT_VHOST_SIZE(MTU_A)));
}

/*
 * The host: one side of each queue
 */
struct side {
    uint16_t seen; /* descriptors of avail */
    uint16_t used;
};
static struct side host[2][2];

static struct side *side_of(solo5_handle_t handle, bool transmit)
{
    return &host[handle == B][transmit];
}

/* Does the address lie in the part, where buffers are? */
static void expect_in_part(solo5_handle_t handle, uint64_t addr, uint64_t len)
{
    uint64_t from = (uintptr_t)part(handle) + EXT_VHOST_FRAMES;
    uint64_t to = (uintptr_t)part(handle) + EXT_VHOST_SIZE(handle == A ? MTU_A : MTU_B);

    assert_true(addr >= from && len <= to - addr);
}

/* The next descriptor that the guest has made available, -1: there is none. */
static int next_id(struct ext_vring *q, struct side *s)
{
    if (q->avail.idx == s->seen)
        return -1;
    return q->avail.ring[s->seen++ % EXT_VRING_SLOTS];
}

static void use(struct ext_vring *q, struct side *s, uint32_t id, uint32_t len)
{
    q->used.ring[s->used++ % EXT_VRING_SLOTS] = (struct ext_vring_used){id, len};
    q->used.idx = s->used;
}

/* Before it sleeps: tell me of what comes next. */
static void sleep_on(struct ext_vring *q, const struct side *s)
{
    q->used.avail_event = s->seen;
}

/* Take a frame of SIZE bytes of BYTE; its buffer is the host's until give_back(). */
static int take_sent(solo5_handle_t handle, uint8_t byte, size_t size)
{
    struct ext_vring *q = &part(handle)->transmit;
    int id = next_id(q, side_of(handle, true));

    assert_true(id >= 0 && id < EXT_VRING_SLOTS);
    const struct ext_vring_desc *d = &q->desc[id];
    assert_int_equal(d->flags, 0);
    assert_int_equal(d->len, 12 + size);
    expect_in_part(handle, d->addr, d->len);
    const uint8_t *p = (const uint8_t *)(uintptr_t)d->addr;
    for (unsigned i = 0; i < 12; i++)
        assert_int_equal(p[i], 0);
    assert_true(p[12] == byte && p[12 + size - 1] == byte);
    return id;
}

static void give_back(solo5_handle_t handle, int id)
{
    use(&part(handle)->transmit, side_of(handle, true), (uint32_t)id, 0);
}

/* A frame of SIZE bytes of BYTE for the guest. False: it has no buffer. */
static bool deliver(solo5_handle_t handle, uint8_t byte, size_t size)
{
    struct ext_vring *q = &part(handle)->receive;
    struct side *s = side_of(handle, false);
    int id = next_id(q, s);

    if (id < 0)
        return false;
    const struct ext_vring_desc *d = &q->desc[id];
    assert_int_equal(d->flags, EXT_VRING_DESC_F_WRITE);
    assert_true(d->len >= 12 + size);
    expect_in_part(handle, d->addr, d->len);
    uint8_t *p = (uint8_t *)(uintptr_t)d->addr;
    memset(p, 0, 12);
    memset(p + 12, byte, size);
    use(q, s, (uint32_t)id, (uint32_t)(12 + size));
    return true;
}

static bool send(solo5_handle_t handle, uint8_t byte, size_t size, bool *kick)
{
    static uint8_t frame[65536];

    memset(frame, byte, size);
    bool put = vhost_put(handle, frame, size, kick);
    memset(frame, 0x55, size); /* the caller's again */
    return put;
}

static void expect_frame(solo5_handle_t handle, uint8_t byte, size_t size)
{
    uint8_t buf[10000];
    size_t n = 0;
    bool kick;

    assert_int_equal(vhost_take(handle, buf, sizeof buf, &n, &kick), SOLO5_R_OK);
    assert_int_equal(n, size);
    assert_true(buf[0] == byte && buf[size - 1] == byte);
}

static void expect_none(solo5_handle_t handle)
{
    uint8_t buf[64];
    size_t n = 77;
    bool kick = true;

    assert_int_equal(vhost_take(handle, buf, sizeof buf, &n, &kick), SOLO5_R_AGAIN);
    assert_int_equal(n, 77);
    assert_false(kick);
}

/* It begins once: the tests come one after the other, as the guest's life goes. */
static void begins(void **state)
{
    (void)state;
    mft = calloc(1, sizeof *mft + 5 * sizeof mft->e[0]);
    mft->entries = 5;
    for (unsigned i = 1; i < 5; i++)
        mft->e[i].attached = true;
    mft->e[A].type = mft->e[B].type = MFT_DEV_NET_BASIC;
    mft->e[DISK].type = MFT_DEV_BLOCK_BASIC;
    mft->e[3].type = MFT_DEV_BLOCK_BASIC;
    mft->e[A].u.net_basic.mtu = MTU_A;
    mft->e[B].u.net_basic.mtu = MTU_B;
    memory_size = EXT_VHOST_SIZE(MTU_A) + EXT_VHOST_SIZE(MTU_B);
    memory = aligned_alloc(4096, memory_size);
    memset(memory, 0, memory_size);
    assert_int_equal(vhost_ready(), 0);
    assert_int_equal(vhost_start(mft, (uintptr_t)memory), 1U << A | 1U << B);
    assert_int_equal(vhost_ready(), 0);
    for (unsigned d = 0; d < 2; d++) {
        const struct ext_vhost *v = part(d ? B : A);
        assert_int_equal(v->receive.avail.idx, EXT_VRING_SLOTS);
        assert_int_equal(v->transmit.avail.idx, 0);
        for (unsigned i = 0; i < EXT_VRING_SLOTS; i++) {
            assert_int_equal(v->receive.avail.ring[i], i);
            assert_int_equal(v->receive.desc[i].len, 12 + (d ? MTU_B : MTU_A) + 14 + 8);
            expect_in_part(d ? B : A, v->receive.desc[i].addr, v->receive.desc[i].len);
            expect_in_part(d ? B : A, v->transmit.desc[i].addr, 12 + (d ? MTU_B : MTU_A) + 14);
        }
    }
    expect_none(A);
    expect_none(B);
}

static void receives(void **state)
{
    (void)state;
    assert_true(deliver(A, 1, 60) && deliver(B, 2, 9014) && deliver(A, 3, 1522));
    assert_int_equal(vhost_ready(), 1U << A | 1U << B);
    expect_frame(A, 1, 60);
    assert_int_equal(vhost_ready(), 1U << A | 1U << B);
    expect_frame(A, 3, 1522);
    expect_none(A);
    assert_int_equal(vhost_ready(), 1U << B);
    expect_frame(B, 2, 9014);
    assert_int_equal(vhost_ready(), 0);
}

/* Of a frame that is longer than the caller's buffer the beginning. */
static void cuts(void **state)
{
    uint8_t buf[101];
    size_t n;
    bool kick;

    (void)state;
    memset(buf, 0, sizeof buf);
    assert_true(deliver(A, 9, 1000));
    assert_int_equal(vhost_take(A, buf, 100, &n, &kick), SOLO5_R_OK);
    assert_int_equal(n, 100);
    assert_true(buf[99] == 9 && buf[100] == 0);
}

/* What the host says of lengths and numbers is not believed. */
static void strange_host(void **state)
{
    static const uint32_t lengths[] = {0, 11, 12, 1597, 1600, 2000, 0x7fffffff, UINT32_MAX};
    static uint8_t buf[70000];
    size_t n;
    bool kick;

    (void)state;
    for (size_t i = 0; i < N_OF(lengths); i++) {
        struct side *s = side_of(A, false);
        int id = next_id(&part(A)->receive, s);
        assert_true(id >= 0);
        use(&part(A)->receive, s, (uint32_t)id + 64 * 1000, lengths[i]);
        assert_int_equal(vhost_take(A, buf, sizeof buf, &n, &kick), SOLO5_R_OK);
        assert_true(n <= EXT_VHOST_SLOT(MTU_A) - 16);
        assert_true(lengths[i] > 12 || n == 0);
    }
}

/* For much longer than indices are wide; buffers come back so often that there are always some. */
static void receives_on(void **state)
{
    unsigned kicks = 0;
    uint8_t buf[2000];
    size_t n;
    bool kick;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        assert_true(deliver(A, (uint8_t)i, 60 + i % 1000));
        if (i % 40 == 0)
            sleep_on(&part(A)->receive, side_of(A, false));
        assert_int_equal(vhost_take(A, buf, sizeof buf, &n, &kick), SOLO5_R_OK);
        assert_true(n == 60 + i % 1000 && buf[0] == (uint8_t)i);
        kicks += kick;
    }
    /* It has buffers: nobody has to be woken for that. */
    assert_true(kicks < 10);
}

/* All buffers are full; the host sleeps until it is told that there are some again. */
static void starves(void **state)
{
    uint8_t buf[2000];
    unsigned n_sent = 0, kicks = 0;
    size_t n;
    bool kick;

    (void)state;
    while (deliver(A, 7, 60))
        n_sent++;
    assert_true(n_sent > 48 && n_sent <= 64);
    sleep_on(&part(A)->receive, side_of(A, false));
    for (unsigned i = 0; i < n_sent; i++) {
        assert_int_equal(vhost_take(A, buf, sizeof buf, &n, &kick), SOLO5_R_OK);
        kicks += kick;
    }
    assert_int_equal(kicks, 1);
    expect_none(A);
    assert_true(deliver(A, 8, 60));
    expect_frame(A, 8, 60);
}

/* The host is told how far the guest has come before it waits. */
static void listens(void **state)
{
    (void)state;
    vhost_listen();
    assert_int_equal(part(A)->receive.avail.used_event, side_of(A, false)->used);
    assert_int_equal(part(B)->receive.avail.used_event, side_of(B, false)->used);
    assert_int_equal(vhost_ready(), 0);
    assert_true(deliver(A, 1, 60));
    assert_int_equal(vhost_ready(), 1U << A);
    expect_frame(A, 1, 60);
}

static void sends(void **state)
{
    bool kick;

    (void)state;
    /* The first one wakes it, those behind don't, until it sleeps again. */
    assert_true(send(A, 1, 60, &kick) && kick);
    assert_true(send(A, 2, 1514, &kick) && !kick);
    assert_true(send(B, 3, 9014, &kick) && kick);
    assert_int_equal(vhost_under_way(A), 2);
    give_back(A, take_sent(A, 1, 60));
    give_back(A, take_sent(A, 2, 1514));
    give_back(B, take_sent(B, 3, 9014));
    assert_int_equal(vhost_under_way(A), 0);
    assert_true(send(A, 4, 60, &kick) && !kick);
    give_back(A, take_sent(A, 4, 60));
    sleep_on(&part(A)->transmit, side_of(A, true));
    assert_true(send(A, 5, 60, &kick) && kick);
    give_back(A, take_sent(A, 5, 60));
    /* A buffer that was used is used again. */
    int id = 0;
    sleep_on(&part(A)->transmit, side_of(A, true));
    for (unsigned i = 0; i < 100; i++) {
        assert_true(send(A, 6, 60, &kick));
        id = take_sent(A, 6, 60);
        assert_true(id < 3);
        give_back(A, id);
    }
}

static void is_full(void **state)
{
    int ids[EXT_VRING_SLOTS];
    bool kick;

    (void)state;
    for (unsigned i = 0; i < EXT_VRING_SLOTS; i++)
        assert_true(send(A, (uint8_t)(i + 1), 60 + i, &kick));
    assert_int_equal(vhost_under_way(A), EXT_VRING_SLOTS);
    assert_false(send(A, 1, 60, &kick));
    assert_false(kick);
    assert_int_equal(vhost_under_way(A), EXT_VRING_SLOTS);
    vhost_listen_sent(A, 32);
    assert_int_equal((uint16_t)(part(A)->transmit.avail.idx - 33),
            part(A)->transmit.avail.used_event);
    for (unsigned i = 0; i < EXT_VRING_SLOTS; i++)
        ids[i] = take_sent(A, (uint8_t)(i + 1), 60 + i);
    /* In another order than they were sent in, and in the one that gets a buffer again. */
    give_back(A, ids[9]);
    give_back(A, ids[3]);
    assert_true(send(A, 77, 60, &kick) && send(A, 78, 60, &kick) && !send(A, 79, 60, &kick));
    assert_int_equal(take_sent(A, 77, 60), ids[9]);
    assert_int_equal(take_sent(A, 78, 60), ids[3]);
    for (unsigned i = 0; i < EXT_VRING_SLOTS; i++)
        give_back(A, ids[i]);
    assert_int_equal(vhost_under_way(A), 0);
}

/* Large frames of many: those before or behind which there are enough. */
static void bursts(void **state)
{
    bool kick;

    (void)state;
    copies = 0;
    for (unsigned i = 0; i < 20; i++)
        assert_true(send(A, 7, 1000, &kick));
    assert_int_equal(copies, 20 - FRAME_COPY_BURST);
    for (unsigned i = 0; i < 20; i++)
        give_back(A, take_sent(A, 7, 1000));
    copies = 0;
    for (unsigned i = 0; i < 20; i++)
        assert_true(deliver(A, 8, i % 2 ? 1000 : 255));
    for (unsigned i = 0; i < 20; i++)
        expect_frame(A, 8, i % 2 ? 1000 : 255);
    assert_int_equal(copies, (20 - FRAME_COPY_BURST + 1) / 2);
}

static void sends_on(void **state)
{
    bool kick;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        sleep_on(&part(B)->transmit, side_of(B, true));
        assert_true(send(B, (uint8_t)i, 60, &kick) && kick);
        give_back(B, take_sent(B, (uint8_t)i, 60));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(begins),
            cmocka_unit_test(receives),
            cmocka_unit_test(cuts),
            cmocka_unit_test(strange_host),
            cmocka_unit_test(receives_on),
            cmocka_unit_test(starves),
            cmocka_unit_test(listens),
            cmocka_unit_test(sends),
            cmocka_unit_test(is_full),
            cmocka_unit_test(bursts),
            cmocka_unit_test(sends_on),
    };

    return cmocka_run_group_tests_name("guest_vhost", tests, NULL, NULL);
}
