/* SPDX-License-Identifier: ISC */
/*
 * chatter: writes N bytes (0: without end) to the console in pieces of 1000, then
 * a byte to the start of its disk: proof that it was not stopped by them.
 */
#include "lib.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    static char piece[1000];
    static uint8_t block[512];
    solo5_handle_t disk;
    struct solo5_block_info bi;
    uint64_t n = to_u64(info->cmdline);

    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK && bi.block_size == 512);
    memset(piece, 'x', sizeof piece);
    for (uint64_t done = 0; n == 0 || done < n; done += sizeof piece)
        solo5_console_write(piece, sizeof piece);
    memcpy(block, "went on\n", 8);
    CHECK(solo5_block_write(disk, 0, block, sizeof block) == SOLO5_R_OK);
    return SOLO5_EXIT_SUCCESS;
}
