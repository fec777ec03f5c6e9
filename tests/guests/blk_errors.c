/* SPDX-License-Identifier: ISC */
/*
 * blk_errors: reads and writes block N of "disk", where the host fails. Prints
 * the results; the guest goes on in any case.
 */
#include "lib.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    static uint8_t block[512];
    solo5_handle_t disk;
    struct solo5_block_info bi;
    uint64_t n = to_u64(info->cmdline);

    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK);
    put("write=");
    put_u64(solo5_block_write(disk, n * 512, block, 512));
    put(" read=");
    put_u64(solo5_block_read(disk, n * 512, block, 512));
    put("\n");
    return success();
}
