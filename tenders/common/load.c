/* SPDX-License-Identifier: ISC */
#include "load.h"

#include <stdlib.h>
#include <sys/mman.h>

struct load_parts load_parts_of(const struct elf_segment *s, uint64_t page)
{
    uint64_t first = s->vaddr, last = s->vaddr + s->filesz;
    uint64_t from = (first + page - 1) & ~(page - 1), to = last & ~(page - 1);

    /* Unsigned: the difference is right modulo any power of two. */
    if ((s->offset - s->vaddr) % page != 0 || from >= to)
        return (struct load_parts){.head = {first, last}};
    return (struct load_parts){{first, from}, {from, to}, {to, last}};
}

static int copy_in(const struct elf *elf, const struct elf_segment *s,
        struct guest_mem *mem, struct guest_mem_range r, struct err *err)
{
    uint64_t len = r.end - r.start;

    if (len == 0)
        return 0;
    void *to = guest_mem_write(mem, r.start, len);

    if (!to)
        return err_set(err, "no memory for the segment at 0x%llx",
                (unsigned long long)s->vaddr);
    int n = elf_bytes(elf, to, len, s->offset + (r.start - s->vaddr));
    if (n < 0)
        return err_errno(err, "could not read the segment at 0x%llx",
                (unsigned long long)s->vaddr);
    if (n > 0)
        return err_set(err,
                "invalid executable: file segment mismatch: the file became shorter while "
                "it was read");
    return 0;
}

static int load_segment(const struct elf *elf, const struct elf_segment *s,
        struct guest_mem *mem, int prot, bool copy, struct load_map *mapped, struct err *err)
{
    struct load_parts p = load_parts_of(s, mem->page);
    int r = 1;

    if (!copy && p.map.start < p.map.end) {
        r = guest_mem_map(mem, p.map.start, p.map.end, prot, elf->fd,
                s->offset + (p.map.start - s->vaddr), err);
        if (r < 0)
            return -1;
    }
    if (r == 0)
        mapped->range[mapped->count++] = p.map;
    else if (copy_in(elf, s, mem, p.map, err) != 0)
        return -1;
    return copy_in(elf, s, mem, p.head, err) != 0 ? -1 : copy_in(elf, s, mem, p.tail, err);
}

/* What it takes to write to what isn't code: only pages that are written lose the file's. */
static int relocating(const struct elf_plan *plan, const struct elf_segment *s)
{
    return plan->places > 0 && !(s->prot & PROT_EXEC) ? PROT_WRITE : 0;
}

int load_image(const struct elf *elf, const struct elf_plan *plan, struct guest_mem *mem,
        int (*prot_of)(const struct elf_segment *s), bool copy, struct load_map *mapped,
        struct err *err)
{
    *mapped = (struct load_map){.range = calloc(plan->count, sizeof *mapped->range)};
    if (!mapped->range)
        return err_errno(err, "could not load segments");
    for (size_t i = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];

        if (load_segment(elf, s, mem, prot_of(s) | relocating(plan, s), copy, mapped, err) != 0)
            return -1;
    }
    return 0;
}
