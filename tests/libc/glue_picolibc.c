/* SPDX-License-Identifier: ISC */
/* picolibc: standard output is a FILE of the application's. */
#include "glue.h"

#include <stdio.h>

static int put_char(char c, FILE *file)
{
    (void)file;
    solo5_console_write(&c, 1);
    return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put_char, NULL, NULL, _FDEV_SETUP_WRITE);

FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;
