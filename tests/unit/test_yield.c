/* SPDX-License-Identifier: ISC */
/*
 * solo5_yield() on a target whose wait ends early, as it may.
 *
 * links: bindings/time.c
 */
#include "unit.h"

#include "../../bindings/target.h"

static solo5_time_t now, step; /* the guest's clock, and how much a wait adds to it */
static solo5_handle_set_t ready[4];
static unsigned waits;
static bool networks;

bool manifest_has_networks(void)
{
    return networks;
}

solo5_time_t target_clock_monotonic(void)
{
    return now;
}

bool target_reached(solo5_time_t deadline)
{
    return now >= deadline;
}

solo5_time_t target_clock_wall(void)
{
    return 7;
}

solo5_handle_set_t target_wait(solo5_time_t deadline)
{
    (void)deadline;
    assert_true(waits < N_OF(ready));
    now += step;
    return ready[waits++];
}

/* Wait until DEADLINE from the time 100 on, of which each wait takes STEP_NS. */
static solo5_handle_set_t yield(solo5_time_t deadline, solo5_time_t step_ns)
{
    solo5_handle_set_t set = UINT64_MAX;

    now = 100;
    step = step_ns;
    waits = 0;
    solo5_yield(deadline, &set);
    return set;
}

/* Never before the deadline by the guest's own clock. */
static void early(void **state)
{
    (void)state;
    memset(ready, 0, sizeof ready);
    assert_int_equal(yield(103, 1), 0);
    assert_int_equal(waits, 3);
    assert_int_equal(now, 103);
    assert_int_equal(yield(103, 2), 0);
    assert_int_equal(waits, 2);
}

static void past(void **state)
{
    (void)state;
    networks = true;
    memset(ready, 0, sizeof ready);
    assert_int_equal(yield(0, 0), 0);
    assert_int_equal(waits, 1);
    assert_int_equal(yield(100, 0), 0);
    assert_int_equal(waits, 1);
    ready[0] = 6;
    assert_int_equal(yield(0, 0), 6);
    solo5_yield(0, NULL);
    networks = false;
}

/* Nothing can be ready: what is over is not waited for, what is not is. */
static void past_without_networks(void **state)
{
    (void)state;
    memset(ready, 0, sizeof ready);
    ready[1] = 6;
    assert_int_equal(yield(0, 0), 0);
    assert_int_equal(yield(100, 0), 0);
    assert_int_equal(waits, 0);
    assert_int_equal(yield(101, 1), 0);
    assert_int_equal(waits, 1);
}

/* A device ends the wait, early or not. */
static void device(void **state)
{
    (void)state;
    memset(ready, 0, sizeof ready);
    ready[1] = UINT64_C(1) << 63;
    assert_int_equal(yield(UINT64_MAX, 1), UINT64_C(1) << 63);
    assert_int_equal(waits, 2);
    assert_int_equal(now, 102);
}

static void clocks(void **state)
{
    (void)state;
    now = 5;
    assert_int_equal(solo5_clock_monotonic(), 5);
    assert_int_equal(solo5_clock_wall(), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(early),
            cmocka_unit_test(past),
            cmocka_unit_test(past_without_networks),
            cmocka_unit_test(device),
            cmocka_unit_test(clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
