/* SPDX-License-Identifier: ISC */
/*
 * globals: initialised data, zeroed data, constants and pointers to each other
 * are what the compiler made of them.
 */
#include "lib.h"

#define BSS_WORDS (1U << 20) /* 8 MiB */

static volatile uint32_t data_word = 0x12345678;
static char data_text[] = "a text that can be changed";
static const char const_text[] = "a text that can't";
static const volatile uint32_t const_table[4] = {1, 2, 3, 4};
static volatile uint64_t bss_word;
static uint64_t bss_large[BSS_WORDS] __attribute__((aligned(4096)));
static volatile uint8_t data_aligned[3] __attribute__((aligned(64))) = {7, 8, 9};
static const char *const pointers[] = {const_text, data_text};
static volatile uint64_t *pointer_to_bss = &bss_word;
uint64_t common_word;

int solo5_app_main(const struct solo5_start_info *info)
{
    CHECK(data_word == 0x12345678);
    CHECK(strcmp(data_text, "a text that can be changed") == 0);
    CHECK(strcmp(const_text, "a text that can't") == 0);
    for (uint32_t i = 0; i < 4; i++)
        CHECK(const_table[i] == i + 1);
    CHECK((uintptr_t)data_aligned % 64 == 0 && data_aligned[2] == 9);
    CHECK(OPAQUE(&pointers[0])[1] == data_text);

    CHECK(bss_word == 0 && common_word == 0);
    CHECK((uintptr_t)bss_large % 4096 == 0);
    for (size_t i = 0; i < BSS_WORDS; i++)
        CHECK(OPAQUE(&bss_large[0])[i] == 0);

    data_word = 1;
    data_text[0] = 'A';
    *pointer_to_bss = UINT64_MAX;
    OPAQUE(&bss_large[0])[BSS_WORDS - 1] = 5;
    common_word = 6;
    CHECK(data_word == 1 && bss_word == UINT64_MAX && common_word == 6);
    CHECK(bss_large[BSS_WORDS - 1] == 5 && bss_large[BSS_WORDS - 2] == 0);
    CHECK(strcmp(pointers[1], "A text that can be changed") == 0);
    CHECK((uintptr_t)(bss_large + BSS_WORDS) <= info->heap_start);
    return success();
}
