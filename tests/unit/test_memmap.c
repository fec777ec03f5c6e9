/* SPDX-License-Identifier: ISC */
/*
 * Who may do what with guest memory: every page of every image against the rules.
 *
 * links: tenders/hvt/memmap.c tenders/common/guest_mem.c tenders/common/err.c
 */
#include "plans.h"

#include <stdlib.h>
#include <unistd.h>

#include "../../tenders/hvt/memmap.h"

static const uint64_t host_pages[] = {0x1000, 0x4000, 0x10000};

static struct err err;

static bool in_host_range(const struct memmap *m, uint64_t gpa)
{
    for (size_t i = 0; i < m->n_ro; i++)
        if (gpa >= m->ro[i].start && gpa < m->ro[i].end)
            return true;
    return false;
}

static void check_order(const struct memmap *m, uint64_t mem_size, uint64_t host_page)
{
    uint64_t at = MIN_BASE;

    for (size_t i = 0; i < m->n; i++) {
        assert_int_equal(m->region[i].start, at);
        assert_true(m->region[i].end > at);
        assert_true(i == 0 || m->region[i].prot != m->region[i - 1].prot);
        at = m->region[i].end;
    }
    assert_int_equal(at, mem_size);
    at = 0;
    for (size_t i = 0; i < m->n_ro; i++) {
        assert_true(m->ro[i].start >= at && m->ro[i].end > m->ro[i].start);
        assert_int_equal(m->ro[i].start % host_page, 0);
        assert_int_equal(m->ro[i].end % host_page, 0);
        at = m->ro[i].end;
    }
}

static void check(const struct test_plan *t, uint64_t mem_size, uint64_t reserved,
        uint64_t host_page, bool exec_heap)
{
    struct guest_mem mem = mem_of(mem_size, reserved, host_page);
    struct elf_plan plan = elf_plan_of(t);
    struct memmap m;
    size_t at = 0;

    assert_works(memmap_make(&m, &plan, &mem, exec_heap, &err), err);
    check_order(&m, mem_size, host_page);
    assert_works(memmap_forbid(&m, &mem, &err), err);
    for (uint64_t gpa = MIN_BASE; gpa < mem_size; gpa += PAGE) {
        int want = expected_prot(t, gpa, host_page, exec_heap && gpa < mem.size);
        int got = memmap_prot(&m, &at, gpa, gpa + PAGE);
        if (got != want)
            fail_msg("%s, host page 0x%lx: at 0x%lx prot %d, want %d", t->name,
                    (unsigned long)host_page, (unsigned long)gpa, got, want);
        if (in_host_range(&m, gpa) != host_protects(t, gpa, host_page))
            fail_msg("%s, host page 0x%lx: host's mapping at 0x%lx", t->name,
                    (unsigned long)host_page, (unsigned long)gpa);
        if (gpa < mem.size && !!guest_mem_write(&mem, gpa, PAGE) != !!(want & PROT_WRITE))
            fail_msg("%s, host page 0x%lx: the tender's writes at 0x%lx", t->name,
                    (unsigned long)host_page, (unsigned long)gpa);
    }
    memmap_free(&m);
    free(mem.ro);
}

static void every_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(plans); i++)
        for (size_t k = 0; k < N_OF(host_pages); k++)
            for (int exec_heap = 0; exec_heap < 2; exec_heap++) {
                check(&plans[i], plans[i].mem_size, 0, host_pages[k], exec_heap);
                check(&plans[i], plans[i].mem_size + 0x100000, 0, host_pages[k], exec_heap);
                check(&plans[i], plans[i].mem_size + 0x100000, 0x10000, host_pages[k],
                        exec_heap);
            }
}

