/* SPDX-License-Identifier: ISC */
/* The floor of lateness: a plain process that sleeps until the same deadlines. */
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../lateness.h"

static uint64_t now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t wait_for(uint64_t deadline)
{
    struct timespec ts = {
            .tv_sec = (time_t)(deadline / 1000000000), .tv_nsec = (long)(deadline % 1000000000)};

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
    return now();
}

static void write_text(const char *s, size_t n)
{
    if (write(1, s, n) < 0)
        _exit(1);
}

int main(void)
{
    /* By itself the kernel is 50 us late on purpose; timers of descriptors are exact. */
    prctl(PR_SET_TIMERSLACK, 1UL);
    lateness(now, wait_for, write_text);
    return 0;
}
