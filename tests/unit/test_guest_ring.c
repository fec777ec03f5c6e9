/* SPDX-License-Identifier: ISC */
/*
 * The bindings' side of the net ring, with a tender of a few lines.
 *
 * links: bindings/hvt/ring.c
 */
#include "frame_copies.h"
#include "unit.h"

#include <stdbool.h>

#include "../../bindings/hvt/ring.h"
#include "mft_abi.h"

static struct hvt_ring ring;
/* What the tender finds in slot INDEX. */
static void expect(uint32_t index, uint32_t handle, const void *frame, uint32_t size)
{
    const struct hvt_ring_entry *e = &ring.entries[index % HVT_RING_SLOTS];

    assert_int_equal(e->operation, HVT_RING_NET_WRITE);
    assert_int_equal(e->handle, handle);
    assert_int_equal(e->len, size);
    assert_memory_equal((const void *)(uintptr_t)e->data, frame, size);
}

/* Both parts of the test count. */
static void test_offered(void **state)
{
    static const struct {
        uint32_t features;
        uint64_t net_ring;
        bool offered;
    } rows[] = {{0, 0, false}, {1, 0, false}, {0, 0x1000000, false}, {2, 0x1000000, false},
            {1, 0x1000000, true}, {3, 0xff0000, true}, {UINT32_MAX, 0xff0000, true}};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct hvt_boot_info bi = {
                .host_features = rows[i].features, .net_ring = rows[i].net_ring};
        assert_ptr_equal(ring_offered(&bi),
                (void *)(uintptr_t)(rows[i].offered ? rows[i].net_ring : 0));
    }
}

/* Tenders up to 0.10.1: 40 bytes, and the manifest behind them. */
static void test_old_tender(void **state)
{
    union {
        struct hvt_boot_info bi;
        struct {
            uint64_t known[5];
            struct {
                uint32_t version, entries;
                struct mft_entry e[2];
            } mft;
        } old;
    } page;

    (void)state;
    memset(&page, 0, sizeof page);
    page.old.mft.version = MFT_VERSION;
    page.old.mft.entries = 2;
    page.old.mft.e[0].type = MFT_RESERVED_FIRST;
    strcpy(page.old.mft.e[1].name, "net");
    page.old.mft.e[1].type = MFT_DEV_NET_BASIC;
    assert_int_equal(page.bi.host_features, 1);
    assert_null(ring_offered(&page.bi));
}

static void test_put(void **state)
{
    uint8_t frame[RING_FRAME_MAX];

    (void)state;
    assert_true(ring_is_empty(&ring) && ring_has_room(&ring));
    memset(frame, 0x11, sizeof frame);
    assert_false(ring_put(&ring, 5, frame, sizeof frame));
    memset(frame, 0, sizeof frame); /* the caller's again */
    assert_int_equal(ring.ent_tail, 1);
    assert_false(ring_is_empty(&ring));
    assert_int_equal(ring.entries[0].len, sizeof frame);
    assert_int_equal(*(uint8_t *)(uintptr_t)ring.entries[0].data, 0x11);

    ring.needs_kick = 1;
    assert_true(ring_put(&ring, 63, frame, 14));
    expect(1, 63, frame, 14);
    ring.ent_head = 2;
    assert_true(ring_is_empty(&ring));
    assert_int_equal(ring.com_head, 0);
}

/* As many as there are buffers, each with its own. */
static void test_window(void **state)
{
    uint8_t frame[60];

    (void)state;
    /* Also where the index wraps around. */
    ring.ent_tail = ring.ent_head = UINT32_MAX - 10;
    for (uint8_t i = 0; i < RING_WINDOW; i++) {
        assert_true(ring_has_room(&ring));
        memset(frame, i, sizeof frame);
        ring_put(&ring, 1, frame, sizeof frame);
    }
    assert_false(ring_has_room(&ring));
    for (uint8_t i = 0; i < RING_WINDOW; i++) {
        memset(frame, i, sizeof frame);
        expect(ring.ent_head + i, 1, frame, sizeof frame);
    }
    ring.ent_head++;
    assert_true(ring_has_room(&ring) && !ring_is_empty(&ring));

    /* The next one is in the buffer of the one that was taken, no other. */
    memset(frame, 0xee, sizeof frame);
    ring_put(&ring, 1, frame, sizeof frame);
    expect(ring.ent_tail - 1, 1, frame, sizeof frame);
    for (uint8_t i = 1; i < RING_WINDOW; i++) {
        memset(frame, i, sizeof frame);
        expect(ring.ent_head + i - 1, 1, frame, sizeof frame);
    }
}

/* Memory is not touched for more than are under way: an empty ring begins with the first buffer. */
static void test_same_buffers(void **state)
{
    uint8_t frame[60] = {0};
    uint64_t data[3];

    (void)state;
    for (unsigned round = 0; round < 2 * RING_WINDOW; round++) {
        for (unsigned i = 0; i < 3; i++) {
            uint32_t tail = ring.ent_tail;
            ring_put(&ring, 1, frame, sizeof frame);
            uint64_t at = ring.entries[tail % HVT_RING_SLOTS].data;
            assert_true(round == 0 || at == data[i]);
            data[i] = at;
            if (i == 1)
                ring.ent_head++; /* not empty */
        }
        assert_true(data[0] != data[1] && data[1] != data[2] && data[0] != data[2]);
        ring.ent_head = ring.ent_tail;
    }
}

/* Large frames behind many that the tender has not taken. */
static void test_bursts(void **state)
{
    uint8_t frame[RING_FRAME_MAX];

    (void)state;
    copies = 0;
    for (uint8_t i = 0; i < RING_WINDOW; i++) {
        size_t size = i % 2 ? FRAME_COPY_MIN - 1 : FRAME_COPY_MIN;
        memset(frame, i, sizeof frame);
        ring_put(&ring, 1, frame, size);
        expect(i, 1, frame, (uint32_t)size);
        assert_int_equal(copies, i < FRAME_COPY_BURST ? 0 : (i - FRAME_COPY_BURST) / 2 + 1);
    }
    ring.ent_head = ring.ent_tail;
    copies = 0;
    ring_put(&ring, 1, frame, sizeof frame);
    assert_int_equal(copies, 0);
}

/* Between frames, and the same answer. */
static void test_kicks(void **state)
{
    uint8_t frame[60] = {0};

    (void)state;
    assert_false(ring_put_kick(&ring, 9));
    ring.needs_kick = 1;
    assert_true(ring_put_kick(&ring, 63));
    assert_true(ring_put(&ring, 5, frame, sizeof frame));
    assert_int_equal(ring.ent_tail, 3);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ring.entries[i].operation, EXT_RING_NET_KICK);
        assert_int_equal(ring.entries[i].handle, i ? 63 : 9);
        assert_true(ring.entries[i].data == 0 && ring.entries[i].len == 0);
    }
    expect(2, 5, frame, sizeof frame);
}

static int setup(void **state)
{
    (void)state;
    memset(&ring, 0, sizeof ring);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_offered),
            TEST(test_old_tender),
            TEST(test_put),
            TEST(test_window),
            TEST(test_same_buffers),
            TEST(test_bursts),
            TEST(test_kicks),
    };

    return cmocka_run_group_tests_name("guest_ring", tests, NULL, NULL);
}
