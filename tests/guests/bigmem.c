/* SPDX-License-Identifier: ISC */
/*
 * bigmem: memory above 4 GiB, some of it, and calls with buffers there. The argument is
 * the end of memory in MiB. Block device "disk": two blocks.
 */
#include "lib.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define STEP (64 * MIB)
#define STACK MIB

static uintptr_t first, end;

/* A page here and there, the first and last of each GiB included. */
static bool is_sample(uintptr_t p)
{
    return p >= first && p < end - STACK;
}

static void for_samples(void (*f)(volatile uint64_t *p))
{
    for (uintptr_t at = 0; at < end; at += STEP) {
        if (is_sample(at))
            f((volatile uint64_t *)at);
        if (is_sample(at - 4096))
            f((volatile uint64_t *)(at - 4096));
    }
}

static void is_zero(volatile uint64_t *p)
{
    CHECK(p[0] == 0 && p[511] == 0);
}

static void fill(volatile uint64_t *p)
{
    p[0] = (uintptr_t)p;
    p[511] = ~(uintptr_t)p;
}

static void is_filled(volatile uint64_t *p)
{
    CHECK(p[0] == (uintptr_t)p && p[511] == ~(uintptr_t)p);
}

static void say_from(uintptr_t where, const char *text)
{
    memcpy((void *)where, text, strlen(text));
    solo5_console_write((const char *)where, strlen(text));
}

/* A block from, and another to, a buffer at WHERE; any alignment. */
static void check_block(solo5_handle_t disk, uintptr_t where)
{
    uint8_t *buf = (uint8_t *)where;

    for (unsigned i = 0; i < 512; i++)
        buf[i] = (uint8_t)(i * 7 + (where >> 20));
    CHECK(solo5_block_write(disk, 512, buf, 512) == SOLO5_R_OK);
    memset(buf, 0xee, 512);
    CHECK(solo5_block_read(disk, 512, buf, 512) == SOLO5_R_OK);
    for (unsigned i = 0; i < 512; i++)
        CHECK(buf[i] == (uint8_t)(i * 7 + (where >> 20)));
}

static void check_calls(void)
{
    struct solo5_block_info info;
    solo5_handle_t disk;

    CHECK(solo5_block_acquire("disk", &disk, &info) == SOLO5_R_OK);
    check_block(disk, first);
    for (uint64_t gib = 4; gib * GIB < end; gib++) {
        say_from(gib * GIB + 4096, "above\n");
        say_from(gib * GIB - 3, "across\n");
        check_block(disk, gib * GIB + 8192);
        check_block(disk, gib * GIB - 255);
    }
    check_block(disk, end - STACK - 512);
    *(volatile char *)(end - 1) = '.';
    solo5_console_write((const char *)end - 1, 1);
    put("\n");
}

static void check_time(void)
{
    solo5_handle_set_t ready = 1;
    solo5_time_t start = solo5_clock_monotonic();

    solo5_yield(start + 10000000, &ready);
    CHECK(ready == 0 && solo5_clock_monotonic() >= start + 10000000);
    CHECK(solo5_clock_wall() > 1500000000000000000);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    first = info->heap_start;
    end = first + info->heap_size;
    CHECK(end == to_u64(info->cmdline) * MIB);
    /* The stack is up there, too. */
    CHECK((uintptr_t)__builtin_frame_address(0) > end - STACK);
    for_samples(is_zero);
    for_samples(fill);
    for_samples(is_filled);
    check_calls();
    check_time();
    return success();
}
