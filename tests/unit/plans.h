/* SPDX-License-Identifier: ISC */
/*
 * plans.h: images for the tests of memory protection, and what each 4 KiB page of
 * memory must be, worked out page by page from the rules alone.
 */
#ifndef PLANS_H
#define PLANS_H

#include "unit.h"

#include <stdbool.h>
#include <sys/mman.h>

#include "guest_mem.h"
#include "image.h"

#define R PROT_READ
#define W PROT_WRITE
#define X PROT_EXEC

#define PAGE 0x1000ULL
#define MIN_BASE 0x100000ULL

struct test_plan {
    const char *name;
    uint64_t mem_size; /* the least it fits into */
    size_t count;
    struct elf_segment segment[12];
};

static const struct test_plan plans[] = {
        {"code, constants, data", 0x200000, 3,
                {{.start = 0x100000, .end = 0x105000, .prot = X},
                        {.start = 0x105000, .end = 0x107000, .prot = R},
                        {.start = 0x107000, .end = 0x109000, .prot = R | W}}},
        {"one page of code", 0x200000, 1, {{.start = 0x100000, .end = 0x101000, .prot = R | X}}},
        {"code up to the end", 0x200000, 1, {{.start = 0x100000, .end = 0x200000, .prot = X}}},
        {"code ends with a block", 0x600000, 2,
                {{.start = 0x100000, .end = 0x400000, .prot = X},
                        {.start = 0x400000, .end = 0x401000, .prot = R}}},
        {"large", 0x1000000, 4,
                {{.start = 0x100000, .end = 0x603000, .prot = R | X},
                        {.start = 0x603000, .end = 0x8ff000, .prot = R},
                        {.start = 0x8ff000, .end = 0xa00000, .prot = R | W},
                        {.start = 0xa00000, .end = 0xc07000, .prot = R}}},
        {"with gaps", 0x400000, 5,
                {{.start = 0x101000, .end = 0x102000, .prot = R},
                        {.start = 0x110000, .end = 0x111000, .prot = X},
                        {.start = 0x113000, .end = 0x127000, .prot = R | X},
                        {.start = 0x128000, .end = 0x12a000, .prot = W},
                        {.start = 0x1ff000, .end = 0x201000, .prot = R | X}}},
        {"no permission at all", 0x200000, 2,
                {{.start = 0x100000, .end = 0x110000, .prot = 0},
                        {.start = 0x110000, .end = 0x120000, .prot = W}}},
        {"code above 1 GiB", 0x40400000, 2,
                {{.start = 0x100000, .end = 0x300000, .prot = R | W},
                        {.start = 0x40000000, .end = 0x40003000, .prot = X}}},
};

/* Code in so many 2 MiB blocks that the tables don't fit. */
static const struct test_plan scattered = {"scattered", 0x2000000, 10,
        {{.start = 0x101000, .end = 0x102000, .prot = X},
                {.start = 0x201000, .end = 0x202000, .prot = X},
                {.start = 0x401000, .end = 0x402000, .prot = X},
                {.start = 0x601000, .end = 0x602000, .prot = X},
                {.start = 0x801000, .end = 0x802000, .prot = X},
                {.start = 0xa01000, .end = 0xa02000, .prot = X},
                {.start = 0xc01000, .end = 0xc02000, .prot = X},
                {.start = 0xe01000, .end = 0xe02000, .prot = X},
                {.start = 0x1001000, .end = 0x1002000, .prot = X},
                {.start = 0x1201000, .end = 0x1202000, .prot = X}}};

static struct elf_plan elf_plan_of(const struct test_plan *t)
{
    return (struct elf_plan){
            .entry = 0x100000, .count = t->count, .segment = (struct elf_segment *)t->segment};
}

/* The limits of memory without the memory: the last RESERVED bytes are the tender's. */
static struct guest_mem mem_of(uint64_t end, uint64_t reserved, uint64_t host_page)
{
    return (struct guest_mem){.size = end - reserved, .end = end, .page = host_page};
}

static const struct elf_segment *segment_at(const struct test_plan *t, uint64_t gpa)
{
    for (size_t i = 0; i < t->count; i++)
        if (gpa >= t->segment[i].start && gpa < t->segment[i].end)
            return &t->segment[i];
    return NULL;
}

static bool is_read_only(const struct test_plan *t, uint64_t gpa)
{
    const struct elf_segment *s = segment_at(t, gpa);

    return s && !(s->prot & W);
}

/* The host protects its page around GPA if all of that is read-only. */
static bool host_protects(const struct test_plan *t, uint64_t gpa, uint64_t host_page)
{
    uint64_t start = gpa / host_page * host_page;

    for (uint64_t p = start; p < start + host_page; p += PAGE)
        if (!is_read_only(t, p))
            return false;
    return true;
}

/* Stage 1 of the page at GPA, from 0x100000 up. */
static int expected_prot(const struct test_plan *t, uint64_t gpa, uint64_t host_page,
        bool exec_heap)
{
    const struct elf_segment *s = segment_at(t, gpa);

    if (!is_read_only(t, gpa))
        return R | W | (exec_heap ? X : 0);
    return R | (s->prot & X) | (host_protects(t, gpa, host_page) ? W : 0);
}

#endif /* PLANS_H */
