/* SPDX-License-Identifier: ISC */
/*
 * blk: one block device, "disk", written and read in every legal and many illegal
 * ways. Arguments: block size and capacity it must have, and "all" (every block)
 * or "ends" (the first and the last ones, and those around 2^32).
 */
#include "lib.h"

#define MAX_BLOCK 32768

static solo5_handle_t disk;
static struct solo5_block_info bi;
static uint8_t out[MAX_BLOCK + 64], in[MAX_BLOCK + 64];

/* What block N holds in round R: its number in words, then bytes that differ. */
static void fill(uint8_t *p, uint64_t n, unsigned r)
{
    for (size_t i = 0; i < bi.block_size; i++)
        p[i] = (uint8_t)(n * 31 + i * 7 + (i >> 8) + r);
    memcpy(p, &n, sizeof n);
}

/* Buffers need no alignment: SKEW moves them. */
static void write_block(uint64_t n, unsigned r, size_t skew)
{
    fill(out + skew, n, r);
    CHECK(solo5_block_write(disk, n * bi.block_size, out + skew, bi.block_size) ==
            SOLO5_R_OK);
}

static void read_block(uint64_t n, unsigned r, size_t skew)
{
    memset(in, 0xee, sizeof in);
    CHECK(solo5_block_read(disk, n * bi.block_size, in + skew, bi.block_size) ==
            SOLO5_R_OK);
    fill(out, n, r);
    CHECK(memcmp(in + skew, out, bi.block_size) == 0);
    CHECK(in[skew + bi.block_size] == 0xee && (skew == 0 || in[skew - 1] == 0xee));
}

static void check_range(uint64_t from, uint64_t to)
{
    for (unsigned r = 0; r < 2; r++) {
        for (uint64_t n = from; n < to; n++)
            write_block(n, r, n % 64);
        for (uint64_t n = to; n-- > from;)
            read_block(n, r, (n + 13) % 63 + 1);
    }
}

static void refuse(uint64_t offset, size_t size)
{
    CHECK(solo5_block_write(disk, offset, out, size) != SOLO5_R_OK);
    CHECK(solo5_block_write(disk, offset, out, size) != SOLO5_R_AGAIN);
    CHECK(solo5_block_read(disk, offset, in, size) != SOLO5_R_OK);
    CHECK(solo5_block_read(disk, offset, in, size) != SOLO5_R_AGAIN);
}

static void check_refusals(void)
{
    uint64_t cap = bi.capacity, bs = bi.block_size;
    const uint64_t offsets[] = {
            1, bs - 1, bs / 2, bs + 1, cap - 1, cap - bs + 1, cap, cap + 1, cap + bs,
            cap * 2, UINT64_C(1) << 63, (UINT64_C(1) << 63) - bs,
            (UINT64_C(1) << 63) + bs, UINT64_MAX, UINT64_MAX - bs + 1, UINT64_MAX - bs,
            UINT64_MAX - cap + 1, UINT64_MAX - cap + 1 + bs};
    const uint64_t sizes[] = {0, 1, bs - 1, bs + 1, bs / 2, cap + bs,
            UINT64_C(1) << 32, (UINT64_C(1) << 32) + bs, UINT64_C(1) << 63, UINT64_MAX,
            UINT64_MAX - bs + 1};

    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        if (offsets[i] != 0) /* the last one, with a capacity of one block */
            refuse(offsets[i], bs);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        refuse(0, sizes[i]);
        refuse(cap - bs, sizes[i]);
    }
    refuse(cap - bs, bs * 2);
    /* As 32 bits these would be within the device. */
    if (cap <= UINT64_C(1) << 32) {
        refuse(UINT64_C(1) << 32, bs);
        refuse((UINT64_C(1) << 32) + bs, bs);
    }
}

static void acquire(const struct args *a)
{
    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK);
    put("block_size=");
    put_u64(bi.block_size);
    put(" capacity=");
    put_u64(bi.capacity);
    put("\n");
    CHECK(disk == 1);
    CHECK(bi.block_size == to_u64(a->v[0]) && bi.capacity == to_u64(a->v[1]));
    CHECK(bi.block_size <= MAX_BLOCK);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct args a;
    uint64_t blocks;

    args_split(&a, info->cmdline);
    acquire(&a);
    blocks = bi.capacity / bi.block_size;

    /* What the host had put there. */
    CHECK(solo5_block_read(disk, 0, in, bi.block_size) == SOLO5_R_OK);
    in[16] = 0;
    put("first=[");
    put((const char *)in);
    put("]\n");

    check_refusals();
    if (strcmp(a.v[2], "all") == 0) {
        check_range(0, blocks);
    } else {
        uint64_t middle = (UINT64_C(1) << 32) / bi.block_size;

        check_range(0, 4);
        check_range(blocks - 4, blocks);
        if (blocks > middle + 4)
            check_range(middle - 2, middle + 2);
    }
    /* Nothing refused has changed anything. */
    check_refusals();
    read_block(0, 1, 0);
    read_block(blocks - 1, 1, 0);
    return success();
}