/* By hand, so that the rules above are not only compared with themselves. */
static void by_hand(void **state)
{
    struct elf_plan plan = elf_plan_of(&plans[0]);
    struct guest_mem mem = mem_of(0x200000, 0, 0x1000);
    struct memmap m;

    (void)state;
    assert_works(memmap_make(&m, &plan, &mem, false, &err), err);
    assert_int_equal(m.n, 2);
    assert_int_equal(m.region[0].end, 0x105000);
    assert_int_equal(m.region[0].prot, R | W | X);
    assert_int_equal(m.region[1].prot, R | W);
    assert_int_equal(m.n_ro, 1);
    assert_int_equal(m.ro[0].start, 0x100000);
    assert_int_equal(m.ro[0].end, 0x107000);
    memmap_free(&m);

    /* 16 KiB: 0x104000-0x107fff is shared with data, stage 1 protects its front. */
    mem.page = 0x4000;
    assert_works(memmap_make(&m, &plan, &mem, false, &err), err);
    assert_int_equal(m.n, 4);
    assert_int_equal(m.region[0].end, 0x104000);
    assert_int_equal(m.region[0].prot, R | W | X);
    assert_int_equal(m.region[1].end, 0x105000);
    assert_int_equal(m.region[1].prot, R | X);
    assert_int_equal(m.region[2].end, 0x107000);
    assert_int_equal(m.region[2].prot, R);
    assert_int_equal(m.region[3].prot, R | W);
    assert_int_equal(m.n_ro, 1);
    assert_int_equal(m.ro[0].end, 0x104000);
    memmap_free(&m);

    /* 64 KiB: no host page is read-only as a whole. */
    mem.page = 0x10000;
    assert_works(memmap_make(&m, &plan, &mem, false, &err), err);
    assert_int_equal(m.n_ro, 0);
    assert_int_equal(m.region[0].prot, R | X);
    memmap_free(&m);

    /* What is reserved is never executable. */
    mem = mem_of(0x300000, 0x10000, 0x1000);
    assert_works(memmap_make(&m, &plan, &mem, true, &err), err);
    assert_int_equal(m.region[m.n - 1].start, 0x2f0000);
    assert_int_equal(m.region[m.n - 1].end, 0x300000);
    assert_int_equal(m.region[m.n - 1].prot, R | W);
    assert_int_equal(m.region[m.n - 2].prot, R | W | X);
    memmap_free(&m);
}

static void blocks(void **state)
{
    struct elf_plan plan = elf_plan_of(&plans[3]); /* code ends with a block */
    struct guest_mem mem = mem_of(0x600000, 0, 0x1000);
    struct memmap m;
    size_t at = 0;

    (void)state;
    assert_works(memmap_make(&m, &plan, &mem, false, &err), err);
    assert_int_equal(memmap_prot(&m, &at, 0x200000, 0x400000), R | W | X);
    assert_int_equal(memmap_prot(&m, &at, 0x400000, 0x600000), R | W);
    at = 0;
    assert_int_equal(memmap_prot(&m, &at, 0x300000, 0x500000), -1);
    at = 0;
    assert_int_equal(memmap_prot(&m, &at, 0x400000, 0x600001), -1);
    at = 0;
    assert_int_equal(memmap_prot(&m, &at, 0x600000, 0x601000), -1);
    memmap_free(&m);
}

/* The host's mapping for real, as far as this host's pages go. */
static void host_mapping(void **state)
{
    struct elf_plan plan = elf_plan_of(&plans[0]);
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    struct guest_mem mem;
    struct memmap m;

    (void)state;
    assert_works(guest_mem_alloc(&mem, 0x200000, false, &err), err);
    assert_works(memmap_make(&m, &plan, &mem, false, &err), err);
    assert_works(memmap_protect_host(&m, &mem, &err), err);
    for (uint64_t gpa = MIN_BASE; gpa < 0x200000; gpa += PAGE)
        assert_int_equal(guest_mem_write(&mem, gpa, 1) == NULL,
                host_protects(&plans[0], gpa, page));
    free(mem.ro);
    munmap(mem.host, mem.size);
    memmap_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_page),
            cmocka_unit_test(by_hand),
            cmocka_unit_test(blocks),
            cmocka_unit_test(host_mapping),
    };

    return cmocka_run_group_tests_name("memmap", tests, NULL, NULL);
}
