/* SPDX-License-Identifier: ISC */
/*
 * flush: of a disk attached read-only there is nothing to flush, so under hvt this is a hypercall
 * in which the tender asks nothing of the host.
 */
#include "guest.h"

static solo5_handle_t disk;

static void op_flush(struct bench *b, unsigned n)
{
#ifdef SOLO5_ADDITIONS
    while (n-- > 0)
        bench_require(b, solo5_block_flush(disk) == SOLO5_R_OK);
#else
    b->failed = n > 0; /* other implementations have no such call */
#endif
}

static void flush(struct bench *b)
{
    bench_each(b, "hypercall", b->count, NULL, op_flush);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_block_info block_info;

    if (solo5_block_acquire("disk", &disk, &block_info) != SOLO5_R_OK)
        return SOLO5_EXIT_FAILURE;
    return guest_run(info, flush);
}
