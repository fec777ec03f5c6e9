/* SPDX-License-Identifier: ISC */
/*
 * ext.h: what is beyond the interface of release 0.12.1 (ext_abi.h): the image's note
 * and the tender's answer.
 */
#ifndef EXT_H
#define EXT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "ext_abi.h"
#include "guest_mem.h"
#include "image.h"
#include "options.h"

struct ext {
    bool declared;       /* the image has a note; else all is 0 */
    uint64_t features;   /* EXT_F_* that are in force */
    uint64_t min_memory; /* bytes, as the image says: 0 if it doesn't */
    uint64_t rela;       /* EXT_F_PIE: the table of relocations, as the image says */
    uint64_t rela_size;
    uint64_t rela_place; /* where in the file it says so */
    uint64_t clock_vdso; /* EXT_F_CLOCK_VDSO: the answer, which the tender has to find */
    uint64_t block_page; /* EXT_F_BLOCK_MAP: so is this, and what follows */
    uint64_t block_map[EXT_BLOCK_MAPS];
    uint64_t net_vhost; /* EXT_F_NET_VHOST: the answer; where it is not wanted, the bit is gone */
};

/*
 * Read the image's note, if any, and decide what is in force under TARGET. An image
 * without a fixed address must have EXT_F_PIE.
 */
int ext_read(struct ext *ext, const struct elf *elf, enum tender_target target,
        struct err *err);

/* Does the image fit into MEM, as far as it says what it needs? */
int ext_check_memory(const struct ext *ext, const struct guest_mem *mem,
        struct err *err);

/* Fill BUF from getrandom(2). */
int ext_random(uint8_t *buf, size_t size, struct err *err);

/*
 * Write the answer, if the image has a note. HYPERCALL_BASE: 0 where the CPU has none.
 */
int ext_write(const struct ext *ext, struct guest_mem *mem, uint64_t hypercall_base,
        struct err *err);

/* The answer's page: hosts have pages of up to 64 KiB. */
#define EXT_INFO_END (EXT_INFO_BASE + 0x10000)

#endif /* EXT_H */
