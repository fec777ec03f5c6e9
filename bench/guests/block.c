/* SPDX-License-Identifier: ISC */
#include "disk.h"

#include "../block.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_block_info block_info;

    if (solo5_block_acquire("disk", &disk, &block_info) != SOLO5_R_OK)
        return SOLO5_EXIT_FAILURE;
    return guest_run(info, block);
}
