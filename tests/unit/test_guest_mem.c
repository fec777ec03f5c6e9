/* SPDX-License-Identifier: ISC */
/*
 * links: tenders/common/guest_mem.c tenders/common/err.c
 *
 * wraps: madvise
 */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest_mem.h"

#define SIZE 0x200000ULL

static struct err err;

static bool built_without; /* a kernel that knows nothing of huge pages */

int __real_madvise(void *p, size_t size, int advice);
int __wrap_madvise(void *p, size_t size, int advice);
int __wrap_madvise(void *p, size_t size, int advice)
{
    if (built_without) {
        errno = EINVAL;
        return -1;
    }
    return __real_madvise(p, size, advice);
}

static void edges(void **state)
{
    struct guest_mem m;

    (void)state;
    assert_works(guest_mem_alloc(&m, SIZE, false, &err), err);
    assert_ptr_equal(guest_mem_read(&m, 0x10000, 1), m.host + 0x10000);
    assert_null(guest_mem_read(&m, 0xffff, 2));
    assert_null(guest_mem_read(&m, 0, 1));
    assert_ptr_equal(guest_mem_read(&m, SIZE - 1, 1), m.host + SIZE - 1);
    assert_non_null(guest_mem_read(&m, SIZE, 0));
    assert_null(guest_mem_read(&m, SIZE, 1));
    assert_null(guest_mem_read(&m, SIZE + 1, 0));
    assert_null(guest_mem_read(&m, SIZE - 1, 2));
    assert_non_null(guest_mem_read(&m, 0x10000, SIZE - 0x10000));
    assert_null(guest_mem_read(&m, 0x10000, SIZE - 0xffff));
    assert_null(guest_mem_read(&m, 0x10000, UINT64_MAX));
    assert_null(guest_mem_read(&m, UINT64_MAX, 1));
    assert_null(guest_mem_read(&m, UINT64_MAX, UINT64_MAX));
    assert_null(guest_mem_write(&m, 0xfffff, 1));
    assert_non_null(guest_mem_write(&m, 0x100000, 1));
    munmap(m.host, SIZE);
}

/* What is reserved is mapped, and no address of a guest leads there. */
static void reserved(void **state)
{
    struct guest_mem m;

    (void)state;
    assert_works(guest_mem_alloc(&m, SIZE, false, &err), err);
    assert_int_equal(guest_mem_reserve(&m, 0x10000), SIZE - 0x10000);
    assert_int_equal(m.size, SIZE - 0x10000);
    assert_int_equal(m.end, SIZE);
    assert_ptr_equal(guest_mem_top(&m), m.host + SIZE - 0x10000);
    memset(guest_mem_top(&m), 1, 0x10000);
    assert_non_null(guest_mem_read(&m, SIZE - 0x10001, 1));
    assert_null(guest_mem_read(&m, SIZE - 0x10001, 2));
    assert_null(guest_mem_write(&m, SIZE - 0x10001, 2));
    assert_null(guest_mem_read(&m, SIZE - 1, 1));
    munmap(m.host, SIZE);
}

/* Has the kernel been told so of the mapping at P? (proc(5): VmFlags) */
static bool has_flag(const void *p, const char *flag)
{
    FILE *f = fopen("/proc/self/smaps", "r");
    char line[512];
    unsigned long start, end;
    bool here = false, has = false;

    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            here = start <= (uintptr_t)p && (uintptr_t)p < end;
        else if (here && strncmp(line, "VmFlags:", 8) == 0 && strstr(line, flag))
            has = true;
    }
    fclose(f);
    return has;
}

#define NO_HUGE_PAGES " nh"
#define HUGE_PAGES " hg"

/* What a page table of the lowest level maps. */
static uint64_t huge_page(void)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    return page * (page / 8);
}

static void huge_pages(void **state)
{
    struct guest_mem m;

    (void)state;
    if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0)
        skip();
    assert_works(guest_mem_alloc(&m, 64ULL << 20, false, &err), err);
    assert_true(has_flag(m.host, NO_HUGE_PAGES));
    munmap(m.host, 64ULL << 20);
    assert_works(guest_mem_alloc(&m, 65ULL << 20, false, &err), err);
    assert_false(has_flag(m.host, NO_HUGE_PAGES) || has_flag(m.host, HUGE_PAGES));
    assert_true(has_flag(m.host + (65ULL << 20) - 1, NO_HUGE_PAGES));
    assert_int_equal((uintptr_t)m.host % huge_page(), 0);
    munmap(m.host, 65ULL << 20);
}

/* Of all memory, where a huge page can begin; nothing is mapped around it. */
static void wanted_huge_pages(void **state)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), size = 5ULL << 20;
    struct guest_mem m;
    unsigned char there;

    (void)state;
    if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0)
        skip();
    assert_works(guest_mem_alloc(&m, size, true, &err), err);
    assert_int_not_equal(mincore(m.host + size, page, &there), 0);
    assert_int_equal((uintptr_t)m.host % huge_page(), 0);
    assert_true(has_flag(m.host, HUGE_PAGES) && has_flag(m.host + size - 1, HUGE_PAGES));
    munmap(m.host, size);
    assert_works(guest_mem_alloc_here(&m, 0x7000000, 0x7100000, false, true, &err), err);
    assert_true(has_flag(m.host, HUGE_PAGES));
    munmap(m.host, 0x100000);
}

/* Only who asks for them hears of it. */
static void no_huge_pages(void **state)
{
    static const char sentence[] = "--hugepages: the kernel has none: Invalid argument";
    struct guest_mem m;

    (void)state;
    built_without = true;
    assert_works(guest_mem_alloc(&m, SIZE, false, &err), err);
    munmap(m.host, SIZE);
    assert_fails(guest_mem_alloc(&m, SIZE, true, &err), err, sentence);
    munmap(m.host, SIZE);
    assert_fails(guest_mem_alloc_here(&m, 0x7000000, 0x7100000, false, true, &err), err, sentence);
    munmap(m.host, 0x100000);
    built_without = false;
}

