/* SPDX-License-Identifier: ISC */
/*
 * hello: greets, shows its arguments, ends.
 */
#include "solo5.h"

static void put(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    solo5_console_write(s, n);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    put("Hello, World\n");
    if (*info->cmdline) {
        put("My arguments: ");
        put(info->cmdline);
        put("\n");
    }
    return SOLO5_EXIT_SUCCESS;
}
