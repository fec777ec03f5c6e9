/* SPDX-License-Identifier: ISC */
/* words.h: an input as the words of a command line, each ended by a NUL. */
#ifndef FUZZ_WORDS_H
#define FUZZ_WORDS_H

#include "fuzz.h"

#include <string.h>

#define WORDS_MAX 256

/* A copy of the words, to be freed; ARGV points into it. */
static char *copy_words(const uint8_t *bytes, size_t n, char *argv[WORDS_MAX + 1])
{
    char *text = malloc(n + 1);
    size_t words = 0;

    MUST(text);
    memcpy(text, bytes, n);
    text[n] = 0;
    for (size_t at = 0; at <= n && words < WORDS_MAX; at += strlen(text + at) + 1)
        argv[words++] = text + at;
    argv[words] = NULL;
    return text;
}

#endif /* FUZZ_WORDS_H */
