/* SPDX-License-Identifier: ISC */
/*
 * picolibc: standard output is a FILE of the application's. Lines are written whole: a call
 * of the tender for each character takes its time in an emulated machine.
 */
#include "glue.h"

#include <stdio.h>

static char line[256];
static size_t line_size;

static int flush(FILE *file)
{
    (void)file;
    solo5_console_write(line, line_size);
    line_size = 0;
    return 0;
}

static int put_char(char c, FILE *file)
{
    line[line_size++] = c;
    if (c == '\n' || line_size == sizeof line)
        flush(file);
    return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put_char, NULL, flush, _FDEV_SETUP_WRITE);

FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;
