/* SPDX-License-Identifier: ISC */
/* The floor of lateness: a plain process that sleeps until the same deadlines. */
#include "floor.h"

#include "../lateness.h"

static uint64_t wait_for(uint64_t deadline)
{
    struct timespec ts = {
            .tv_sec = (time_t)(deadline / 1000000000), .tv_nsec = (long)(deadline % 1000000000)};

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
    return floor_now();
}

int main(void)
{
    /* By itself the kernel is 50 us late on purpose; timers of descriptors are exact. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    lateness(floor_now, wait_for, floor_write);
    return 0;
}
