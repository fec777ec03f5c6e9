/* SPDX-License-Identifier: ISC */
/*
 * hvt's conversion of counter ticks to time, against exact arithmetic, and its wall clock, against
 * hosts that do to their clocks what they like.
 *
 * links: bindings/hvt/clock.c
 */
#include "unit.h"

#include "../../bindings/hvt/clock.h"

#define SEC UINT64_C(1000000000)
#define DAY (24 * 3600 * SEC)
#define YEAR (365 * DAY)

typedef unsigned __int128 u128;

static const uint64_t frequencies[] = {
        1000000, 1000001, 3579545, 19200000, 24000000, 25000000, 31250000, 50000000,
        54000000, 62500000, 99999989, 100000000, 122000000, 999999999, 1000000000,
        1000000001, 1073741824, 1992346000, 2100000000, 2399999999, 2600000000, 2999999981,
        3000000000, 3333333333, 4294967296, 4294967297, 5000000000,
};

static uint64_t exact_ns(uint64_t hz, uint64_t ticks)
{
    return (uint64_t)((u128)ticks * SEC / hz);
}

static uint64_t ticks_of(uint64_t hz, uint64_t ns)
{
    return (uint64_t)((u128)ns * hz / SEC);
}

/* Never ahead of the exact value, never behind by more than 1 ns. */
static void check(uint64_t hz, uint64_t ticks)
{
    struct clock_scale scale = clock_scale(hz);
    uint64_t want = exact_ns(hz, ticks), have = clock_ns(&scale, ticks);

    if (have > want || want - have > 1)
        fail_msg("%llu Hz, %llu ticks: %llu instead of %llu", (unsigned long long)hz,
                (unsigned long long)ticks, (unsigned long long)have,
                (unsigned long long)want);
}

static void test_exact(void **state)
{
    static const uint64_t times[] = {0, 1, 999, SEC - 1, SEC, SEC + 1, 8600 * SEC / 1000,
            69 * SEC, 137 * SEC, 275 * SEC, 3600 * SEC, DAY, 3 * DAY, 49 * DAY + 61681 * SEC,
            400 * DAY, 10 * YEAR, 100 * YEAR};

    (void)state;
    for (size_t f = 0; f < N_OF(frequencies); f++) {
        for (size_t t = 0; t < N_OF(times); t++) {
            uint64_t ticks = ticks_of(frequencies[f], times[t]);
            for (uint64_t d = 0; d < 100; d++) {
                check(frequencies[f], ticks + d);
                check(frequencies[f], ticks >= d ? ticks - d : 0);
            }
        }
    }
}

/* Every power of two and its neighbours up to 292 years. */
static void test_powers(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_OF(frequencies); f++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            uint64_t ticks = UINT64_C(1) << bit;
            if ((u128)ticks * SEC / frequencies[f] >> 63)
                break;
            check(frequencies[f], ticks - 1);
            check(frequencies[f], ticks);
            check(frequencies[f], ticks + 1);
        }
    }
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void test_random(void **state)
{
    uint64_t seed = 88172645463325252;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t hz = 1000000 + next_random(&seed) % (5 * SEC - 1000000 + 1);
        check(hz, ticks_of(hz, next_random(&seed) % (100 * DAY)));
        check(hz, ticks_of(hz, next_random(&seed) % (100 * YEAR)));
    }
}

static void test_never_back(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_OF(frequencies); f++) {
        struct clock_scale scale = clock_scale(frequencies[f]);
        uint64_t ticks = ticks_of(frequencies[f], 7 * DAY), last = 0;
        for (unsigned i = 0; i < 5000; i++) {
            uint64_t now = clock_ns(&scale, ticks + i);
            assert_true(now >= last);
            last = now;
        }
    }
}

/* Odd frequencies must not hang or divide by the wrong thing either. */
static void test_extremes(void **state)
{
    static const uint64_t hz[] = {1, 2, 3, 7, 999, 32768, UINT64_C(1) << 63, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < N_OF(hz); i++) {
        check(hz[i], 0);
        check(hz[i], 1);
        check(hz[i], ticks_of(hz[i], 5) + 1);
        if (hz[i] < SEC)
            check(hz[i], ticks_of(hz[i], YEAR));
    }
}

/*
 * A host. Its wall clock runs by the counter, a little faster or slower, and is steered. Asking it
 * takes time, and when in this time it looks at its clock, nobody knows.
 */
struct host {
    uint64_t hz, ticks; /* the counter's */
    u128 time;          /* ns / 2^32 */
    uint64_t rate;      /* in 1000 ticks' worth of time */
    unsigned asked;
    uint64_t seed;
};

static uint64_t wall(const struct host *h)
{
    return (uint64_t)(h->time >> 32);
}

static void pass(struct host *h, uint64_t ns)
{
    uint64_t ticks = ticks_of(h->hz, ns);

    h->ticks += ticks;
    h->time += ((u128)ticks * SEC << 32) / h->hz * h->rate / 1000;
}

static void step(struct host *h, int64_t ns)
{
    h->time += (u128)ns << 32;
}

/* Mostly some microseconds, now and then a lost turn. */
static uint64_t time_to_ask(struct host *h)
{
    return next_random(&h->seed) % (next_random(&h->seed) % 10 ? 20000 : 5000000);
}

static uint64_t read_wall(struct host *h, struct clock_wall *w)
{
    struct clock_scale scale = clock_scale(h->hz);
    uint64_t now = h->ticks;

    if (!clock_wall_holds(w, now)) {
        uint64_t span = time_to_ask(h), part = next_random(&h->seed) % (span + 1);
        pass(h, part);
        uint64_t told = wall(h);
        pass(h, span - part);
        h->asked++;
        clock_wall_learn(w, h->hz, now, told, h->ticks);
    }
    return clock_wall_tell(w, &scale, h->ticks);
}

