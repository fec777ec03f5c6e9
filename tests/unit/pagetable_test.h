/* SPDX-License-Identifier: ISC */
/*
 * pagetable_test.h: what is the same in the tests of both CPUs' tables: build them
 * for every image, walk them as the CPU does, compare page by page.
 *
 * The includer has walk(): the CPU's own walk from its table base register.
 */
#ifndef PAGETABLE_TEST_H
#define PAGETABLE_TEST_H

#include "plans.h"

#include <stdlib.h>

#include "../../tenders/hvt/arch.h"

#define LOW_SIZE 0x100000
#define TABLES_END 0x10000
#define FAR_TABLES 0x90000
#define GIB (1ULL << 30)

/* What a walk found: R, W, X of the supervisor, 0 if nothing is mapped. */
static int walk(const uint8_t *low, uint64_t va, uint64_t *pa);

/* A page in low memory that is executable, 0 if this CPU has none. */
static const uint64_t executable_low_page;

static struct err err;

static uint8_t *new_low(void)
{
    void *low;

    assert_int_equal(posix_memalign(&low, PAGE, LOW_SIZE), 0);
    memset(low, 0, LOW_SIZE);
    return low;
}

/* An entry of the table at GPA, which must be one of the tables. */
static uint64_t entry_of(const uint8_t *low, uint64_t table, uint64_t index)
{
    uint64_t e;

    assert_true((table >= PAGE && table + PAGE <= TABLES_END) ||
            (table >= FAR_TABLES && table + PAGE <= LOW_SIZE));
    assert_int_equal(table % PAGE, 0);
    assert_true(index < 512);
    memcpy(&e, low + table + index * 8, 8);
    return e;
}

static int expected_low(uint64_t gpa)
{
    if (gpa < TABLES_END)
        return 0;
    return gpa == executable_low_page ? R | X : R;
}

static void compare(const uint8_t *low, const struct test_plan *t, uint64_t gpa, int want)
{
    uint64_t pa = 0;
    int got = walk(low, gpa, &pa);

    if (got != want || (want && pa != gpa))
        fail_msg("%s: at 0x%lx prot %d to 0x%lx, want %d", t->name, (unsigned long)gpa, got,
                (unsigned long)pa, want);
}

static void check_all(const struct test_plan *t, uint64_t mem_size, uint64_t host_page,
        bool exec_heap)
{
    struct guest_mem mem = mem_of(mem_size, 0, host_page);
    struct elf_plan plan = elf_plan_of(t);
    uint8_t *low = new_low();
    struct memmap map;

    assert_works(memmap_make(&map, &plan, &mem, exec_heap, &err), err);
    assert_works(arch_tables(low, &map, &err), err);
    for (uint64_t gpa = 0; gpa < MIN_BASE; gpa += PAGE)
        compare(low, t, gpa, expected_low(gpa));
    for (uint64_t gpa = MIN_BASE; gpa < mem_size; gpa += PAGE)
        compare(low, t, gpa, expected_prot(t, gpa, host_page, exec_heap));
    /* Beyond memory there is nothing, up to where hypercalls may be. */
    for (uint64_t gpa = mem_size; gpa < mem_size + 0x200000 && gpa < 0x100000000; gpa += PAGE)
        compare(low, t, gpa, 0);
    for (uint64_t gpa = mem_size; gpa < 0x100000000; gpa += 0x100000)
        compare(low, t, gpa, 0);
    compare(low, t, 0x8000000000, 0);
    memmap_free(&map);
    free(low);
}

static void every_image(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(plans); i++)
        for (int exec_heap = 0; exec_heap < 2; exec_heap++) {
            check_all(&plans[i], plans[i].mem_size, 0x1000, exec_heap);
            check_all(&plans[i], plans[i].mem_size + 0x100000, 0x1000, exec_heap);
            check_all(&plans[i], plans[i].mem_size + 0x200000, 0x4000, exec_heap);
            check_all(&plans[i], plans[i].mem_size + 0x300000, 0x10000, exec_heap);
        }
}

static void every_size(void **state)
{
    static const uint64_t sizes[] = {
            0x200000, 0x300000, 0x400000, 0x500000, 0x3fe00000, 0x3ff00000, 0x40000000,
            0x40100000, 0x40200000, 0xfff00000, 0x100000000};

    (void)state;
    for (size_t i = 0; i < N_OF(sizes); i++)
        check_all(&plans[0], sizes[i], 0x1000, false);
}

/*
 * More than 4 GiB: the first and the last page of each block, all at both ends, and that
 * nothing is behind it up to WINDOW, where the CPU may have its hypercalls.
 */
static void check_large(uint64_t mem_size)
{
    struct guest_mem mem = mem_of(mem_size, 0x10000, 0x10000);
    struct elf_plan plan = elf_plan_of(&plans[0]);
    uint64_t window = arch_hypercall_base(mem_size);
    uint8_t *low = new_low();
    struct memmap map;

    assert_works(memmap_make(&map, &plan, &mem, false, &err), err);
    assert_works(arch_tables(low, &map, &err), err);
    for (uint64_t gpa = 0; gpa < MIN_BASE; gpa += PAGE)
        compare(low, &plans[0], gpa, expected_low(gpa));
    for (uint64_t gpa = MIN_BASE; gpa < mem_size; gpa += PAGE) {
        compare(low, &plans[0], gpa, expected_prot(&plans[0], gpa, 0x10000, false));
        if (gpa % 0x200000 == PAGE && gpa > 0x400000 && gpa + 0x600000 < mem_size)
            gpa += 0x200000 - 3 * PAGE;
    }
    for (uint64_t gpa = mem_size; gpa < mem_size + 0x200000; gpa += PAGE)
        if (!window || gpa < window)
            compare(low, &plans[0], gpa, 0);
    for (uint64_t gpa = mem_size; gpa < mem_size + 4 * GIB; gpa += 0x100000)
        if (!window || gpa < window || gpa >= window + GIB)
            compare(low, &plans[0], gpa, 0);
    memmap_free(&map);
    free(low);
}

static void every_large_size(void **state)
{
    static const uint64_t sizes[] = {0x100100000, 0x13ff00000, 0x140000000, 0x140100000,
            0x180000000, 15 * GIB, 63 * GIB, 63 * GIB + 0x300000, 64 * GIB};

    (void)state;
    for (size_t i = 0; i < N_OF(sizes); i++)
        check_large(sizes[i]);
}

static int make_scattered(size_t segments)
{
    struct guest_mem mem = mem_of(scattered.mem_size, 0, 0x1000);
    struct elf_plan plan = elf_plan_of(&scattered);
    uint8_t *low = new_low();
    struct memmap map;
    int r;

    plan.count = segments;
    err.text[0] = 0;
    assert_works(memmap_make(&map, &plan, &mem, false, &err), err);
    r = arch_tables(low, &map, &err);
    memmap_free(&map);
    free(low);
    return r;
}

/* FIT segments in as many blocks have room, one more has not. */
static void check_scattered(size_t fit)
{
    assert_works(make_scattered(fit), err);
    assert_fails(make_scattered(fit + 1), err, "2 MiB blocks");
}

#endif /* PAGETABLE_TEST_H */
