/* SPDX-License-Identifier: ISC */
/*
 * Protection of an image by the host: an input says where segments are and what they are, in
 * few bytes each, and the host's page size. What each 4 KiB must be is worked out from that
 * alone. solo5-spt takes an image exactly if no page of the host would need two protections,
 * and then each has its own; solo5-hvt's host takes the right to write from no more than what
 * may not be written. mprotect(2) is written down, not made.
 *
 * links: tenders/spt/protect.c tenders/hvt/memmap.c tenders/common/guest_mem.c
 * links: tenders/common/err.c
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "../../tenders/hvt/memmap.h"
#include "../../tenders/spt/spt.h"
#include "input.h"

#define SEGMENTS 8
#define UNIT 0x1000ULL
#define BASE 0x100000ULL
#define UNITS 256ULL
#define END (BASE + UNITS * UNIT)
#define GUARDED 0x10 /* PROT_BTI */

static struct err err;
static uint8_t memory[1]; /* only its address counts */

/* What each unit is: as mprotect(2) has set it, as it must be. */
static int is[UNITS], want[UNITS];

static int unit_at(uint64_t gpa)
{
    return (int)((gpa - BASE) / UNIT);
}

static void set_units(int units[UNITS], uint64_t start, uint64_t end, int prot)
{
    for (int i = unit_at(start); i < unit_at(end); i++)
        units[i] = prot;
}

static uint64_t page; /* the host's */

int mprotect(void *at, size_t len, int prot)
{
    uint64_t start = (uintptr_t)at - (uintptr_t)memory;

    MUST(start >= BASE && start < END && len > 0 && len <= END - start);
    MUST(start % page == 0 && len % page == 0);
    set_units(is, start, start + len, prot);
    return 0;
}

static size_t make_plan(struct input *in, struct elf_segment segment[SEGMENTS])
{
    static const int prots[] = {PROT_READ | PROT_EXEC, PROT_READ, PROT_READ | PROT_WRITE,
            PROT_EXEC, 0, PROT_READ, PROT_READ | PROT_WRITE, PROT_WRITE};
    uint64_t at = BASE;
    size_t n = 0;

    for (; n < SEGMENTS && in->left > 0; n++) {
        uint8_t how = next_byte(in), units = next_byte(in);
        const uint64_t align = how & 0x40 ? 0x10000 : how & 0x80 ? 0x4000 : UNIT;
        struct elf_segment *s = &segment[n];

        s->prot = prots[how & 7];
        s->start = (at + (how >> 3 & 7) * UNIT + align - 1) / align * align;
        s->end = (s->start + (units % 32 + 1) * UNIT + align - 1) / align * align;
        if (s->end > END)
            break;
        s->vaddr = s->start;
        s->filesz = s->memsz = s->end - s->start;
        at = s->end;
    }
    return n;
}

static void reset(struct guest_mem *mem)
{
    *mem = (struct guest_mem){.host = memory,
            .shift = (uintptr_t)memory,
            .base = 0x10000,
            .min = BASE,
            .clear = BASE,
            .size = END,
            .end = END,
            .page = page};
}

/* What may not be written, if the host says so, is what is remembered of it. */
static void check_read_only(struct guest_mem *mem)
{
    bool ro[UNITS] = {false};

    for (size_t i = 0; i < mem->n_ro; i++) {
        MUST(i == 0 || mem->ro[i].start > mem->ro[i - 1].end);
        for (int u = unit_at(mem->ro[i].start); u < unit_at(mem->ro[i].end); u++)
            ro[u] = true;
    }
    for (uint64_t i = 0; i < UNITS; i++)
        MUST(ro[i] == !(is[i] & PROT_WRITE));
    free(mem->ro);
}

/*
 * spt
 */

static bool is_separable(void)
{
    const uint64_t step = page / UNIT;

    for (uint64_t i = 0; i < UNITS; i++)
        if (want[i] != want[i / step * step])
            return false;
    return true;
}

static void try_spt(struct elf_plan *plan, bool exec_heap, bool guard)
{
    const int x = exec_heap ? PROT_EXEC : 0, around = PROT_READ | PROT_WRITE | x;
    struct guest_mem mem;

    reset(&mem);
    set_units(want, BASE, END, around);
    set_units(is, BASE, END, around);
    for (size_t i = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];
        set_units(want, s->start, s->end, s->prot | (s->prot & PROT_WRITE ? x : 0) |
                        (guard && (s->prot & PROT_EXEC) ? GUARDED : 0));
    }
    if (guard)
        protect_guard(plan);
    bool good = protect_check(plan, exec_heap, page, &err) == 0;
    MUST(good == is_separable());
    MUST(good || (strstr(err.text, "meets at 0x") && !strchr(err.text, '\n')));
    if (!good)
        return;
    MUST(protect_apply(plan, exec_heap, &mem, &err) == 0);
    MUST(memcmp(is, want, sizeof is) == 0);
    check_read_only(&mem);
}

/*
 * hvt: what the host leaves writable by its page size is up to stage 1 (fuzz_elf.c)
 */

static void try_hvt(const struct elf_plan *plan, bool exec_heap)
{
    struct guest_mem mem;
    struct memmap map;

    reset(&mem);
    set_units(want, BASE, END, PROT_READ | PROT_WRITE);
    set_units(is, BASE, END, PROT_READ | PROT_WRITE);
    for (size_t i = 0; i < plan->count; i++)
        if (!(plan->segment[i].prot & PROT_WRITE))
            set_units(want, plan->segment[i].start, plan->segment[i].end, PROT_READ);
    MUST(memmap_make(&map, plan, &mem, exec_heap, &err) == 0);
    MUST(memmap_protect_host(&map, &mem, &err) == 0);
    for (uint64_t i = 0, step = page / UNIT; i < UNITS; i += step) {
        bool read_only = true;

        for (uint64_t k = i; k < i + step; k++)
            read_only = read_only && !(want[k] & PROT_WRITE);
        for (uint64_t k = i; k < i + step; k++)
            MUST(is[k] == (read_only ? PROT_READ : PROT_READ | PROT_WRITE));
    }
    check_read_only(&mem);
    memmap_free(&map);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct elf_segment segment[SEGMENTS] = {{0}};
    struct input in = {bytes, n};
    uint8_t how = next_byte(&in);
    struct elf_plan plan = {.segment = segment};

    page = UNIT << 2 * (how % 3);
    plan.count = make_plan(&in, segment);
    if (plan.count == 0)
        return -1;
    try_hvt(&plan, how & 0x20);
    try_spt(&plan, how & 0x40, how & 0x80);
    return 0;
}
