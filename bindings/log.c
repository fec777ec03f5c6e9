/* SPDX-License-Identifier: ISC */
#include "target.h"

/* Longest message in bytes; what is longer is cut and says so. */
#define LOG_MAX 319

static enum log_level log_level = LOG_INFO;

void log_set_level(enum log_level level)
{
    log_level = level;
}

void log_at(enum log_level level, const char *fmt, ...)
{
    static const char cut[] = "(truncated)\n";
    char text[LOG_MAX + sizeof cut];
    va_list ap;

    if (level > log_level)
        return;
    va_start(ap, fmt);
    size_t len = format(text, LOG_MAX + 1, fmt, ap);
    va_end(ap);
    if (len > LOG_MAX) {
        memcpy(text + LOG_MAX, cut, sizeof cut);
        len = LOG_MAX + sizeof cut - 1;
    }
    target_console_write(text, len);
}
