/* SPDX-License-Identifier: ISC */
/* lateness.h: the measurement, the same for the guest and its floor. No C library. */
#ifndef BENCH_LATENESS_H
#define BENCH_LATENESS_H

#include "measure.h"

#define ROUNDS 301

/* NOW: ns. WAIT: until a deadline; returns the time then. */
static inline void lateness(uint64_t (*now)(void), uint64_t (*wait)(uint64_t),
        void (*write)(const char *, size_t))
{
    static const uint64_t ahead_us[] = {50, 1000, 10000};
    static uint64_t late[ROUNDS];
    char line[128];

    for (unsigned a = 0; a < sizeof ahead_us / sizeof ahead_us[0]; a++) {
        for (unsigned i = 0; i < ROUNDS; i++) {
            uint64_t deadline = now() + ahead_us[a] * 1000;
            late[i] = wait(deadline) - deadline;
        }
        sort(late, ROUNDS);
        char *at = put_string(line, "late");
        at = put_number(at, ahead_us[a]);
        at = put_number(at, late[0]);
        at = put_number(at, late[ROUNDS / 2]);
        at = put_number(at, late[ROUNDS * 99 / 100]);
        at = put_number(at, late[ROUNDS - 1]);
        *at++ = '\n';
        write(line, (size_t)(at - line));
    }
}

#endif /* BENCH_LATENESS_H */
