/* SPDX-License-Identifier: ISC */
/*
 * blk_errors N [wait]: block N of "disk", where the host fails: read, write, read
 * again. The results are printed; the guest goes on in any case. With wait it first
 * waits for the host to spoil something: until the block can't be read.
 */
#include "lib.h"

static void put_result(const char *name, solo5_result_t r)
{
    put(name);
    put_u64(r);
    put("\n");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static uint8_t block[512];
    solo5_handle_t disk;
    struct solo5_block_info bi;
    struct args a;

    args_split(&a, info->cmdline);
    uint64_t n = to_u64(a.v[0]);

    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK);
    put("ready\n");
    while (a.n > 1 && solo5_block_read(disk, n * 512, block, 512) == SOLO5_R_OK)
        solo5_yield(solo5_clock_monotonic() + 100000000, NULL);
    put_result("read=", solo5_block_read(disk, n * 512, block, 512));
    put_result("write=", solo5_block_write(disk, n * 512, block, 512));
    put_result("again=", solo5_block_read(disk, n * 512, block, 512));
    return success();
}
