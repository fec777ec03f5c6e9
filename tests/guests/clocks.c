/* SPDX-License-Identifier: ISC */
/*
 * clocks: tells both clocks when asked. A question is a new number in the first
 * byte of the disk (more could be read while they change), the answer one line "NUMBER
 * MONOTONIC WALL". 255 ends the guest. Between two questions the monotonic clock is read
 * all the time: it may not go back.
 */
#include "lib.h"

#define BUSY UINT64_C(20000000)
#define NAP UINT64_C(2000000)

static void answer(uint64_t number, uint64_t mono, uint64_t wall)
{
    char line[80];
    size_t n = sizeof line;
    const uint64_t value[] = {wall, mono, number};

    /* From its end; one write, so that the host sees it at once and whole. */
    for (unsigned i = 0; i < 3; i++) {
        uint64_t v = value[i];
        line[--n] = i == 0 ? '\n' : ' ';
        do {
            line[--n] = (char)('0' + v % 10);
            v /= 10;
        } while (v > 0);
    }
    solo5_console_write(line + n, sizeof line - n);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static uint8_t block[512];
    solo5_handle_t disk;
    struct solo5_block_info bi;
    uint64_t last = 0, now, latest = 0, answered = 0;

    (void)info;
    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK && bi.block_size == 512);
    for (;;) {
        now = solo5_clock_monotonic();
        CHECK(now >= latest);
        latest = now;
        CHECK(solo5_block_read(disk, 0, block, sizeof block) == SOLO5_R_OK);
        if (block[0] == 255)
            return SOLO5_EXIT_SUCCESS;
        if (block[0] != last) {
            last = block[0];
            now = solo5_clock_monotonic();
            answer(last, now, solo5_clock_wall());
            answered = now;
        } else if (now - answered > BUSY) {
            /* Nobody asks for now. */
            solo5_yield(now + NAP, NULL);
        }
    }
}
