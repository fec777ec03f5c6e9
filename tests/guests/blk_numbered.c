/* SPDX-License-Identifier: ISC */
/*
 * blk_numbered N: write a piece of "disk" N times, 0: without end. The n-th time it is piece n
 * modulo their number, filled with n. What the host has acknowledged is printed, "n"; what it has
 * refused is not. After each a piece is read again: if the host says that it could be, it has what
 * was once written there, or zeros, where the file was cut meanwhile.
 */
#include "lib.h"

#define PIECE (64 << 10)
#define WORDS (PIECE / 8)

static uint64_t out[WORDS], in[WORDS];

static bool is_piece(uint64_t piece, uint64_t pieces, uint64_t last)
{
    for (size_t i = 0; i < WORDS; i++)
        if (in[i] != 0 && (in[i] > last || in[i] % pieces != piece))
            return false;
    return true;
}

static void write_piece(solo5_handle_t disk, uint64_t n, uint64_t pieces)
{
    for (size_t i = 0; i < WORDS; i++)
        out[i] = n;
    solo5_result_t r = solo5_block_write(disk, n % pieces * PIECE, (const uint8_t *)out, PIECE);
    CHECK(r == SOLO5_R_OK || r == SOLO5_R_EUNSPEC);
    if (r != SOLO5_R_OK)
        return;
    put_u64(n);
    put("\n");
}

static void read_piece(solo5_handle_t disk, uint64_t n, uint64_t pieces)
{
    uint64_t piece = n * 7 % pieces;

    solo5_result_t r = solo5_block_read(disk, piece * PIECE, (uint8_t *)in, PIECE);
    CHECK(r == SOLO5_R_OK || r == SOLO5_R_EUNSPEC);
    CHECK(r != SOLO5_R_OK || is_piece(piece, pieces, n));
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_block_info bi;
    solo5_handle_t disk;
    uint64_t times = to_u64(info->cmdline);

    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK);
    uint64_t pieces = bi.capacity / PIECE;
    for (uint64_t n = 1; times == 0 || n <= times; n++) {
        write_piece(disk, n, pieces);
        read_piece(disk, n, pieces);
    }
    return success();
}
