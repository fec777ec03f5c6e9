/* SPDX-License-Identifier: ISC */
/*
 * ocaml: what the run-time system of OCaml does with solo5.h through its small C
 * library: a heap that ends below the stack, thread blocks from calloc(), and exit(),
 * abort() and write() of its own. It is linked as that is: the manifest and the library
 * come out of an archive (tests/build.mk).
 *
 *   ocaml exit N      exit(N) behind the work
 *   ocaml abort       abort()
 */
#include "lib.h"

#define STACK_ROOM 0x100000
#define THREADS 3

static uintptr_t heap_now, heap_end;

/* The names an application's C library has; the bindings must have none of them. */
void *calloc(size_t n, size_t size);
void exit(int status) __attribute__((noreturn));
void abort(void) __attribute__((noreturn));
long write(int fd, const void *buf, size_t size);
unsigned long __getauxval(unsigned long type);

/* The compiler's library asks it for the CPU's features on AArch64. */
unsigned long __getauxval(unsigned long type)
{
    (void)type;
    return 0;
}

void exit(int status)
{
    solo5_exit(status);
}

void abort(void)
{
    solo5_abort();
}

long write(int fd, const void *buf, size_t size)
{
    if (fd != 1 && fd != 2)
        return -1;
    solo5_console_write(buf, size);
    return (long)size;
}

void *calloc(size_t n, size_t size)
{
    size_t bytes = (n * size + 15) & -(size_t)16;
    void *p = (void *)heap_now;

    if (bytes > heap_end - heap_now)
        return NULL;
    heap_now += bytes;
    return memset(p, 0, bytes);
}

static void init_heap(const struct solo5_start_info *info)
{
    size_t room = info->heap_size < STACK_ROOM ? info->heap_size / 2 : STACK_ROOM;

    heap_now = info->heap_start;
    heap_end = info->heap_start + info->heap_size - room;
    CHECK(heap_now % 4096 == 0 && heap_end > heap_now);
    CHECK((uintptr_t)&room > heap_end);
    /* Something was there before. */
    memset((void *)heap_now, 0xa5, 0x10000);
}

static __thread uint64_t domain_state[64];
static __thread int last_error = 17;

/* The compiler takes the thread pointer for a constant of a function. */
static void __attribute__((noinline)) enter(uint64_t n)
{
    CHECK(last_error == 17);
    for (size_t i = 0; i < 64; i++) {
        CHECK(domain_state[i] == 0);
        domain_state[i] = n << 32 | i;
    }
    last_error = (int)n;
}

static void __attribute__((noinline)) check(uint64_t n)
{
    CHECK(last_error == (int)n);
    for (size_t i = 0; i < 64; i++)
        CHECK(domain_state[i] == (n << 32 | i));
}

static void switch_to(uintptr_t block)
{
    CHECK(solo5_set_tls_base(solo5_tls_tp_offset(block)) == SOLO5_R_OK);
}

static void check_threads(void)
{
    uintptr_t block[THREADS];

    for (uint64_t n = 0; n < THREADS; n++) {
        block[n] = (uintptr_t)calloc(solo5_tls_size(), 1);
        CHECK(block[n] != 0 && solo5_tls_init(block[n]) == SOLO5_R_OK);
        switch_to(block[n]);
        enter(n);
    }
    for (unsigned round = 0; round < 10; round++) {
        for (uint64_t n = 0; n < THREADS; n++) {
            switch_to(block[n]);
            check(n);
        }
    }
}

/* On AArch64 these are calls of the compiler's library. */
static void check_long_double(void)
{
    volatile long double third = 1.0L / OPAQUE(3), sum = 0;

    for (int i = 0; i < 3; i++)
        sum += third;
    CHECK((uint64_t)(sum * 1000 + 0.5L) == 1000);
}

static void check_clocks(void)
{
    solo5_time_t wall = solo5_clock_wall(), mono = solo5_clock_monotonic();

    CHECK(wall > UINT64_C(1500000000000000000)); /* the year 2017 */
    CHECK(solo5_clock_monotonic() >= mono && solo5_clock_wall() / 2 < wall);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct args a;

    init_heap(info);
    check_threads();
    check_long_double();
    check_clocks();
    args_split(&a, info->cmdline);
    CHECK(write(2, "work done\n", 10) == 10 && write(3, "x", 1) == -1);
    if (strcmp(a.v[0], "abort") == 0)
        abort();
    exit((int)to_u64(a.v[1]));
}
