/* SPDX-License-Identifier: ISC */
/*
 * blk_small ROUNDS: read all of "disk", whose host has filled it with A, one block after the
 * other, ROUNDS times, 0: without end, and say how many could not be read and how many were zeros
 * when that has changed. A file that is cut ends with zeros when it grows again; nothing else
 * may ever be read.
 */
#include "lib.h"

static uint8_t block[32768];
static struct solo5_block_info bi;

/* How many bytes of A there are. */
static size_t count(void)
{
    size_t n = 0;

    while (n < bi.block_size && block[n] == 'A')
        n++;
    for (size_t i = n; i < bi.block_size; i++)
        CHECK(block[i] == 0);
    return n;
}

struct round {
    uint64_t errors, zeros;
};

static struct round read_all(solo5_handle_t disk)
{
    struct round r = {0, 0};

    for (uint64_t at = 0; at < bi.capacity; at += bi.block_size) {
        memset(block, 0xee, sizeof block);
        solo5_result_t result = solo5_block_read(disk, at, block, bi.block_size);
        CHECK(result == SOLO5_R_OK || result == SOLO5_R_EUNSPEC);
        if (result != SOLO5_R_OK)
            r.errors++;
        else if (count() == 0)
            r.zeros++;
    }
    return r;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct round last = {UINT64_MAX, UINT64_MAX};
    uint64_t rounds = to_u64(info->cmdline);
    solo5_handle_t disk;

    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK);
    for (uint64_t n = 0; rounds == 0 || n < rounds; n++) {
        struct round r = read_all(disk);
        if (r.errors == last.errors && r.zeros == last.zeros)
            continue;
        put("errors=");
        put_u64(r.errors);
        put(" zeros=");
        put_u64(r.zeros);
        put("\n");
        last = r;
    }
    return success();
}