static struct host make_host(uint64_t hz)
{
    return (struct host){.hz = hz, .ticks = 12345, .time = (u128)50 * YEAR << 32,
            .rate = 1000, .seed = 88172645463325252 ^ hz};
}

/* A time that was right while it was asked for, or is by CLOCK_WALL_ERROR ahead or behind. */
static uint64_t check_wall(struct host *h, struct clock_wall *w)
{
    uint64_t before = wall(h), has = read_wall(h, w);

    if (has + CLOCK_WALL_ERROR < before || has > wall(h) + CLOCK_WALL_ERROR)
        fail_msg("%llu Hz: %llu is not between %llu and %llu", (unsigned long long)h->hz,
                (unsigned long long)has, (unsigned long long)before,
                (unsigned long long)wall(h));
    return has;
}

/* A loop, mostly; now and then something else, a long sleep too. */
static uint64_t time_between(struct host *h)
{
    static const uint64_t most[] = {200, 200, 200, 100000, 20000000};

    return next_random(&h->seed) % most[next_random(&h->seed) % N_OF(most)];
}

static void test_wall_error(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_OF(frequencies); f++) {
        struct host h = make_host(frequencies[f]);
        struct clock_wall w = {0};
        uint64_t latest = 0;
        for (unsigned i = 0; i < 20000; i++) {
            uint64_t now = check_wall(&h, &w);
            assert_true(now >= latest);
            latest = now;
            pass(&h, time_between(&h));
            if (next_random(&h.seed) % 50 == 0)
                h.rate = 890 + next_random(&h.seed) % 221;
        }
        assert_in_range(h.asked, 1000, 15000);
    }
}

/* Wherever in the time it keeps, in a loop that asks all the time. */
static void test_wall_step(void **state)
{
    static const int64_t steps[] = {1, 300000, 999999, 1000001, 1100000, 2000000, 1000000000,
            (int64_t)DAY, (int64_t)YEAR};

    (void)state;
    for (size_t i = 0; i < 2 * N_OF(steps); i++) {
        struct host h = make_host(62500000);
        struct clock_wall w = {0};
        int64_t by = i % 2 ? steps[i / 2] : -steps[i / 2];
        for (unsigned k = 0; k < 200; k++) {
            for (uint64_t n = next_random(&h.seed) % 100; n > 0; n--) {
                check_wall(&h, &w);
                pass(&h, 200000);
            }
            step(&h, k % 2 ? by : -by);
            for (uint64_t end = h.ticks + ticks_of(h.hz, SEC / 100); h.ticks < end;) {
                read_wall(&h, &w);
                pass(&h, 100000);
            }
        }
    }
}

static void test_wall_loop(void **state)
{
    struct host h = make_host(2600000000);
    struct clock_wall w = {0};

    (void)state;
    check_wall(&h, &w);
    while (w.life == 0)
        check_wall(&h, &w);
    h.asked = 0;
    for (unsigned i = 0; i < 1000; i++) {
        check_wall(&h, &w);
        pass(&h, 100);
    }
    assert_int_equal(h.asked, 0);
    /* Nor is an old answer kept. */
    pass(&h, 8000000);
    check_wall(&h, &w);
    assert_int_equal(h.asked, 1);
}

/* The first answer, wherever the counter is; a counter that overflows, and one that goes back. */
static void test_wall_counter(void **state)
{
    static const uint64_t start[] = {0, 1, UINT64_MAX, UINT64_MAX - 100000, 1ULL << 63};
    const uint64_t hz = SEC;
    struct clock_scale scale = clock_scale(hz);

    (void)state;
    for (size_t i = 0; i < N_OF(start); i++) {
        struct clock_wall w = {0};
        assert_false(clock_wall_holds(&w, start[i]));
        clock_wall_learn(&w, hz, start[i], YEAR, start[i] + 10000);
        assert_int_equal(clock_wall_tell(&w, &scale, start[i] + 10000), YEAR);
        assert_true(clock_wall_holds(&w, start[i] + 10000));
        assert_true(clock_wall_holds(&w, start[i] + 7000000));
        assert_int_equal(clock_wall_tell(&w, &scale, start[i] + 7000000), YEAR + 6990000);
        assert_false(clock_wall_holds(&w, start[i] + 8000000));
        assert_false(clock_wall_holds(&w, start[i] + 9999));
        assert_false(clock_wall_holds(&w, start[i] + (1ULL << 63)));
        /* It went back meanwhile, or time has. */
        clock_wall_learn(&w, hz, start[i], YEAR, start[i] - 1);
        assert_false(clock_wall_holds(&w, start[i]));
        clock_wall_learn(&w, hz, start[i], YEAR, start[i] + 900000);
        assert_false(clock_wall_holds(&w, start[i] + 900000));
    }
    /* No thousandth of a second has a tick. */
    struct clock_wall w = {0};
    clock_wall_learn(&w, 999, 5, YEAR, 5);
    assert_false(clock_wall_holds(&w, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_exact),
            cmocka_unit_test(test_powers),
            cmocka_unit_test(test_random),
            cmocka_unit_test(test_never_back),
            cmocka_unit_test(test_extremes),
            cmocka_unit_test(test_wall_error),
            cmocka_unit_test(test_wall_step),
            cmocka_unit_test(test_wall_loop),
            cmocka_unit_test(test_wall_counter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
