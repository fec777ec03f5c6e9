/* SPDX-License-Identifier: ISC */
#include "lib.h"

/*
 * Plain loops: built with -fno-tree-loop-distribute-patterns, or the compiler
 * would make a call of memcpy of the loop in memcpy.
 */
void *memcpy(void *dst, const void *src, size_t n)
{
    unsigned char *d = dst;
    const unsigned char *s = src;

    while (n--)
        *d++ = *s++;
    return dst;
}

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

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

void put(const char *s)
{
    solo5_console_write(s, strlen(s));
}

static void put_number(uint64_t v, unsigned base)
{
    char buf[24];
    size_t i = sizeof buf;

    buf[--i] = 0;
    do {
        buf[--i] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    put(buf + i);
}

void put_u64(uint64_t v)
{
    put_number(v, 10);
}

void put_hex(uint64_t v)
{
    put("0x");
    put_number(v, 16);
}

void put_value(const char *name, uint64_t v)
{
    put(name);
    put("=");
    put_hex(v);
    put("\n");
}

void fail_at(const char *file, unsigned line, const char *what)
{
    const char *base = file;

    for (; *file; file++) {
        if (*file == '/')
            base = file + 1;
    }
    put("FAILURE: ");
    put(base);
    put(":");
    put_u64(line);
    put(": ");
    put(what);
    put("\n");
    solo5_exit(SOLO5_EXIT_FAILURE);
}

int success(void)
{
    put("SUCCESS\n");
    return SOLO5_EXIT_SUCCESS;
}

void args_split(struct args *a, const char *cmdline)
{
    size_t len = strlen(cmdline);
    char *p = a->text;

    CHECK(len < sizeof a->text);
    memcpy(a->text, cmdline, len + 1);
    a->n = 0;
    for (unsigned i = 0; i < sizeof a->v / sizeof a->v[0]; i++)
        a->v[i] = "";
    while (*p) {
        while (*p == ' ')
            *p++ = 0;
        if (!*p)
            break;
        CHECK(a->n < sizeof a->v / sizeof a->v[0]);
        a->v[a->n++] = p;
        while (*p && *p != ' ')
            p++;
    }
}

uint64_t to_u64(const char *s)
{
    uint64_t v = 0;

    CHECK(*s);
    for (; *s; s++) {
        CHECK(*s >= '0' && *s <= '9');
        v = v * 10 + (uint64_t)(*s - '0');
    }
    return v;
}
