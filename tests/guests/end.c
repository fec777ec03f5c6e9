/* SPDX-License-Identifier: ISC */
/*
 * end: the ways to end. "exit N", "return N", "abort".
 */
#include "lib.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    struct args a;
    int status;

    args_split(&a, info->cmdline);
    if (strcmp(a.v[0], "abort") == 0)
        solo5_abort();
    status = a.v[1][0] == '-' ? -(int)to_u64(a.v[1] + 1) : (int)to_u64(a.v[1]);
    if (strcmp(a.v[0], "return") == 0)
        return status;
    CHECK(strcmp(a.v[0], "exit") == 0);
    solo5_exit(status);
}
