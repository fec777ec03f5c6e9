/* SPDX-License-Identifier: ISC */
/*
 * Frames that the tender has received ahead, with a tender of a few lines.
 *
 * links: bindings/hvt/batch.c
 */
#include "frame_copies.h"
#include "unit.h"

#include <stdbool.h>

#include "../../bindings/hvt/batch.h"

#define NET 3
#define OTHER 63
#define MTU 1500

/* Answer the owner's request with N frames of SIZE bytes: I, I + 1, ...; then END. */
static void answer(solo5_handle_t owner, unsigned n, uint32_t size, int32_t end)
{
    struct hvt_hc_net_batch req;

    batch_ask(&req);
    assert_int_equal(req.handle, owner);
    assert_true(req.len == BATCH_SIZE);
    uint8_t *at = (uint8_t *)(uintptr_t)req.data;
    for (unsigned i = 0; i < n; i++, at += (8 + size + 7) / 8 * 8) {
        struct hvt_net_frame head = {.len = size};
        memcpy(at, &head, sizeof head);
        memset(at + sizeof head, (int)i + 1, size);
    }
    req.frames = n;
    req.ret = end;
    batch_answered(&req);
}

static void expect_frame(uint8_t byte, size_t size)
{
    static uint8_t frame[70000], want[70000];
    size_t n = 0;

    memset(want, byte, size);
    memset(frame, 0, size);
    assert_false(batch_is_used_up());
    assert_int_equal(batch_take(frame, sizeof frame, &n), SOLO5_R_OK);
    assert_int_equal(n, size);
    assert_memory_equal(frame, want, size);
}

static void expect_end(int32_t end)
{
    uint8_t frame[1];
    size_t n = 77;

    assert_false(batch_is_used_up());
    assert_int_equal(batch_take(frame, sizeof frame, &n), end);
    assert_int_equal(n, 77);
    assert_true(batch_is_used_up());
    assert_int_equal(batch_ready(), 0);
}

/* Before anybody reads there is no owner to ask for. */
static void nobody(void **state)
{
    (void)state;
    assert_false(batch_has_owner());
    assert_int_equal(batch_ready(), 0);
    assert_true(batch_own(NET, MTU));
    assert_true(batch_has_owner());
    assert_true(batch_is_used_up());
}

/* In order; then AGAIN, once. */
static void drained(void **state)
{
    (void)state;
    assert_true(batch_own(NET, MTU));
    answer(NET, 3, 61, SOLO5_R_AGAIN);
    for (uint8_t i = 1; i <= 3; i++) {
        assert_int_equal(batch_ready(), 1U << NET);
        expect_frame(i, 61);
    }
    assert_int_equal(batch_ready(), 0);
    expect_end(SOLO5_R_AGAIN);
}

/* There may be more: nobody says AGAIN before the tender does. */
static void full(void **state)
{
    (void)state;
    answer(NET, 2, 1514, SOLO5_R_OK);
    expect_frame(1, 1514);
    expect_frame(2, 1514);
    assert_true(batch_is_used_up());
    assert_int_equal(batch_ready(), 0);
    answer(NET, 0, 0, SOLO5_R_AGAIN);
    assert_int_equal(batch_ready(), 0);
    expect_end(SOLO5_R_AGAIN);
}

/* Nobody looked: a read asks again. If that has neither frames nor a reason, there are none. */
static void not_ready(void **state)
{
    uint8_t frame[1];
    size_t n;

    (void)state;
    answer(NET, 0, 0, SOLO5_R_OK);
    assert_int_equal(batch_ready(), 0);
    assert_true(batch_is_used_up());
    assert_int_equal(batch_take(frame, sizeof frame, &n), SOLO5_R_AGAIN);
}

