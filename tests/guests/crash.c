/* SPDX-License-Identifier: ISC */
/*
 * crash: ends badly inside of three functions, which a debugger has to find in its core
 * file. How, is its argument.
 */
#include "cpu.h"
#include "lib.h"

extern uintptr_t __stack_chk_guard;

static const int constant = 1;

static void trap(void)
{
    cpu_undefined();
}

static void read_unmapped(void)
{
    put_value("read", *(volatile char *)OPAQUE((uintptr_t)0x7ff00000000));
}

static void write_constant(void)
{
    *(volatile int *)OPAQUE((uintptr_t)&constant) = 2;
}

/* Change nothing but the guard: where it is among the other words is the compiler's. */
static void __attribute__((noinline)) smash(void)
{
    volatile uintptr_t buffer[8];
    volatile uintptr_t *p = OPAQUE(&buffer[0]);

    for (int i = 0; i < 8; i++)
        p[i] = 0;
    while (*p != __stack_chk_guard)
        p++;
    *p = ~*p;
}

static void leave(void)
{
    solo5_exit(0);
}

static void leave_255(void)
{
    solo5_exit(255);
}

static const struct way {
    const char *name;
    void (*take)(void);
} ways[] = {
        {"trap", trap},
        {"read", read_unmapped},
        {"write", write_constant},
        {"smash", smash},
        {"abort", solo5_abort},
        {"exit", leave},
        {"exit255", leave_255},
};

/* What comes after each call keeps it from being the function's last act. */
static int __attribute__((noinline)) inner(const struct way *way, int n)
{
    way->take();
    return OPAQUE(n) + 1;
}

static int __attribute__((noinline)) middle(const struct way *way, int n)
{
    return inner(way, OPAQUE(n) * 2) + 1;
}

static int __attribute__((noinline)) outer(const struct way *way, int n)
{
    return middle(way, OPAQUE(n) * 2) + 1;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(info->cmdline, ways[i].name) == 0)
            return outer(&ways[i], 7);
    FAIL("unknown way to crash");
}
