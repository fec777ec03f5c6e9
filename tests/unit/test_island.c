/* SPDX-License-Identifier: ISC */
/*
 * The island of solo5-spt, in a process that stays: what a CPU's folder has is in here, and calls
 * may fail.
 *
 * links: tenders/spt/island.c tenders/common/err.c
 * wraps: mmap mprotect
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tenders/spt/spt.h"

static char *const line[] = {"solo5-spt", "--mem=4", "image", NULL};
static struct island island;

/* Error numbers; 0: the call is made. */
static int fail_mmap, fail_mprotect;

void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
    errno = fail_mmap;
    return fail_mmap ? MAP_FAILED : __real_mmap(at, size, prot, flags, fd, offset);
}

int __real_mprotect(void *at, size_t size, int prot);
int __wrap_mprotect(void *at, size_t size, int prot);
int __wrap_mprotect(void *at, size_t size, int prot)
{
    errno = fail_mprotect;
    return fail_mprotect ? -1 : __real_mprotect(at, size, prot);
}

/*
 * What <cpu>/launch.S has
 */

void go_on_stack(struct island_scratch *arg, void *top, void (*f)(struct island_scratch *))
{
    (void)top;
    f(arg);
    abort();
}

void launch(uint64_t stack_top, uint64_t entry, uint64_t boot_info)
{
    (void)stack_top, (void)entry, (void)boot_info;
    abort();
}

uint64_t thread_pointer(void)
{
    return 0;
}

long raw_call(long nr, long a, long b, long c, long d)
{
    (void)nr, (void)a, (void)b, (void)c, (void)d;
    return -ENOSYS;
}

/*
 * Tests
 */

/* Asked of the kernel, which says EFAULT. */
static bool can_be_written(void *p)
{
    int fd[2];
    char was = *(char *)p;

    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], &was, 1), 1);
    ssize_t n = read(fd[0], p, 1);
    close(fd[0]);
    close(fd[1]);
    return n == 1;
}

static void sealed(void **state)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct err err;

    (void)state;
    island.fixed->pid = 7;
    assert_true(can_be_written((uint8_t *)island.scratch - island.before));
    fail_mprotect = ENOMEM;
    assert_fails(island_seal(&island, &err), err, "handler: Cannot allocate memory");
    fail_mprotect = 0;
    assert_works(island_seal(&island, &err), err);
    for (size_t i = 0; i < island.before; i += page)
        assert_false(can_be_written((uint8_t *)island.scratch - island.before + i));
    assert_false(can_be_written((uint8_t *)island.scratch - 1));
    assert_false(can_be_written(island.fixed));
    assert_int_equal(island.fixed->pid, 7);
    assert_true(can_be_written(island.scratch));
    assert_true(can_be_written((uint8_t *)island.scratch + island.stack_size - 1));
}

static void not_mapped(void **state)
{
    struct island is;
    struct err err;

    (void)state;
    fail_mmap = ENOMEM;
    assert_fails(island_open(&is, line, &err), err, "stack for signals: Cannot allocate memory");
    fail_mmap = 0;
}

static int setup(void **state)
{
    struct err err;

    (void)state;
    return island_open(&island, line, &err);
}

static int teardown(void **state)
{
    (void)state;
    return munmap((uint8_t *)island.scratch - island.before, island.before + island.stack_size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(sealed, setup, teardown),
            cmocka_unit_test(not_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