/* An error is ready to be read, behind the frames and once. */
static void failed(void **state)
{
    (void)state;
    answer(NET, 1, 60, SOLO5_R_EUNSPEC);
    expect_frame(1, 60);
    assert_int_equal(batch_ready(), 1U << NET);
    assert_false(batch_own(OTHER, MTU));
    expect_end(SOLO5_R_EUNSPEC);
    answer(NET, 0, 0, SOLO5_R_EINVAL);
    assert_int_equal(batch_ready(), 1U << NET);
    expect_end(SOLO5_R_EINVAL);
}

/* A wait that found nothing new takes the place of what was said before. */
static void asked_again(void **state)
{
    (void)state;
    answer(NET, 0, 0, SOLO5_R_AGAIN);
    answer(NET, 1, 60, SOLO5_R_AGAIN);
    expect_frame(1, 60);
    answer(NET, 0, 0, SOLO5_R_AGAIN);
    expect_end(SOLO5_R_AGAIN);
}

/* A short buffer gets the beginning, and nothing behind it changes. */
static void cut(void **state)
{
    uint8_t frame[21] = {0};
    size_t n;

    (void)state;
    answer(NET, 2, 60, SOLO5_R_AGAIN);
    assert_int_equal(batch_take(frame, 20, &n), SOLO5_R_OK);
    assert_int_equal(n, 20);
    assert_true(frame[19] == 1 && frame[20] == 0);
    expect_frame(2, 60);
    expect_end(SOLO5_R_AGAIN);
}

/* An empty datagram: ready, and nothing to be read. */
static void empty(void **state)
{
    uint8_t frame[1];
    size_t n = 77;

    (void)state;
    answer(NET, 1, 0, SOLO5_R_AGAIN);
    assert_int_equal(batch_ready(), 1U << NET);
    assert_int_equal(batch_take(frame, sizeof frame, &n), SOLO5_R_AGAIN);
    assert_int_equal(n, 77);
    expect_end(SOLO5_R_AGAIN);
}

/* Another device gets the buffer when it is empty, and what was to be said is forgotten. */
static void owners(void **state)
{
    (void)state;
    answer(NET, 1, 60, SOLO5_R_AGAIN);
    assert_false(batch_own(OTHER, MTU));
    assert_true(batch_own(NET, MTU));
    expect_frame(1, 60);
    assert_true(batch_own(OTHER, MTU));
    assert_true(batch_is_used_up());
    answer(OTHER, 1, 60, SOLO5_R_AGAIN);
    assert_int_equal(batch_ready(), UINT64_C(1) << OTHER);
    assert_false(batch_own(NET, MTU));
    expect_frame(1, 60);
    assert_true(batch_own(NET, MTU));
}

#define FRAMES 64

/* Frames for every wait, and what the tender said at NOW of the others. */
static void frames_beside(solo5_handle_set_t others, solo5_time_t now)
{
    assert_true(batch_own(NET, MTU));
    answer(NET, FRAMES, 60, SOLO5_R_AGAIN);
    batch_asked(others | 1U << NET, now);
}

static void take_all(void)
{
    uint8_t frame[64];
    size_t n;

    while (!batch_is_used_up())
        batch_take(frame, sizeof frame, &n);
}

/* While the others have nothing: so many times in a row, and then the tender is asked again. */
static void others_do_not_starve(void **state)
{
    (void)state;
    frames_beside(0, 1000);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < BATCH_WAITS; i++)
            assert_true(batch_is_answer(1000));
        assert_false(batch_is_answer(1000));
        assert_false(batch_is_answer(1000));
        batch_asked(1U << NET, 1000);
    }
    /* Nor if each takes long. */
    assert_true(batch_is_answer(1000 + BATCH_NS));
    assert_false(batch_is_answer(1001 + BATCH_NS));
    take_all();
}

