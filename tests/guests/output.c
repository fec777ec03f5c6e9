/* SPDX-License-Identifier: ISC */
/*
 * output: writes numbered lines of 8 bytes, as many as its argument says, with
 * one call.
 */
#include "lib.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    uint64_t lines = to_u64(info->cmdline);
    char *text = (char *)info->heap_start;

    CHECK(lines <= 10000000 && lines * 8 < info->heap_size / 2);
    for (uint64_t i = 0; i < lines; i++) {
        uint64_t v = i;

        for (int digit = 6; digit >= 0; digit--, v /= 10)
            text[i * 8 + (unsigned)digit] = (char)('0' + v % 10);
        text[i * 8 + 7] = '\n';
    }
    solo5_console_write(text, 0);
    solo5_console_write(text, lines * 8);
    return SOLO5_EXIT_SUCCESS;
}
