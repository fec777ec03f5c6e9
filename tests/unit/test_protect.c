/* SPDX-License-Identifier: ISC */
/*
 * spt: which images can be protected on which hosts, and the mapping for real.
 *
 * links: tenders/spt/protect.c tenders/common/guest_mem.c tenders/common/err.c
 */
#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tenders/spt/spt.h"

#define R PROT_READ
#define W PROT_WRITE
#define X PROT_EXEC

#define UNIT 0x1000ULL
#define BASE 0x100000ULL
#define UNITS 64

static const uint64_t pages[] = {0x1000, 0x4000, 0x10000};

static struct err err;

static const struct row {
    const char *name;
    uint64_t largest; /* page size that it works with */
    bool exec_heap;
    size_t count;
    struct elf_segment segment[4];
} rows[] = {
        {"linked for 64 KiB", 0x10000, false, 3,
                {{.start = 0x100000, .end = 0x110000, .prot = R | X},
                        {.start = 0x110000, .end = 0x120000, .prot = R | W},
                        {.start = 0x120000, .end = 0x130000, .prot = R}}},
        {"linked for 4 KiB", 0x1000, false, 2,
                {{.start = 0x100000, .end = 0x105000, .prot = R | X},
                        {.start = 0x105000, .end = 0x106000, .prot = R | W}}},
        {"16 KiB by luck", 0x4000, false, 2,
                {{.start = 0x100000, .end = 0x108000, .prot = R | X},
                        {.start = 0x108000, .end = 0x109000, .prot = R | W}}},
        {"64 KiB by luck: data can end anywhere", 0x10000, false, 2,
                {{.start = 0x100000, .end = 0x110000, .prot = R | X},
                        {.start = 0x113000, .end = 0x114000, .prot = R | W}}},
        {"the template of thread-local variables ends on BSS's page", 0x1000, false, 2,
                {{.start = 0x100000, .end = 0x110000, .prot = R | X},
                        {.start = 0x110000, .end = 0x111000, .prot = R}}},
        {"one protection, two segments", 0x10000, false, 2,
                {{.start = 0x100000, .end = 0x103000, .prot = R},
                        {.start = 0x103000, .end = 0x110000, .prot = R}}},
        {"a gap is data", 0x1000, false, 2,
                {{.start = 0x100000, .end = 0x103000, .prot = R},
                        {.start = 0x104000, .end = 0x110000, .prot = R}}},
        {"code begins in the middle", 0x1000, false, 1,
                {{.start = 0x101000, .end = 0x110000, .prot = R | X}}},
        {"only data", 0x10000, false, 1, {{.start = 0x101000, .end = 0x102000, .prot = R | W}}},
        {"executable heap: data is like the heap", 0x10000, true, 2,
                {{.start = 0x100000, .end = 0x110000, .prot = R},
                        {.start = 0x111000, .end = 0x112000, .prot = R | W}}},
        {"executable heap: code is not", 0x1000, true, 1,
                {{.start = 0x100000, .end = 0x101000, .prot = R | X}}},
};

static struct elf_plan plan_of(const struct row *row)
{
    return (struct elf_plan){
            .count = row->count, .segment = (struct elf_segment *)row->segment};
}

/* The protection of 4 KiB, from the rules alone. */
static int prot_at(const struct row *row, uint64_t gpa)
{
    const int x = row->exec_heap ? X : 0;

    for (size_t i = 0; i < row->count; i++) {
        const struct elf_segment *s = &row->segment[i];
        if (gpa >= s->start && gpa < s->end)
            return s->prot | (s->prot & W ? x : 0);
    }
    return R | W | x;
}

/* No page of PAGE bytes needs two. */
static bool separable(const struct row *row, uint64_t page)
{
    for (uint64_t gpa = BASE; gpa < BASE + UNITS * UNIT; gpa += UNIT)
        if (prot_at(row, gpa) != prot_at(row, gpa / page * page))
            return false;
    return true;
}

static void every_page_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        for (size_t k = 0; k < N_OF(pages); k++) {
            struct elf_plan plan = plan_of(&rows[i]);
            int r = protect_check(&plan, rows[i].exec_heap, pages[k], &err);

            if ((r == 0) != (pages[k] <= rows[i].largest) ||
                    (r == 0) != separable(&rows[i], pages[k]))
                fail_msg("%s, pages of 0x%lx: %d", rows[i].name, (unsigned long)pages[k], r);
        }
}

static void sentence(void **state)
{
    struct elf_plan plan = plan_of(&rows[1]);

    (void)state;
    assert_fails(protect_check(&plan, false, 0x4000, &err), err,
            "segments cannot be separated on this host, whose pages have 16384 bytes");
    assert_non_null(strstr(err.text, "meets at 0x105000"));
}

/* The mapping as the kernel has it: "rwxp" of the line with this address. */
static int kernel_prot(const uint8_t *p)
{
    FILE *f = fopen("/proc/self/maps", "r");
    unsigned long start, end;
    char line[512], flags[5];
    int prot = -1;

    assert_non_null(f);
    while (prot < 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "%lx-%lx %4s", &start, &end, flags) == 3 &&
                (uintptr_t)p >= start && (uintptr_t)p < end)
            prot = (flags[0] == 'r' ? R : 0) | (flags[1] == 'w' ? W : 0) |
                    (flags[2] == 'x' ? X : 0);
    fclose(f);
    return prot;
}

static void mapping(void **state)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct elf_plan plan = plan_of(&rows[i]);
        struct guest_mem mem;

        if (page > rows[i].largest || rows[i].exec_heap)
            continue;
        assert_works(guest_mem_alloc(&mem, 0x200000, false, &err), err);
        assert_works(protect_apply(&plan, false, &mem, &err), err);
        for (uint64_t gpa = BASE; gpa < BASE + UNITS * UNIT; gpa += UNIT)
            assert_int_equal(kernel_prot(mem.host + gpa), prot_at(&rows[i], gpa));
        free(mem.ro);
        munmap(mem.host, 0x200000);
    }
}

/* Where a file can't be mapped there is memory to copy it to; executable if written data is. */
static void not_mappable(void **state)
{
    static const int want[][2] = {
            {R, R | W}, {R | X, R | W}, {R | W, R | W}, {R | W | X, R | W | X}};
    const uint64_t size = 0x10000; /* a page of any host */
    struct guest_mem mem;

    (void)state;
    assert_works(guest_mem_alloc(&mem, 0x200000, false, &err), err);
    for (size_t i = 0; i < N_OF(want); i++) {
        assert_int_equal(guest_mem_map(&mem, BASE, BASE + size, want[i][0], -1, 0, &err), 1);
        assert_int_equal(kernel_prot(mem.host + BASE), want[i][1]);
    }
    munmap(mem.host, 0x200000);
}

/* Only code has landing pads, and stays code. */
static void guard(void **state)
{
    struct elf_segment s[] = {{.prot = R | X}, {.prot = X}, {.prot = R}, {.prot = R | W}};
    struct elf_plan plan = {.count = N_OF(s), .segment = s};

    (void)state;
    protect_guard(&plan);
    assert_int_equal(s[0].prot, R | X | 0x10);
    assert_int_equal(s[1].prot, X | 0x10);
    assert_int_equal(s[2].prot, R);
    assert_int_equal(s[3].prot, R | W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(guard),
            cmocka_unit_test(every_page_size),
            cmocka_unit_test(sentence),
            cmocka_unit_test(mapping),
            cmocka_unit_test(not_mappable),
    };
    return cmocka_run_group_tests_name("protect", tests, NULL, NULL);
}
