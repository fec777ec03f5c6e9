/* SPDX-License-Identifier: ISC */
/*
 * guest_mem.h: the guest's memory, and the only place where an address that the
 * guest gave becomes a pointer.
 */
#ifndef GUEST_MEM_H
#define GUEST_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct guest_mem_range {
    uint64_t start, end;
};

struct guest_mem {
    uint8_t *host; /* the lowest address that is mapped: hvt 0; spt that very one */
    uintptr_t shift; /* from an address of the guest to one of this process: spt 0 */
    uint64_t base; /* lowest address a guest may name: hvt 0x10000 */
    uint64_t min;  /* lowest address it may have written for it: 0x100000 */
    uint64_t clear; /* from here to size nothing is read-only */
    uint64_t size; /* end of what a guest may name; valid addresses are below */
    uint64_t end;  /* end of what is mapped; what is above size is the tender's */
    uint64_t page; /* host page size */
    size_t n_ro;   /* what is read-only: disjoint, and those of guest_mem_protect() ascending */
    struct guest_mem_range *ro;
};

/* Bytes of memory for --mem=MIB: exactly that many MiB. Too few are refused. */
int guest_mem_size(uint64_t mib, uint64_t *size, struct err *err);

/*
 * Map SIZE bytes of zeros, read/write, anywhere; nothing is committed. For hvt. HUGE: the kernel
 * is asked for huge pages (Linux, Documentation/admin-guide/mm/transhuge.rst).
 */
int guest_mem_alloc(struct guest_mem *mem, uint64_t size, bool huge, struct err *err);

/*
 * Map [BASE, SIZE) at these very addresses of this process, read/write and, if
 * EXEC, executable; an error if something is there. For spt.
 */
int guest_mem_alloc_here(struct guest_mem *mem, uint64_t base, uint64_t size, bool exec,
        bool huge, struct err *err);

/*
 * Take the last SIZE bytes from what the guest may name; returns their address. They
 * stay mapped, and guest_mem_top() is the only pointer to them. Once at most.
 */
uint64_t guest_mem_reserve(struct guest_mem *mem, uint64_t size);
void *guest_mem_top(const struct guest_mem *mem);

/*
 * Set the host's protection of [START, END): PROT_* of mmap(2). Ranges come in
 * ascending order; without PROT_WRITE the range is remembered as read-only. Both
 * must be multiples of the host's page size.
 */
int guest_mem_protect(struct guest_mem *mem, uint64_t start, uint64_t end, int prot,
        struct err *err);

/* Nothing is to be written to [START, END) for the guest, though the host's mapping allows it. */
int guest_mem_forbid(struct guest_mem *mem, uint64_t start, uint64_t end, struct err *err);

/*
 * Put OFFSET of the file FD, privately and with the protection PROT, where [START, END) is;
 * all must be multiples of the host's page size. Pages that nobody writes are shared with
 * all that map this file. Returns 0; 1 if this file can't be mapped so, and there are zeros
 * to be written as before.
 */
int guest_mem_map(struct guest_mem *mem, uint64_t start, uint64_t end, int prot, int fd,
        uint64_t offset, struct err *err);

/* [gpa, gpa + len) within [from, size], without overflow. */
static inline bool guest_mem_within(uint64_t gpa, uint64_t len, uint64_t from, uint64_t size)
{
    return gpa >= from && gpa <= size && len <= size - gpa;
}

/* The pointer for GPA, which is known to be within memory. */
static inline uint8_t *guest_mem_at(const struct guest_mem *mem, uint64_t gpa)
{
    return (uint8_t *)(mem->shift + gpa);
}

/*
 * LEN bytes at guest address GPA, to be read (guest_mem_read) or written
 * (guest_mem_write) by the tender. NULL unless the whole of it is within the
 * guest's memory and the host's mapping allows it; what may be written may be read,
 * as min is not below base. LEN 0 is fine anywhere in [base, size]. What is behind the
 * pointer can change at any time: copy, check the copy, use the copy.
 */
static inline const void *guest_mem_read(const struct guest_mem *mem, uint64_t gpa, uint64_t len)
{
    return guest_mem_within(gpa, len, mem->base, mem->size) ? guest_mem_at(mem, gpa) : NULL;
}

/* Does guest_mem_write() give guest_mem_at(), as nothing is read-only in this part of memory? */
static inline bool guest_mem_is_clear(const struct guest_mem *mem, uint64_t gpa, uint64_t len)
{
    return guest_mem_within(gpa, len, mem->clear, mem->size);
}

void *guest_mem_write(const struct guest_mem *mem, uint64_t gpa, uint64_t len);

#endif /* GUEST_MEM_H */
