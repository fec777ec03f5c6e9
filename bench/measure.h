/* SPDX-License-Identifier: ISC */
/*
 * measure.h: rounds of one operation, and how a result is printed: "KEY LEAST MEDIAN",
 * picoseconds each. The same for guests and floors; no C library.
 *
 * The least of many short rounds is what the operation costs when nothing else wants the
 * CPU meanwhile.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_MS 1000000ULL
#define MAX_ROUNDS 1001

struct bench {
    uint64_t (*now)(void); /* ns */
    void (*write)(const char *text, size_t size);
    unsigned rounds;
    unsigned count; /* operations in a round */
    bool failed;
};

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

static inline char *put_string(char *at, const char *s)
{
    while (*s)
        *at++ = *s++;
    return at;
}

/* With a blank in front. */
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

static inline void bench_print(const struct bench *b, const char *key, uint64_t least,
        uint64_t median)
{
    char line[128], *at = put_string(line, key);

    at = put_number(at, least);
    at = put_number(at, median);
    *at++ = '\n';
    b->write(line, (size_t)(at - line));
}

/* What failed once is not measured: no line, and the program's status is 1. */
static inline void bench_require(struct bench *b, bool ok)
{
    if (!ok)
        b->failed = true;
}

/* What reading the clock takes, at least. */
static inline uint64_t bench_clock(const struct bench *b)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < 16; i++) {
        uint64_t begin = b->now(), ns = b->now() - begin;
        if (ns < least)
            least = ns;
    }
    return least;
}

/*
 * OP does N operations, in a loop of its own. PREPARE, if there is one, comes before each
 * round and is not counted, nor is reading the clock. One round is for the caches.
 */
static inline void bench_each(struct bench *b, const char *key, unsigned n,
        void (*prepare)(struct bench *), void (*op)(struct bench *, unsigned n))
{
    static uint64_t sample[MAX_ROUNDS];

    uint64_t clock = bench_clock(b);

    if (n == 0)
        n = 1;
    for (unsigned i = 0; i <= b->rounds; i++) {
        if (prepare)
            prepare(b);
        uint64_t begin = b->now();
        op(b, n);
        uint64_t ns = b->now() - begin;
        if (i > 0)
            sample[i - 1] = (ns > clock ? ns - clock : 0) * 1000 / n;
    }
    if (b->failed)
        return;
    sort(sample, b->rounds);
    bench_print(b, key, sample[0], sample[b->rounds / 2]);
}

/* "ROUNDS COUNT" of the command line; few without. */
static inline void bench_options(struct bench *b, const char *s)
{
    unsigned value[2] = {3, 8}, n = 0;

    while (*s && n < 2) {
        if (*s < '0' || *s > '9') {
            s++;
            continue;
        }
        value[n] = 0;
        for (; *s >= '0' && *s <= '9'; s++)
            value[n] = value[n] * 10 + (unsigned)(*s - '0');
        n++;
    }
    b->rounds = value[0] > 0 && value[0] < MAX_ROUNDS ? value[0] : 1;
    b->count = value[1] > 0 ? value[1] : 1;
}

#endif /* BENCH_MEASURE_H */
