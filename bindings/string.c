/* SPDX-License-Identifier: ISC */
/*
 * string.c: plain loops. What the bindings copy is short, but for frames; build.mk keeps
 * the compiler from turning these into calls of themselves.
 */
#include "bindings.h"

/* Both CPUs load and store it at any address of memory. */
typedef uint64_t word __attribute__((may_alias, aligned(1)));

#define STEP (8 * sizeof(word))

/* All of a step is loaded before any of it is stored, for memmove() to a lower address. */
static void copy_step(void *to, const void *from)
{
    word *t = to;
    const word *f = from;
    word a = f[0], b = f[1], c = f[2], d = f[3], e = f[4], g = f[5], h = f[6], i = f[7];

    t[0] = a;
    t[1] = b;
    t[2] = c;
    t[3] = d;
    t[4] = e;
    t[5] = g;
    t[6] = h;
    t[7] = i;
}

/*
 * Of a large one two steps for each look at what is left. The last word is loaded first, as it
 * overlaps what comes before it.
 */
void *memcpy(void *to, const void *from, size_t n)
{
    unsigned char *t = to;
    const unsigned char *f = from;

    if (n < sizeof(word)) {
        while (n-- > 0)
            *t++ = *f++;
        return to;
    }
    unsigned char *end = t + n - sizeof(word);
    word last = *(const word *)(f + n - sizeof(word));

    for (; n >= 2 * STEP; n -= 2 * STEP, t += 2 * STEP, f += 2 * STEP) {
        copy_step(t, f);
        copy_step(t + STEP, f + STEP);
    }
    if (n >= STEP) {
        copy_step(t, f);
        n -= STEP, t += STEP, f += STEP;
    }
    for (; n > sizeof(word); n -= sizeof(word), t += sizeof(word), f += sizeof(word))
        *(word *)t = *(const word *)f;
    *(word *)end = last;
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    unsigned char *t = to;
    const unsigned char *f = from;

    if ((uintptr_t)t - (uintptr_t)f >= n)
        return memcpy(to, from, n);
    while (n-- > 0)
        t[n] = f[n];
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    unsigned char *t = to;

    while (n-- > 0)
        *t++ = (unsigned char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (; n > 0; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}
