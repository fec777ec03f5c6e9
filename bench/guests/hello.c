/* SPDX-License-Identifier: ISC */
/* Says so, and ends. */
#include "solo5.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    solo5_console_write("hello\n", 6);
    return SOLO5_EXIT_SUCCESS;
}
