/* SPDX-License-Identifier: ISC */
/*
 * The functions of a C library that lwIP and the compiler expect. Built with
 * -fno-tree-loop-distribute-patterns, or the loop in memcpy would become a call of memcpy.
 */
#include "string.h"
#include "stdlib.h"

/* A struct this small is copied through registers, whatever its alignment. */
struct chunk {
    unsigned char byte[32];
};

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    unsigned char *d = dst;
    const unsigned char *s = src;

    for (; n >= sizeof(struct chunk); n -= sizeof(struct chunk)) {
        *(struct chunk *)d = *(const struct chunk *)s;
        d += sizeof(struct chunk);
        s += sizeof(struct chunk);
    }
    while (n--)
        *d++ = *s++;
    return dst;
}

/* Upwards if the destination is below: a chunk is read before it is written. */
void *memmove(void *dst, const void *src, size_t n)
{
    unsigned char *d = dst;
    const unsigned char *s = src;

    if (d <= s)
        return memcpy(dst, src, n);
    while (n--)
        d[n] = s[n];
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    unsigned char *d = dst;

    while (n--)
        *d++ = (unsigned char)c;
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (; n; n--, x++, y++) {
        if (*x != *y)
            return *x < *y ? -1 : 1;
    }
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n && *a && *a == *b; n--)
        a++, b++;
    return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, (size_t)-1);
}

int atoi(const char *s)
{
    int v = 0;

    while (*s >= '0' && *s <= '9')
        v = v * 10 + (*s++ - '0');
    return v;
}
