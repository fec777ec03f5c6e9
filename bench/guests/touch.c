/* SPDX-License-Identifier: ISC */
#include "guest.h"

#include "../touch.h"

static const struct solo5_start_info *start_info;

static void heap(struct bench *b)
{
    touch(b, "touch", start_info->heap_start, start_info->heap_size);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    start_info = info;
    return guest_run(info, heap);
}
