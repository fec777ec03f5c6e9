/* SPDX-License-Identifier: ISC */
/*
 * lost console|block: hands constants to the host ten times a second that it has never
 * looked at itself: what if their pages are lost? "round=N" before each.
 */
#include "lib.h"

#define PAGE 65536 /* the largest of a host */
#define PAGES 32

/* In the file, unlike zeros: each page begins with an x. Aligned to more than x86_64's pages. */
__asm__(".pushsection .rodata.pages, \"a\"\n"
        ".balign 65536\n"
        "pages:\n"
        ".rept 32\n"
        ".byte 'x'\n"
        ".zero 65535\n"
        ".endr\n"
        ".popsection\n");
extern const uint8_t pages[PAGES][PAGE];

int solo5_app_main(const struct solo5_start_info *info)
{
    bool block = strcmp(info->cmdline, "block") == 0;
    struct solo5_block_info bi;
    solo5_handle_t disk;

    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK);
    for (uint32_t round = 0; round < PAGES; round++) {
        put("round=");
        put_u64(round);
        put("\n");
        if (block)
            CHECK(solo5_block_write(disk, 0, pages[round], 512) == SOLO5_R_OK);
        else
            solo5_console_write((const char *)pages[round], 512);
        solo5_yield(solo5_clock_monotonic() + 100000000, NULL);
    }
    return success();
}
