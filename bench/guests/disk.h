/* SPDX-License-Identifier: ISC */
/* disk.h: what block.h wants, of the device DISK. */
#ifndef BENCH_DISK_H
#define BENCH_DISK_H

#include "guest.h"

static solo5_handle_t disk;

/* Other implementations move one block of 512 bytes at a time. */
#ifdef SOLO5_ADDITIONS
#define STEP (1U << 20)
#else
#define STEP 512
#endif

static bool disk_read(uint64_t offset, uint8_t *buf, size_t size)
{
    for (size_t done = 0; done < size; done += STEP)
        if (solo5_block_read(disk, offset + done, buf + done, size < STEP ? size : STEP) !=
                SOLO5_R_OK)
            return false;
    return true;
}

static bool disk_write(uint64_t offset, uint8_t *buf, size_t size)
{
    for (size_t done = 0; done < size; done += STEP)
        if (solo5_block_write(disk, offset + done, buf + done, size < STEP ? size : STEP) !=
                SOLO5_R_OK)
            return false;
    return true;
}

#endif /* BENCH_DISK_H */
