/* SPDX-License-Identifier: ISC */
/* text.h: text that is put together in a buffer and never grows beyond it. */
#ifndef HTTPD_TEXT_H
#define HTTPD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *at;
    size_t used; /* at most size */
    size_t size;
    bool cut; /* something did not fit and is missing */
};

/* All of the string, or nothing of it. */
void text_put(struct text *t, const char *s);
void text_bytes(struct text *t, const void *bytes, size_t n);

/* A number in base 2 to 16 with at least min_digits. */
void text_number(struct text *t, uint64_t v, unsigned base, unsigned min_digits);

/* Are they the same, whatever the case of ASCII letters? B is in lower case. */
bool text_is(const char *a, size_t n, const char *b);

#endif /* HTTPD_TEXT_H */
