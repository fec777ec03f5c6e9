/* SPDX-License-Identifier: ISC */
/*
 * blockcat: writes its disk to the console, without the zeros at its end.
 */
#include "solo5.h"

static void put(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    solo5_console_write(s, n);
}

/* Bytes of BLOCK up to the last one that is not zero. */
static size_t used(const uint8_t *block, size_t size)
{
    while (size && block[size - 1] == 0)
        size--;
    return size;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    uint8_t *block = (uint8_t *)info->heap_start;
    struct solo5_block_info bi;
    solo5_handle_t disk;
    solo5_off_t at, end = 0;

    if (solo5_block_acquire("disk", &disk, &bi) != SOLO5_R_OK) {
        put("blockcat: no disk\n");
        return SOLO5_EXIT_FAILURE;
    }
    /* Where the content ends, looked for from behind. */
    for (at = bi.capacity; at > 0 && end == 0; at -= bi.block_size) {
        if (solo5_block_read(disk, at - bi.block_size, block, bi.block_size) != SOLO5_R_OK)
            goto failed;
        if (used(block, bi.block_size))
            end = at - bi.block_size + used(block, bi.block_size);
    }
    for (at = 0; at < end; at += bi.block_size) {
        if (solo5_block_read(disk, at, block, bi.block_size) != SOLO5_R_OK)
            goto failed;
        solo5_console_write((const char *)block,
                end - at < bi.block_size ? end - at : bi.block_size);
    }
    return SOLO5_EXIT_SUCCESS;

failed:
    put("blockcat: could not read\n");
    return SOLO5_EXIT_FAILURE;
}