/* A device that is ready stays so until it is read: it is asked for each time. */
static void others_stay_ready(void **state)
{
    size_t n;
    uint8_t frame[60];

    (void)state;
    frames_beside(UINT64_C(1) << OTHER, 0);
    assert_false(batch_is_answer(0));
    batch_asked(1U << NET, 0);
    assert_true(batch_is_answer(0));
    batch_doubt(); /* it was read meanwhile */
    assert_false(batch_is_answer(0));
    batch_asked(1U << NET, 0);
    assert_int_equal(batch_take(frame, sizeof frame, &n), SOLO5_R_OK);
    assert_true(batch_is_answer(0));
    /* Without frames there is no answer, and the device that had the buffer may have more. */
    take_all();
    assert_false(batch_is_answer(0));
    assert_true(batch_own(OTHER, MTU));
    answer(OTHER, 1, 60, SOLO5_R_AGAIN);
    assert_false(batch_is_answer(0));
    take_all();
}

/* Nobody was asked since the frames came: a read has brought them. */
static void brought_by_a_read(void **state)
{
    (void)state;
    frames_beside(0, 0);
    take_all();
    answer(NET, 2, 60, SOLO5_R_OK);
    for (unsigned i = 0; i < BATCH_WAITS; i++)
        assert_true(batch_is_answer(0));
    assert_false(batch_is_answer(0));
    take_all();
}

/* Of any device, and of the common one all that the tender brings at once. */
static void sizes(void **state)
{
    static const uint16_t mtu[] = {1, MTU, 9000, 65535};
    struct hvt_hc_net_batch req;

    (void)state;
    for (size_t i = 0; i < N_OF(mtu); i++) {
        assert_true(batch_own(OTHER, MTU));
        assert_true(batch_own(NET, mtu[i]));
        batch_ask(&req);
        assert_int_equal(req.handle, NET);
        assert_int_equal(req.frame_max, mtu[i] + 22);
        assert_int_equal(req.data % 8, 0);
    }
    answer(NET, 1, 65535 + 22, SOLO5_R_OK);
    expect_frame(1, 65535 + 22);
    assert_true(batch_is_used_up());
    answer(NET, HVT_NET_BATCH_MAX, MTU + 22, SOLO5_R_OK);
    for (unsigned i = 1; i <= HVT_NET_BATCH_MAX; i++)
        expect_frame((uint8_t)i, MTU + 22);
    assert_true(batch_is_used_up());
}

/* Of many at once, those that are large enough; of few, none. */
static void bursts(void **state)
{
    static const struct {
        unsigned frames;
        uint32_t size;
        unsigned copies;
    } rows[] = {{FRAME_COPY_BURST, FRAME_COPY_MIN, FRAME_COPY_BURST},
            {FRAME_COPY_BURST, FRAME_COPY_MIN - 1, 0},
            {FRAME_COPY_BURST - 1, 1514, 0},
            {HVT_NET_BATCH_MAX, 1514, HVT_NET_BATCH_MAX},
            {1, 60, 0}};

    (void)state;
    assert_true(batch_own(NET, MTU));
    for (size_t i = 0; i < N_OF(rows); i++) {
        copies = 0;
        answer(NET, rows[i].frames, rows[i].size, SOLO5_R_OK);
        for (unsigned k = 1; k <= rows[i].frames; k++) {
            assert_true(batch_has_frame(NET) && !batch_has_frame(OTHER));
            expect_frame((uint8_t)k, rows[i].size);
        }
        assert_false(batch_has_frame(NET));
        assert_int_equal(copies, rows[i].copies);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(nobody),
            cmocka_unit_test(drained),
            cmocka_unit_test(full),
            cmocka_unit_test(not_ready),
            cmocka_unit_test(failed),
            cmocka_unit_test(asked_again),
            cmocka_unit_test(cut),
            cmocka_unit_test(empty),
            cmocka_unit_test(owners),
            cmocka_unit_test(others_do_not_starve),
            cmocka_unit_test(others_stay_ready),
            cmocka_unit_test(brought_by_a_read),
            cmocka_unit_test(sizes),
            cmocka_unit_test(bursts),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
