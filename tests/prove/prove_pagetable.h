/* SPDX-License-Identifier: ISC */
/*
 * prove_pagetable.h: memory maps and page tables of all images with up to three segments that
 * begin and end at certain addresses, walked page by page. The addresses are on both sides of
 * where the tables, a block of 2 MiB and pages of 4, 16 and 64 KiB have their edges.
 */
#ifndef PROVE_PAGETABLE_H
#define PROVE_PAGETABLE_H

#include "../unit/pagetable_test.h"

static const uint64_t edges[] = {0x100000, 0x101000, 0x110000, 0x1ff000, 0x200000, 0x201000,
        0x3ff000, 0x400000, 0x500000};
static const int prots[] = {R, R | W, X};

#define SIZE 0x500000ULL
#define SEGMENTS 3

static uint8_t tables[LOW_SIZE] __attribute__((aligned(4096)));
static unsigned long images;

static void check_page(const struct memmap *map, const struct test_plan *t,
        const struct guest_mem *mem, bool exec_heap, uint64_t gpa)
{
    const struct elf_segment *s = segment_at(t, gpa);
    bool heap = exec_heap && gpa < mem->size, host = false;
    uint64_t pa = 0;
    int got = walk(tables, gpa, &pa);

    for (size_t i = 0; i < map->n_ro; i++)
        host = host || (gpa >= map->ro[i].start && gpa < map->ro[i].end);
    /* Both layers together: what is written, what is executed. */
    bool writable = !s || (s->prot & W);
    bool executable = writable ? heap : (s->prot & X) != 0;
    if (pa != gpa || !(got & R) || ((got & W) && !host) != writable ||
            !!(got & X) != executable || host != host_protects(t, gpa, mem->page))
        fail_msg("%zu segments, first 0x%lx to 0x%lx, host page 0x%lx: at 0x%lx prot %d",
                t->count, (unsigned long)t->segment[0].start,
                (unsigned long)t->segment[0].end, (unsigned long)mem->page,
                (unsigned long)gpa, got);
}

static void check_image(const struct test_plan *t, uint64_t host_page, bool exec_heap)
{
    /* With a ring behind it where a heap may be executed. */
    const uint64_t ring = exec_heap ? 0x10000 : 0, end = SIZE + ring;
    struct guest_mem mem = mem_of(end, ring, host_page);
    struct elf_plan plan = elf_plan_of(t);
    struct memmap map;

    memset(tables, 0, TABLES_END); /* the rest is the same for all */
    assert_works(memmap_make(&map, &plan, &mem, exec_heap, &err), err);
    assert_works(arch_tables(tables, &map, &err), err);
    for (uint64_t gpa = 0; gpa < MIN_BASE; gpa += PAGE)
        compare(tables, t, gpa, expected_low(gpa));
    for (uint64_t gpa = MIN_BASE; gpa < end; gpa += PAGE)
        check_page(&map, t, &mem, exec_heap, gpa);
    for (uint64_t gpa = end; gpa < end + 0x400000; gpa += PAGE)
        compare(tables, t, gpa, 0);
    memmap_free(&map);
    images++;
}

/* All that continue T with segments from edge FROM on. */
static void check_from(struct test_plan *t, size_t from, uint64_t host_page, bool exec_heap)
{
    if (t->count > 0)
        check_image(t, host_page, exec_heap);
    if (t->count == SEGMENTS)
        return;
    struct elf_segment *s = &t->segment[t->count++];
    for (size_t a = from; a < N_OF(edges); a++)
        for (size_t b = a + 1; b < N_OF(edges); b++)
            for (size_t i = 0; i < N_OF(prots); i++) {
                *s = (struct elf_segment){
                        .start = edges[a], .end = edges[b], .prot = prots[i]};
                check_from(t, b, host_page, exec_heap);
            }
    t->count--;
}

static void check_host_page(uint64_t host_page)
{
    struct test_plan t = {.name = "generated"};

    images = 0;
    check_from(&t, 0, host_page, false);
    check_from(&t, 0, host_page, true);
    print_message("# %lu images\n", images);
}

static void host_page_4k(void **state)
{
    (void)state;
    check_host_page(0x1000);
}

static void host_page_16k(void **state)
{
    (void)state;
    check_host_page(0x4000);
}

static void host_page_64k(void **state)
{
    (void)state;
    check_host_page(0x10000);
}

static int prove_pagetable(const char *name)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(host_page_4k),
            cmocka_unit_test(host_page_16k),
            cmocka_unit_test(host_page_64k),
    };

    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

#endif /* PROVE_PAGETABLE_H */
