/* SPDX-License-Identifier: ISC */
/*
 * mirage_block: a disk as MirageOS uses it: a list of buffers, each some blocks long,
 * goes out one block at a time. Never AGAIN; what is beyond the end is an error.
 */
#include "lib.h"

#define BUFFERS 3
#define PAGE 4096

static uint8_t out[BUFFERS][4 * PAGE], in[BUFFERS][4 * PAGE];
static const size_t length[BUFFERS] = {PAGE, 4 * PAGE, 2 * PAGE};
static solo5_handle_t handle;
static struct solo5_block_info bi;

typedef solo5_result_t one_block(uint64_t offset, uint8_t *buf);

static solo5_result_t write_one(uint64_t offset, uint8_t *buf)
{
    return solo5_block_write(handle, offset, buf, bi.block_size);
}

static solo5_result_t read_one(uint64_t offset, uint8_t *buf)
{
    return solo5_block_read(handle, offset, buf, bi.block_size);
}

/* Blocks of BUF from SECTOR on; the sector behind them, or 0 after an error. */
static uint64_t each_block(one_block *op, uint64_t sector, uint8_t *buf, size_t size)
{
    for (size_t done = 0; done < size; done += bi.block_size, sector++) {
        solo5_result_t r = op(sector * bi.block_size, buf + done);

        CHECK(r != SOLO5_R_AGAIN);
        if (r != SOLO5_R_OK)
            return 0;
    }
    return sector;
}

static void check_round(uint64_t sector)
{
    uint64_t at = sector;

    for (unsigned b = 0; b < BUFFERS; b++) {
        for (size_t i = 0; i < length[b]; i++)
            out[b][i] = (uint8_t)(i * 7 + b + sector);
        CHECK((at = each_block(write_one, at, out[b], length[b])) != 0);
    }
    at = sector;
    for (unsigned b = 0; b < BUFFERS; b++) {
        memset(in[b], 0, length[b]);
        CHECK((at = each_block(read_one, at, in[b], length[b])) != 0);
        CHECK(memcmp(in[b], out[b], length[b]) == 0);
    }
}

int solo5_app_main(const struct solo5_start_info *info)
{
    uint64_t sectors;

    (void)info;
    CHECK(solo5_block_acquire("storage", &handle, &bi) == SOLO5_R_OK && handle == 1);
    CHECK(bi.block_size <= PAGE && bi.capacity % bi.block_size == 0);
    sectors = bi.capacity / bi.block_size;
    check_round(1);
    check_round(sectors - (7 * PAGE) / bi.block_size);
    /* The last block is written, the one behind it is not there. */
    CHECK(each_block(write_one, sectors - 1, out[0], 2 * bi.block_size) == 0);
    CHECK(each_block(read_one, sectors - 1, in[0], bi.block_size) == sectors);
    CHECK(memcmp(in[0], out[0], bi.block_size) == 0);
    CHECK(each_block(read_one, UINT64_MAX / bi.block_size, in[0], bi.block_size) == 0);
    return success();
}
