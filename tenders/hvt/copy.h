/* SPDX-License-Identifier: ISC */
/*
 * copy.h: copies of whole words, each of which is read and written once. In words of our own:
 * the C library's memcpy() may use SVE, which the kernel takes away with each system call, so
 * that its next use would be a trap (Linux, Documentation/arm64/sve.rst, 3).
 */
#ifndef COPY_H
#define COPY_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t copy_word __attribute__((may_alias, aligned(1)));

/* N words. */
static inline void copy_words(void *to, const void *from, size_t n)
{
    volatile copy_word *t = to;
    const volatile copy_word *f = from;

    for (size_t i = 0; i < n; i++)
        t[i] = f[i];
}

#endif /* COPY_H */
