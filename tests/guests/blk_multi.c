/* SPDX-License-Identifier: ISC */
/*
 * blk_multi SIZE [once | top]: "disk" with blocks of SIZE bytes, several of them at a time,
 * up to SOLO5_BLOCK_MAX, anywhere on the device and in memory up to its last byte. For
 * whoever counts, with once: one write and one read of SOLO5_BLOCK_MAX bytes, with top:
 * just four blocks at the end of memory.
 */
#include "cpu.h"
#include "lib.h"

#define SKEW 3 /* buffers need no alignment */

static solo5_handle_t disk;
static struct solo5_block_info bi;
static uint8_t out[SOLO5_BLOCK_MAX + 32768 + SKEW], in[SOLO5_BLOCK_MAX + 32768 + SKEW];
static uint8_t *top; /* the end of memory */

/* Different for each byte of the device near it, and in each round. */
static void fill(uint8_t *p, uint64_t offset, size_t size, unsigned round)
{
    for (size_t i = 0; i < size; i++) {
        uint64_t at = offset + i;
        p[i] = (uint8_t)(at * 7 + (at >> 9) * 31 + (at >> 20) + round);
    }
}

static void check(const uint8_t *p, uint64_t offset, size_t size, unsigned round)
{
    fill(out, offset, size, round);
    CHECK(memcmp(p, out, size) == 0);
}

static void write_at(uint64_t offset, size_t size, unsigned round)
{
    fill(out + SKEW, offset, size, round);
    CHECK(solo5_block_write(disk, offset, out + SKEW, size) == SOLO5_R_OK);
}

static void read_at(uint64_t offset, size_t size, unsigned round)
{
    in[SKEW - 1] = in[SKEW + size] = 0xee;
    CHECK(solo5_block_read(disk, offset, in + SKEW, size) == SOLO5_R_OK);
    CHECK(in[SKEW - 1] == 0xee && in[SKEW + size] == 0xee);
    check(in + SKEW, offset, size, round);
}

/* From START on to the end of the device, STEP bytes at a time. */
static void sweep(void (*move)(uint64_t, size_t, unsigned), size_t step, unsigned round)
{
    for (uint64_t at = 0; at < bi.capacity; at += step)
        move(at, bi.capacity - at < step ? (size_t)(bi.capacity - at) : step, round);
}

static void refuse(uint64_t offset, size_t size)
{
    CHECK(solo5_block_write(disk, offset, out, size) == SOLO5_R_EINVAL);
    CHECK(solo5_block_read(disk, offset, in, size) == SOLO5_R_EINVAL);
}

static void check_refusals(void)
{
    const size_t bs = bi.block_size, max = SOLO5_BLOCK_MAX;
    const uint64_t cap = bi.capacity;
    const size_t sizes[] = {0, 1, 2 * bs - 1, 2 * bs + 1, 3 * bs / 2, max - 1, max + 1,
            max + bs, 2 * max, (UINT64_C(1) << 32) + bs, SIZE_MAX, SIZE_MAX - bs + 1,
            SIZE_MAX - max + 1};

    memset(out, 0xaa, sizeof out);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        refuse(0, sizes[i]);
        refuse(cap - bs, sizes[i]);
    }
    for (size_t n = 2; n <= max / bs; n *= 2) {
        refuse(1, n * bs);
        refuse(bs - 1, n * bs);
        refuse(cap, n * bs);
        refuse(cap - (n - 1) * bs, n * bs);
        refuse(cap - n * bs + 1, n * bs);
        /* The end wraps around to where it would be right. */
        refuse(UINT64_MAX - bs + 1, n * bs);
        refuse(UINT64_MAX - n * bs + 1, n * bs);
        refuse(UINT64_C(0) - bs, n * bs);
    }
}

/* N blocks that end with the last byte of memory, where the first stack was. */
static void at_the_top(size_t n)
{
    size_t size = n * bi.block_size;
    uint8_t *buf = top - size;

    fill(buf, 0, size, 5);
    CHECK(solo5_block_write(disk, 0, buf, size) == SOLO5_R_OK);
    read_at(0, size, 5);
    write_at(0, size, 6);
    memset(buf, 0, size);
    CHECK(solo5_block_read(disk, 0, buf, size) == SOLO5_R_OK);
    check(buf, 0, size, 6);
    /* Wrong in a later block only: nothing may have been done. */
    fill(buf, 0, size, 7);
    CHECK(solo5_block_write(disk, bi.capacity - size + bi.block_size, buf, size) ==
            SOLO5_R_EINVAL);
    read_at(0, size, 6);
}

static void all_at_the_top(void)
{
    for (size_t n = 1; n <= SOLO5_BLOCK_MAX / bi.block_size; n *= 2)
        at_the_top(n);
    solo5_exit(success());
}

static void four_at_the_top(void)
{
    at_the_top(4);
    solo5_exit(success());
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static uint8_t stack[65536] __attribute__((aligned(16)));
    struct args a;

    args_split(&a, info->cmdline);
    top = (uint8_t *)info->heap_start + info->heap_size;
    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK);
    CHECK(bi.block_size == to_u64(a.v[0]) && bi.capacity >= SOLO5_BLOCK_MAX);
    if (strcmp(a.v[1], "top") == 0)
        cpu_go_on_stack(stack + sizeof stack, four_at_the_top);
    if (strcmp(a.v[1], "once") == 0) {
        write_at(0, SOLO5_BLOCK_MAX, 1);
        read_at(0, SOLO5_BLOCK_MAX, 1);
        return success();
    }

    check_refusals();
    sweep(write_at, SOLO5_BLOCK_MAX, 1);
    sweep(read_at, bi.block_size, 1);
    sweep(read_at, 3 * bi.block_size, 1);
    sweep(write_at, bi.block_size, 2);
    sweep(read_at, SOLO5_BLOCK_MAX, 2);
    sweep(write_at, 5 * bi.block_size, 3);
    sweep(read_at, SOLO5_BLOCK_MAX - bi.block_size, 3);
    check_refusals();
    sweep(read_at, SOLO5_BLOCK_MAX, 3);
    cpu_go_on_stack(stack + sizeof stack, all_at_the_top);
    return SOLO5_EXIT_FAILURE;
}