static void sizes(void **state)
{
    static const uint64_t works[] = {2, 3, 5, 512, 4096, 4097, UINT64_MAX >> 21};
    uint64_t size;

    (void)state;
    for (size_t i = 0; i < N_OF(works); i++) {
        assert_works(guest_mem_size(works[i], &size, &err), err);
        assert_int_equal(size, works[i] << 20);
    }
    assert_fails(guest_mem_size(1, &size, &err), err, "--mem=1 leaves no room for an image");
}

static void read_only_ranges(void **state)
{
    struct guest_mem m;

    (void)state;
    assert_works(guest_mem_alloc(&m, SIZE, false, &err), err);
    assert_works(guest_mem_protect(&m, 0x100000, 0x110000, PROT_READ, &err), err);
    assert_works(guest_mem_protect(&m, 0x110000, 0x120000, PROT_READ, &err), err);
    assert_works(guest_mem_protect(&m, 0x120000, 0x130000, PROT_READ | PROT_WRITE, &err), err);
    assert_works(guest_mem_protect(&m, 0x140000, 0x150000, PROT_READ, &err), err);
    assert_works(guest_mem_protect(&m, 0x150000, 0x150000, PROT_READ, &err), err);
    assert_int_equal(m.n_ro, 2);
    assert_int_equal(m.clear, 0x150000);
    assert_non_null(guest_mem_read(&m, 0x100000, 0x50000));
    assert_null(guest_mem_write(&m, 0x100000, 1));
    assert_null(guest_mem_write(&m, 0x11ffff, 2));
    assert_non_null(guest_mem_write(&m, 0x120000, 0x20000));
    assert_null(guest_mem_write(&m, 0x120000, 0x20001));
    assert_null(guest_mem_write(&m, 0x14ffff, 1));
    assert_non_null(guest_mem_write(&m, 0x150000, SIZE - 0x150000));
    assert_fails(guest_mem_protect(&m, 0x150001, 0x160000, PROT_READ, &err), err, "mprotect");
    free(m.ro);
    munmap(m.host, SIZE);
}

/* Every pair of a small memory, against the definition. */
static void exhaustive(void **state)
{
    struct guest_mem m = {.shift = 0x1000, .base = 3, .min = 5, .clear = 11, .size = 12};
    struct guest_mem_range ro[] = {{6, 7}, {9, 11}};

    (void)state;
    m.ro = ro;
    m.n_ro = N_OF(ro);
    for (uint64_t gpa = 0; gpa < 16; gpa++)
        for (uint64_t len = 0; len < 16; len++) {
            bool readable = gpa >= 3 && gpa + len <= 12;
            bool writable = gpa >= 5 && gpa + len <= 12;
            for (uint64_t b = gpa; b < gpa + len; b++)
                writable = writable && b != 6 && b != 9 && b != 10;
            assert_int_equal(guest_mem_read(&m, gpa, len) != NULL, readable);
            /* Nothing to write inside a read-only range: either answer is safe. */
            if (len > 0)
                assert_int_equal(guest_mem_write(&m, gpa, len) != NULL, writable);
            assert_int_equal(guest_mem_is_clear(&m, gpa, len), gpa >= 11 && gpa + len <= 12);
        }
}

/* What the host's mapping lets the tender write, but is not to be written. */
static void forbidden(void **state)
{
    struct guest_mem m;

    (void)state;
    assert_works(guest_mem_alloc(&m, SIZE, false, &err), err);
    assert_true(guest_mem_is_clear(&m, 0x100000, 0x100000));
    assert_works(guest_mem_protect(&m, 0x140000, 0x150000, PROT_READ, &err), err);
    assert_works(guest_mem_forbid(&m, 0x120000, 0x121000, &err), err);
    assert_int_equal(m.clear, 0x150000);
    assert_null(guest_mem_write(&m, 0x11ffff, 2));
    assert_null(guest_mem_write(&m, 0x120fff, 1));
    assert_null(guest_mem_write(&m, 0x14ffff, 1));
    assert_non_null(guest_mem_write(&m, 0x121000, 0x1f000));
    assert_false(guest_mem_is_clear(&m, 0x121000, 1));
    assert_true(guest_mem_is_clear(&m, 0x150000, SIZE - 0x150000));
    m.host[0x120000] = 1;
    free(m.ro);
    munmap(m.host, SIZE);
}

static void here(void **state)
{
    struct guest_mem m, n;

    (void)state;
    assert_works(guest_mem_alloc_here(&m, 0x7000000, 0x7100000, false, false, &err), err);
    assert_ptr_equal(m.host, (void *)0x7000000);
    assert_ptr_equal(guest_mem_write(&m, 0x7000123, 1), (void *)0x7000123);
    *(uint8_t *)guest_mem_write(&m, 0x7000123, 1) = 1;
    assert_fails(guest_mem_alloc_here(&n, 0x7080000, 0x7200000, false, false, &err), err,
            "does not fit");
    munmap(m.host, 0x100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(edges),
            cmocka_unit_test(reserved),
            cmocka_unit_test(huge_pages),
            cmocka_unit_test(wanted_huge_pages),
            cmocka_unit_test(no_huge_pages),
            cmocka_unit_test(sizes),
            cmocka_unit_test(read_only_ranges),
            cmocka_unit_test(exhaustive),
            cmocka_unit_test(forbidden),
            cmocka_unit_test(here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
