/* SPDX-License-Identifier: ISC */
/*
 * tls: thread-local variables of every kind, in several blocks.
 */
#include "lib.h"

#define BLOCKS 4
#define AREA 4096 /* bytes for one block */

static __thread volatile long init_long = 0x1111;
static __thread volatile int bss_int;
static __thread volatile char init_char = 'c';
static __thread volatile uint64_t init_aligned[8] __attribute__((aligned(64))) = {
        10, 11, 12, 13, 14, 15, 16, 17};
static __thread volatile char bss_aligned[3] __attribute__((aligned(128)));
static __thread volatile char bss_char;
static __thread const char *volatile init_pointer = "a pointer";
static char area[BLOCKS][AREA + 256];

/*
 * The compiler takes the thread pointer for a constant of a function. What uses
 * variables is therefore called, never inlined, after the block was set.
 */
#define WITH_BLOCK static void __attribute__((noinline))

WITH_BLOCK check_fresh(void)
{
    CHECK(init_long == 0x1111);
    CHECK(bss_int == 0);
    CHECK(init_char == 'c');
    for (uint64_t i = 0; i < 8; i++)
        CHECK(init_aligned[i] == 10 + i);
    CHECK((uintptr_t)init_aligned % 64 == 0);
    CHECK((uintptr_t)bss_aligned % 128 == 0);
    CHECK(bss_aligned[0] == 0 && bss_aligned[2] == 0);
    CHECK(bss_char == 0);
    CHECK(strcmp(init_pointer, "a pointer") == 0);
}

/* All of them are within the block. */
WITH_BLOCK check_inside(uintptr_t block)
{
    const volatile void *all[] = {&init_long, &bss_int, &init_char, &init_aligned[0],
            &init_aligned[7], &bss_aligned[2], &bss_char, &init_pointer};
    uintptr_t end = block + solo5_tls_size();

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uintptr_t p = (uintptr_t)all[i];
        CHECK(p >= block && p < end);
    }
}

WITH_BLOCK set_all(int n)
{
    init_long = 1000 + n;
    bss_int = 2000 + n;
    init_char = (char)n;
    init_aligned[7] = (uint64_t)n;
    bss_aligned[2] = (char)(n + 1);
    bss_char = (char)(n + 2);
}

WITH_BLOCK check_set(int n)
{
    CHECK(init_long == 1000 + n && bss_int == 2000 + n && init_char == (char)n);
    CHECK(init_aligned[7] == (uint64_t)n && init_aligned[6] == 16);
    CHECK(bss_aligned[2] == (char)(n + 1) && bss_char == (char)(n + 2));
}

/* A block in zeros at AREA n, PAD bytes behind its start; the rest keeps a mark. */
static uintptr_t make_block(int n, size_t pad)
{
    size_t size = solo5_tls_size();

    CHECK(size <= AREA);
    memset(area[n], 0x5a, sizeof area[n]);
    memset(area[n] + pad, 0, size);
    CHECK(solo5_tls_init((uintptr_t)area[n] + pad) == SOLO5_R_OK);
    return (uintptr_t)area[n] + pad;
}

static void check_marks(int n, size_t pad)
{
    for (size_t i = 0; i < sizeof area[n]; i++) {
        if (i < pad || i >= pad + solo5_tls_size())
            CHECK(area[n][i] == 0x5a);
    }
}

static void set_block(uintptr_t block)
{
    uintptr_t tp = solo5_tls_tp_offset(block);

    CHECK(tp == solo5_tls_tp_offset(block));
    CHECK(solo5_set_tls_base(tp) == SOLO5_R_OK);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    uintptr_t block[BLOCKS];

    (void)info;
    put_value("tls_size", solo5_tls_size());
    CHECK(solo5_tls_size() != 0);
    CHECK(solo5_tls_init(0) == SOLO5_R_EINVAL);

    /* A block may begin anywhere. */
    for (size_t pad = 0; pad < 256; pad++) {
        block[0] = make_block(0, pad);
        set_block(block[0]);
        check_fresh();
        check_inside(block[0]);
        set_all((int)pad);
        check_set((int)pad);
        check_marks(0, pad);
    }

    for (int i = 0; i < BLOCKS; i++) {
        block[i] = make_block(i, (size_t)i * 8);
        set_block(block[i]);
        check_fresh();
        set_all(i);
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            set_block(block[i]);
            check_set(i);
            solo5_yield(0, NULL);
            check_set(i);
            check_marks(i, (size_t)i * 8);
        }
    }
    return success();
}
