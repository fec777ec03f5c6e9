/* SPDX-License-Identifier: ISC */
/*
 * block.h: a disk of at least 1 MiB, in the host's page cache. Who includes it has
 * disk_read() and disk_write(): true if all was moved.
 */
#ifndef BENCH_BLOCK_H
#define BENCH_BLOCK_H

#include "measure.h"

#define SMALL 512
#define LARGE 65536
#define AREA (1U << 20)

static uint8_t block_buffer[LARGE];

/* One after the other, and from the start again. */
#define BLOCK_OP(name, move, size)                                              \
    static inline void name(struct bench *b, unsigned n)                               \
    {                                                                           \
        for (uint64_t i = 0; i < n; i++)                                        \
            bench_require(b, move(i * (size) % AREA, block_buffer, size));      \
    }

BLOCK_OP(op_read_small, disk_read, SMALL)
BLOCK_OP(op_write_small, disk_write, SMALL)
BLOCK_OP(op_read_large, disk_read, LARGE)
BLOCK_OP(op_write_large, disk_write, LARGE)

static inline void block(struct bench *b)
{
    bench_each(b, "block_write_512", b->count, NULL, op_write_small);
    bench_each(b, "block_read_512", b->count, NULL, op_read_small);
    bench_each(b, "block_write_64k", b->count / 8, NULL, op_write_large);
    bench_each(b, "block_read_64k", b->count / 8, NULL, op_read_large);
}

#endif /* BENCH_BLOCK_H */
