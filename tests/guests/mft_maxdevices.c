/* SPDX-License-Identifier: ISC */
/*
 * mft_maxdevices: 63 block devices, d1 to d63. Writes each one's number to it and
 * checks that each has its own.
 */
#include "lib.h"

#define DEVICES 63

int solo5_app_main(const struct solo5_start_info *info)
{
    static uint8_t block[512];
    struct solo5_block_info bi;
    solo5_handle_t h[DEVICES + 1];

    (void)info;
    for (unsigned i = 1; i <= DEVICES; i++) {
        char name[4] = {'d', (char)('0' + i / 10), (char)('0' + i % 10), 0};

        if (i < 10) {
            name[1] = (char)('0' + i);
            name[2] = 0;
        }
        CHECK(solo5_block_acquire(name, &h[i], &bi) == SOLO5_R_OK);
        CHECK(h[i] == i);
        CHECK(bi.capacity == 512 * i);
        memset(block, (int)('0' + i), sizeof block);
        CHECK(solo5_block_write(h[i], 0, block, sizeof block) == SOLO5_R_OK);
    }
    for (unsigned i = 1; i <= DEVICES; i++) {
        CHECK(solo5_block_read(h[i], 0, block, sizeof block) == SOLO5_R_OK);
        CHECK(block[0] == '0' + i && block[511] == '0' + i);
        CHECK(solo5_block_read(h[i], 512 * i, block, sizeof block) == SOLO5_R_EINVAL);
    }
    CHECK(solo5_block_acquire("d0", &h[0], &bi) == SOLO5_R_EINVAL);
    CHECK(solo5_block_acquire("d64", &h[0], &bi) == SOLO5_R_EINVAL);
    return success();
}
