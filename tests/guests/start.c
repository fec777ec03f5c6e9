/* SPDX-License-Identifier: ISC */
/*
 * start: the state an application is promised when it is entered.
 */
#include "lib.h"

static char image_byte;

static void check_zero(uintptr_t from, uintptr_t to)
{
    for (const uint64_t *p = (const void *)from; p < (const uint64_t *)to; p++)
        CHECK(*p == 0);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    uintptr_t end = info->heap_start + info->heap_size;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    char *top;

    put_value("heap_start", info->heap_start);
    put_value("mem_end", end);
    CHECK(info->cmdline);
    CHECK(info->heap_start % 4096 == 0);
    CHECK(info->heap_start > (uintptr_t)&image_byte);

    /* The stack is at the end of the same region, little of it is in use. */
    CHECK(here < end && here > end - 65536);
    check_zero(info->heap_start, end - 65536);

    /* All of it can be written and read, up to the very last byte. */
    for (uintptr_t p = info->heap_start; p < end - 65536; p += 4096)
        *(volatile char *)p = (char)(p >> 12);
    for (uintptr_t p = info->heap_start; p < end - 65536; p += 4096)
        CHECK(*(volatile char *)p == (char)(p >> 12));
    memcpy((void *)info->heap_start, "first byte of the heap\n", 23);
    solo5_console_write((const char *)info->heap_start, 23);
    top = (char *)end - 1;
    *top = 'T';
    solo5_console_write(top, 1);
    put("op byte of memory\n");
    return success();
}
