/* SPDX-License-Identifier: ISC */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * File names and manifest names come from others: a control character in them
 * must not reach a terminal or a log.
 */
static void make_printable(char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            *text = '?';
    }
}

void err_join(struct err *err, const char *const *parts)
{
    size_t n = 0;

    for (; *parts; parts++)
        for (const char *p = *parts; *p && n < sizeof err->text - 1; p++)
            err->text[n++] = *p;
    err->text[n] = 0;
    make_printable(err->text);
}

int err_set(struct err *err, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsnprintf(err->text, sizeof err->text, format, ap);
    va_end(ap);
    make_printable(err->text);
    return -1;
}

int err_prefix(struct err *err, const char *what)
{
    struct err why = *err;

    return err_set(err, "%s: %s", what, why.text);
}

int err_errno(struct err *err, const char *format, ...)
{
    int saved = errno;
    va_list ap;

    va_start(ap, format);
    vsnprintf(err->text, sizeof err->text, format, ap);
    va_end(ap);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(saved));
    make_printable(err->text);
    return -1;
}
