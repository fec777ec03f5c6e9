/* SPDX-License-Identifier: ISC */
/*
 * lib.h: what the test guests share. They are ordinary users of solo5.h.
 */
#ifndef LIB_H
#define LIB_H

#include "solo5.h"

/* Freestanding: the compiler emits calls of these. */
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);

/* The console. */
void put(const char *s);
void put_u64(uint64_t v);
void put_hex(uint64_t v);

/* "NAME=0x...\n" */
void put_value(const char *name, uint64_t v);

/* Print what stands behind a failure and end with SOLO5_EXIT_FAILURE. */
void fail_at(const char *file, unsigned line, const char *what)
        __attribute__((noreturn));
#define FAIL(what) fail_at(__FILE__, __LINE__, what)
#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition))                                                      \
            FAIL(#condition);                                                  \
    } while (0)

/* Print SUCCESS and return SOLO5_EXIT_SUCCESS. */
int success(void);

/* The words of the command line. */
struct args {
    unsigned n;
    const char *v[16]; /* the rest is "" */
    char text[512];
};
void args_split(struct args *a, const char *cmdline);

/* A decimal number; anything else fails the test. */
uint64_t to_u64(const char *s);

/* Keeps a value from being known to the compiler. */
#define OPAQUE(v)                                                              \
    __extension__({                                                            \
        __typeof__(v) opaque_ = (v);                                           \
        __asm__ volatile("" : "+r"(opaque_) : : "memory");                     \
        opaque_;                                                               \
    })

#endif /* LIB_H */
