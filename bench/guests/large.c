/* SPDX-License-Identifier: ISC */
/* An image of 5 MB, all of which is read. */
#include "idle.h"

#define SIZE 5000000
#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

extern const char filling[SIZE];

__asm__(".pushsection .rodata\n"
        ".globl filling\n"
        "filling: .fill " TEXT(SIZE) ", 1, 0x5a\n"
        ".popsection\n");

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    for (unsigned i = 0; i < SIZE; i += 512)
        (void)*(const volatile char *)(filling + i);
    return idle();
}
