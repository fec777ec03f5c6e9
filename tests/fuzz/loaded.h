/* SPDX-License-Identifier: ISC */
/*
 * loaded.h: the memory and the file that images are loaded from and into. To make them costs
 * more than all else, so they stay: what an input left in them is taken back.
 */
#ifndef FUZZ_LOADED_H
#define FUZZ_LOADED_H

#include "rules.h"

#include <sys/mman.h>
#include <unistd.h>

#include "load.h"

#define LOADED_FILE_MAX 0x100000

/* Memory that is all zeros, SIZE bytes of it, on a host with pages of PAGE bytes. */
static struct guest_mem zero_memory(uint64_t mem_size, uint64_t page)
{
    static struct guest_mem all;

    MUST(all.host || guest_mem_alloc(&all, PIE_SIZE, false, &err) == 0);
    struct guest_mem mem = all;
    mem.size = mem.end = mem_size;
    mem.page = page;
    return mem;
}

static bool is_part_of(const struct guest_mem_range *r, const struct elf_segment *s)
{
    return r->start >= s->vaddr && r->end <= s->vaddr + s->filesz;
}

/* Each range is of whole pages of the host, in memory and in the file, within one segment. */
static void check_mapped(const struct guest_mem *mem, const struct elf_plan *plan,
        const struct load_map *mapped)
{
    size_t k = 0;

    for (size_t i = 0; i < plan->count && k < mapped->count; i++) {
        const struct elf_segment *s = &plan->segment[i];
        const struct guest_mem_range *r = &mapped->range[k];
        if (!is_part_of(r, s))
            continue;
        MUST(r->start < r->end && r->start % mem->page == 0 && r->end % mem->page == 0);
        MUST((s->offset + (r->start - s->vaddr)) % mem->page == 0);
        k++;
    }
    MUST(k == mapped->count);
}

/* Zeros again where load_image() has put something; ends with MAPPED. */
static void clear_memory(const struct guest_mem *mem, const struct elf_plan *plan,
        struct load_map *mapped)
{
    for (size_t i = 0; i < mapped->count; i++) {
        const struct guest_mem_range *r = &mapped->range[i];
        void *at = mem->host + r->start;
        MUST(mmap(at, r->end - r->start, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == at);
    }
    for (size_t i = 0, k = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];
        bool is_mapped = k < mapped->count && is_part_of(&mapped->range[k], s);
        uint64_t from = is_mapped ? mapped->range[k].start : s->vaddr + s->filesz;
        uint64_t to = is_mapped ? mapped->range[k++].end : from;

        memset(mem->host + s->vaddr, 0, from - s->vaddr);
        memset(mem->host + to, 0, s->vaddr + s->filesz - to);
    }
    free(mapped->range);
}

/* A file of LENGTH bytes: N of them, then zeros. Its descriptor, not to be closed. */
static int file_of(const uint8_t *bytes, size_t n, size_t length)
{
    static uint8_t *view;
    static int fd;
    static size_t used;

    if (!view) {
        fd = memfd_create("image", MFD_CLOEXEC);
        view = mmap(NULL, LOADED_FILE_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        MUST(fd >= 0 && view != MAP_FAILED);
    }
    MUST(length <= LOADED_FILE_MAX && ftruncate(fd, (off_t)length) == 0);
    memcpy(view, bytes, n);
    if (used > length)
        used = length;
    if (used > n)
        memset(view + n, 0, used - n);
    used = n;
    return fd;
}

#endif /* FUZZ_LOADED_H */
