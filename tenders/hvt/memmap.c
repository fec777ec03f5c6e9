/* SPDX-License-Identifier: ISC */
#include "memmap.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "hvt_abi.h"

/* The host's part: neighbouring read-only segments together, in whole pages. */
static void find_read_only(struct memmap *map, const struct elf_plan *plan, uint64_t page)
{
    const struct elf_segment *s = plan->segment, *last = s + plan->count;

    while (s < last) {
        uint64_t start = s->start, end = s->end;
        bool writable = s->prot & PROT_WRITE;

        s++;
        if (writable)
            continue;
        for (; s < last && s->start == end && !(s->prot & PROT_WRITE); s++)
            end = s->end;
        start = (start + page - 1) & ~(page - 1);
        end &= ~(page - 1);
        if (start < end)
            map->ro[map->n_ro++] = (struct guest_mem_range){start, end};
    }
}

/* Append a region, or make the last one longer. */
static void add(struct memmap *map, uint64_t start, uint64_t end, int prot)
{
    if (start >= end)
        return;
    if (map->n > 0 && map->region[map->n - 1].prot == prot) {
        map->region[map->n - 1].end = end;
        return;
    }
    map->region[map->n++] = (struct memmap_region){start, end, prot};
}

static uint64_t clamp(uint64_t v, uint64_t min, uint64_t max)
{
    return v < min ? min : v > max ? max : v;
}

/* A read-only segment: RO is the host's range that it may lie in. */
static void add_read_only(struct memmap *map, const struct elf_segment *s,
        struct guest_mem_range ro, int prot)
{
    uint64_t from = clamp(ro.start, s->start, s->end);
    uint64_t to = clamp(ro.end, from, s->end);

    add(map, s->start, from, prot);
    add(map, from, to, prot | PROT_WRITE);
    add(map, to, s->end, prot);
}

static void find_regions(struct memmap *map, const struct elf_plan *plan,
        const struct guest_mem *mem, bool exec_heap)
{
    const int data = PROT_READ | PROT_WRITE | (exec_heap ? PROT_EXEC : 0);
    uint64_t at = HVT_GUEST_MIN_BASE;
    size_t k = 0;

    for (size_t i = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];

        add(map, at, s->start, data);
        at = s->end;
        if (s->prot & PROT_WRITE) {
            add(map, s->start, s->end, data);
            continue;
        }
        while (k < map->n_ro && map->ro[k].end <= s->start)
            k++;
        add_read_only(map, s, k < map->n_ro ? map->ro[k] : (struct guest_mem_range){0, 0},
                PROT_READ | (s->prot & PROT_EXEC));
    }
    add(map, at, mem->size, data);
    add(map, mem->size, mem->end, PROT_READ | PROT_WRITE);
}

int memmap_make(struct memmap *map, const struct elf_plan *plan,
        const struct guest_mem *mem, bool exec_heap, struct err *err)
{
    *map = (struct memmap){.end = mem->end};
    /* In front of each segment a gap, the segment in three parts, the rest, ring and vhost. */
    map->region = calloc(plan->count * 4 + 2, sizeof *map->region);
    map->ro = calloc(plan->count + 1, sizeof *map->ro);
    if (!map->region || !map->ro) {
        memmap_free(map);
        return err_errno(err, "could not plan memory protection");
    }
    find_read_only(map, plan, mem->page);
    find_regions(map, plan, mem, exec_heap);
    return 0;
}

void memmap_free(struct memmap *map)
{
    free(map->region);
    free(map->ro);
    *map = (struct memmap){0};
}

int memmap_protect_host(const struct memmap *map, struct guest_mem *mem, struct err *err)
{
    for (size_t i = 0; i < map->n_ro; i++)
        if (guest_mem_protect(mem, map->ro[i].start, map->ro[i].end, PROT_READ, err) != 0)
            return -1;
    return 0;
}

int memmap_forbid(const struct memmap *map, struct guest_mem *mem, struct err *err)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct memmap_region *r = &map->region[i];
        if (!(r->prot & PROT_WRITE) && guest_mem_forbid(mem, r->start, r->end, err) != 0)
            return -1;
    }
    return 0;
}

int memmap_prot(const struct memmap *map, size_t *at, uint64_t start, uint64_t end)
{
    while (*at < map->n && map->region[*at].end <= start)
        (*at)++;
    if (*at == map->n)
        return -1;

    const struct memmap_region *r = &map->region[*at];
    return r->start <= start && end <= r->end ? r->prot : -1;
}

int memmap_too_scattered(struct err *err)
{
    return err_set(err,
            "the image's code begins or ends in more 2 MiB blocks of memory than there is "
            "room for page tables: link its executable segments next to each other");
}
