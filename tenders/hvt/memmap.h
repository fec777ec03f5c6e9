/* SPDX-License-Identifier: ISC */
/*
 * memmap.h: who may do what with the guest's memory from 0x100000 up.
 *
 * Two layers protect it, and this decides what each one does:
 *
 *  - The host's mapping stops writes to code and constants. It works in host
 *    pages, of 4, 16 or 64 KiB, so only host pages that lie wholly within
 *    read-only segments are protected.
 *  - The guest's own page tables (stage 1) work in 4 KiB and stop execution of
 *    everything but code. They also stop writes to what the host's mapping can't
 *    protect: the rest of a host page that a read-only segment shares.
 *
 * Where the host's mapping stops writes the tables allow them, so that the tender
 * notices the write and not the guest.
 *
 * Code can be read, whatever its segment says: constants in the middle of code,
 * images without R on their code, unwinders and debuggers all read it. BSS, heap,
 * stack and the gaps between are data whatever a header says of them: guests rely
 * on all memory that isn't a segment with bytes in the file being writable.
 */
#ifndef HVT_MEMMAP_H
#define HVT_MEMMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "guest_mem.h"
#include "image.h"

struct memmap_region {
    uint64_t start, end;
    int prot; /* PROT_READ, PROT_WRITE, PROT_EXEC of mmap(2) for stage 1 */
};

struct memmap {
    uint64_t end; /* of memory, net ring and vhost included: a multiple of 4 KiB */
    size_t n; /* regions: ascending, without gaps, 0x100000 to end */
    struct memmap_region *region;
    bool guarded; /* code has landing pads: set by who knows it, false at first */
    size_t n_ro; /* what the host's mapping makes read-only: ascending, whole pages */
    struct guest_mem_range *ro;
};

/*
 * Decide for the segments of PLAN, all multiples of 4 KiB, in the memory MEM with its
 * host's page size. EXEC_HEAP: all but read-only data and what MEM has reserved can be
 * executed.
 */
int memmap_make(struct memmap *map, const struct elf_plan *plan,
        const struct guest_mem *mem, bool exec_heap, struct err *err);
void memmap_free(struct memmap *map);

/* Set the host's protection. */
int memmap_protect_host(const struct memmap *map, struct guest_mem *mem, struct err *err);

/*
 * What stage 1 forbids the guest to write, which is something only on hosts with large pages, the
 * tender does not write for it either.
 */
int memmap_forbid(const struct memmap *map, struct guest_mem *mem, struct err *err);

/*
 * The protection of [start, end) if it is the same for all of it, else -1. *AT is
 * where the search begins, 0 at first: calls come with ascending addresses.
 */
int memmap_prot(const struct memmap *map, size_t *at, uint64_t start, uint64_t end);

/* -1 with the sentence for a map that needs more page tables than there is room for. */
int memmap_too_scattered(struct err *err);

#endif /* HVT_MEMMAP_H */
