/* SPDX-License-Identifier: ISC */
/*
 * block_map.h: files of block devices in memory, where small reads need no system call.
 *
 * They are only read there. A write would be torn by SIGKILL in the middle of a block, which
 * pwrite(2) never leaves half done, would ignore RLIMIT_FSIZE, and could hear of no error.
 *
 * A file may become shorter at any time. What is behind its end, but on the page where it
 * ends, reads as zeros; a page behind that raises SIGBUS. So the page behind the last one of a
 * request is looked at, after the copy: if it is there, so was all before it. The device's
 * last page has none behind it, and is never read this way. Nor is the part of a page that the
 * capacity may end with: it is not mapped at all.
 *
 * When in doubt, no mapping, and after a SIGBUS no answer: a system call has it.
 */
#ifndef BLOCK_MAP_H
#define BLOCK_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "devices.h"

/* Larger requests are system calls: what these cost is little beside the copy. */
#define BLOCK_MAP_READ_MAX 4096

/* Larger devices are not mapped: 1/512 of what is touched is page tables, on most hosts. */
#define BLOCK_MAP_DEVICE_MAX (1ULL << 30)

/* What is known of a device's file. */
struct block_map_file {
    mode_t mode;        /* st_mode */
    int flags;          /* of F_GETFL */
    uint64_t fs;        /* f_type of statfs(2) */
    uint64_t capacity;  /* the device's, bytes */
    uint64_t allocated; /* bytes that are not holes */
    uint64_t unit;      /* st_blksize */
};

/* May it be mapped, where pages have PAGE bytes? */
bool block_map_suits(const struct block_map_file *f, uint64_t page);

/*
 * Map, read-only, whatever suits, all of it in one range of addresses: devs->maps,
 * and map and mapped of each. Touches nothing. What can't be mapped is not.
 */
void block_map_open(struct devices *devs);

/* A request that can be tried: copy, then read the byte at PROBE. Both may raise SIGBUS. */
struct block_map_part {
    const uint8_t *data;
    const uint8_t *probe;
};

static inline bool block_map_part(const struct devices *devs, const struct device *dev,
        uint64_t offset, uint64_t len, struct block_map_part *part)
{
    const uint64_t page = devs->maps.page;

    if (len == 0 || len > BLOCK_MAP_READ_MAX || offset >= dev->mapped)
        return false;
    uint64_t behind = (offset + len + page - 1) & ~(page - 1);
    if (behind >= dev->mapped)
        return false;
    *part = (struct block_map_part){dev->map + offset, dev->map + behind};
    return true;
}

#endif /* BLOCK_MAP_H */
