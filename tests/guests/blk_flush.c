/* SPDX-License-Identifier: ISC */
/*
 * blk_flush: write a block of "disk", flush it, and print what came of both. Handles that
 * are no block device are refused.
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
    static const solo5_handle_t wrong[] = {
            0, 2, 63, 64, 65, UINT32_MAX, (UINT64_C(1) << 32) + 1, UINT64_MAX};
    static uint8_t block[512];
    solo5_handle_t disk;
    struct solo5_block_info bi;

    (void)info;
    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(solo5_block_flush(wrong[i]) == SOLO5_R_EINVAL);
    memset(block, 'x', sizeof block);
    put_result("write=", solo5_block_write(disk, 0, block, sizeof block));
    put_result("flush=", solo5_block_flush(disk));
    put_result("again=", solo5_block_flush(disk));
    put_result("read=", solo5_block_read(disk, 0, block, sizeof block));
    return success();
}
