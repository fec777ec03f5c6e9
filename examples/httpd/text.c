/* SPDX-License-Identifier: ISC */
#include "text.h"

#include <string.h>

void text_bytes(struct text *t, const void *bytes, size_t n)
{
    if (n > t->size - t->used) {
        t->cut = true;
        return;
    }
    memcpy(t->at + t->used, bytes, n);
    t->used += n;
}

void text_put(struct text *t, const char *s)
{
    text_bytes(t, s, strlen(s));
}

void text_number(struct text *t, uint64_t v, unsigned base, unsigned min_digits)
{
    char digits[64];
    size_t at = sizeof digits;

    while (v || (min_digits && sizeof digits - at < min_digits) || at == sizeof digits) {
        if (at == 0)
            break;
        digits[--at] = "0123456789abcdef"[v % base];
        v /= base;
    }
    text_bytes(t, digits + at, sizeof digits - at);
}

bool text_is(const char *a, size_t n, const char *b)
{
    for (; n && *b; n--, a++, b++) {
        char c = *a >= 'A' && *a <= 'Z' ? (char)(*a - 'A' + 'a') : *a;
        if (c != *b)
            return false;
    }
    return n == 0 && *b == 0;
}
