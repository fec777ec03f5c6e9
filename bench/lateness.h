/* SPDX-License-Identifier: ISC */
/* lateness.h: the measurement, the same for the guest and its floor. No C library. */
#ifndef BENCH_LATENESS_H
#define BENCH_LATENESS_H

#include <stddef.h>
#include <stdint.h>

#define ROUNDS 301

/* Insertion: the samples are few, and time is not measured meanwhile. */
static inline void sort(uint64_t *v, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        uint64_t x = v[i];
        unsigned k = i;
        for (; k > 0 && v[k - 1] > x; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

static inline char *put_number(char *at, uint64_t v)
{
    char digits[20];
    unsigned n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    *at++ = ' ';
    while (n)
        *at++ = digits[--n];
    return at;
}

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
        char *at = line;
        for (const char *s = "late"; *s; s++)
            *at++ = *s;
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
