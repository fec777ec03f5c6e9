/* SPDX-License-Identifier: ISC */
/*
 * load.h: the bytes of an image into the guest's memory.
 *
 * Host pages that a segment fills with its own bytes are mapped from the file, privately:
 * all instances of an image share those that they don't write. Its first and last bytes, on
 * pages that it fills only in part, are copied, so that nothing else of the file is ever
 * visible. A file whose offsets don't fit the host's pages is copied as a whole.
 *
 * A mapped page is read when it is first used. If the file is shorter by then or can't be
 * read, whoever uses the page gets SIGBUS, in a system call EFAULT.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "guest_mem.h"
#include "image.h"

/* What is done for a segment, in ascending order; empty ranges are none. */
struct load_parts {
    struct guest_mem_range head; /* copied */
    struct guest_mem_range map;  /* mapped: whole host pages */
    struct guest_mem_range tail; /* copied */
};

/* Decide for a segment on a host with pages of PAGE bytes. Pure. */
struct load_parts load_parts_of(const struct elf_segment *s, uint64_t page);

/* All that load_image() has mapped, for whoever must know it later. */
struct load_map {
    size_t count;
    struct guest_mem_range *range; /* guest addresses, ascending */
};

/*
 * Load the plan's segments into MEM, which is zero and writable from HVT_GUEST_MIN_BASE up;
 * the plan was made for it. What is mapped gets the host protection that PROT_OF says, and
 * is listed in *MAPPED. COPY: nothing is mapped. If pie_relocate() is next, all but code is
 * writable: whoever protects memory afterwards has to protect what is mapped, too.
 */
int load_image(const struct elf *elf, const struct elf_plan *plan, struct guest_mem *mem,
        int (*prot_of)(const struct elf_segment *s), bool copy, struct load_map *mapped,
        struct err *err);

#endif /* LOAD_H */
