/* SPDX-License-Identifier: ISC */
/*
 * large: an image of more than 5 MB that reads all of itself, then something of each page
 * ten times a second: "round=N".
 */
#include "lib.h"

#define UNITS 5120

/* Each unit of 1 KiB begins with its number. */
__asm__(".pushsection .rodata.large, \"a\"\n"
        ".balign 4\n"
        "large:\n"
        ".set unit, 0\n"
        ".rept 5120\n"
        ".long unit\n"
        ".zero 1020\n"
        ".set unit, unit + 1\n"
        ".endr\n"
        ".popsection\n");
extern const volatile uint32_t large[UNITS][256];

/* Not zero, not constant: with bytes in the file that are written. */
static uint32_t written[UNITS] = {[0] = 1, [UNITS - 1] = 1};

static void read_all(uint32_t round)
{
    for (uint32_t unit = 0; unit < UNITS; unit++) {
        CHECK(large[unit][0] == unit);
        for (unsigned i = 1; i < 256 && round == 0; i++)
            CHECK(large[unit][i] == 0);
    }
    CHECK(written[0] == round + 1 && written[UNITS - 1] == 1);
    written[0]++;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    for (uint32_t round = 0;; round++) {
        read_all(round);
        put("round=");
        put_u64(round);
        put("\n");
        solo5_yield(solo5_clock_monotonic() + 100000000, NULL);
    }
}
