/* SPDX-License-Identifier: ISC */
#include "disk.h"

#include "solo5.h"

#define BLOCK_SIZE_MAX 32768 /* solo5.h: struct solo5_block_info */

static solo5_handle_t handle;
static struct solo5_block_info info;

/* The blocks read last: an answer of some kilobytes asks for them piece by piece. */
static uint8_t window[DISK_READ_MAX + 2 * BLOCK_SIZE_MAX];
static uint64_t window_start, window_end;

bool disk_open(const char *name)
{
    return solo5_block_acquire(name, &handle, &info) == SOLO5_R_OK;
}

uint64_t disk_capacity(void)
{
    return info.capacity;
}

const uint8_t *disk_at(uint64_t offset, size_t n)
{
    if (n > DISK_READ_MAX || offset > info.capacity || n > info.capacity - offset)
        return NULL;
    if (offset < window_start || offset + n > window_end) {
        uint64_t mask = info.block_size - 1;
        uint64_t start = offset & ~mask, end = (offset + n + mask) & ~mask;
        window_start = window_end = 0;
        if (solo5_block_read(handle, start, window, end - start) != SOLO5_R_OK)
            return NULL;
        window_start = start;
        window_end = end;
    }
    return window + (offset - window_start);
}
