/* SPDX-License-Identifier: ISC */
#include "target.h"

void solo5_console_write(const char *buf, size_t size)
{
    if (size > 0 && bounds_readable(buf, size))
        target_console_write(buf, size);
}
