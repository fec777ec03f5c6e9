/* SPDX-License-Identifier: ISC */
/*
 * The island of solo5-spt, in a process that stays: what a CPU's folder has is in here, and calls
 * may fail.
 *
 * links: tenders/spt/island.c tenders/common/err.c
 * wraps: mmap mprotect prctl syscall
 */
#include "unit.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
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
 * An address space: pieces that this process does not have. What is not in one of them is empty.
 */
#define MAX_PAGES 64

static struct piece {
    uint64_t start; /* 0: the end of the list */
    unsigned pages;
    enum { PLAIN, SEALED, WHOLE_ONLY } kind; /* WHOLE_ONLY: can't be split */
    uint64_t there;                          /* a bit for each page */
} pieces[8];

static uint64_t page, top; /* top: the end of addresses */
static bool refuse_all;
static unsigned calls; /* of munmap(2) */
static uint64_t lowest; /* that was unmapped */
static int fail_seccomp, fail_rseq, fail_prctl;
static char said[512];
static size_t used;
static bool filtered, unmapped_late;

static void put_piece(uint64_t start, unsigned n, int kind)
{
    struct piece *p = pieces;

    while (p->start)
        p++;
    *p = (struct piece){start, n, kind, n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1};
}

/* Of its pages those from START to END. */
static uint64_t overlap(const struct piece *p, uint64_t start, uint64_t end)
{
    uint64_t pages = 0;

    for (unsigned i = 0; i < p->pages; i++)
        if (p->start + i * page >= start && p->start + i * page < end)
            pages |= UINT64_C(1) << i;
    return pages & p->there;
}

/* munmap(2): all of it or nothing. */
static long unmap(uint64_t start, uint64_t size)
{
    calls++;
    if (start < lowest)
        lowest = start;
    unmapped_late = unmapped_late || filtered;
    if (refuse_all)
        return -EPERM;
    if (size == 0 || start % page || size % page || start > top || size > top - start)
        return -EINVAL;
    for (const struct piece *p = pieces; p->start; p++)
        if (p->kind == SEALED && overlap(p, start, start + size))
            return -EPERM;
    for (const struct piece *p = pieces; p->start; p++) {
        uint64_t pages = overlap(p, start, start + size);
        if (p->kind == WHOLE_ONLY && pages && pages != p->there)
            return -EINVAL;
    }
    for (struct piece *p = pieces; p->start; p++)
        p->there &= ~overlap(p, start, start + size);
    return 0;
}

/* Calls of the C library */
int __wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int __wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    (void)what, (void)a, (void)b, (void)c, (void)d;
    errno = fail_prctl;
    return fail_prctl ? -1 : 0;
}

long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
    (void)nr, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
    errno = fail_rseq;
    return fail_rseq ? -1 : 0;
}

/*
 * What <cpu>/launch.S has
 */

static jmp_buf out;
enum { LAUNCHED = 1, EXITED };
static uint64_t launched[3], exited;

void go_on_stack(struct island_scratch *arg, void *stack_top, void (*f)(struct island_scratch *))
{
    assert_ptr_equal(stack_top, (uint8_t *)arg + island.stack_size);
    f(arg);
    abort();
}

void launch(uint64_t stack_top, uint64_t entry, uint64_t boot_info, void *stack, void *stack_end)
{
    assert_ptr_equal(stack_end, (uint8_t *)island.scratch + island.stack_size);
    assert_ptr_equal((uint8_t *)stack + 4096, stack_end);
    launched[0] = stack_top;
    launched[1] = entry;
    launched[2] = boot_info;
    longjmp(out, LAUNCHED);
}

uint64_t thread_pointer(void)
{
    return 0;
}

static void say(const char *text, size_t size)
{
    assert_true(size < sizeof said - used);
    memcpy(said + used, text, size);
    used += size;
    said[used] = 0;
}

long raw_call(long nr, long a, long b, long c, long d)
{
    (void)d;
    switch (nr) {
    case SYS_munmap:
        return unmap((uint64_t)a, (uint64_t)b);
    case SYS_seccomp:
        filtered = true;
        assert_int_equal(a, SECCOMP_SET_MODE_FILTER);
        return -fail_seccomp;
    case SYS_write:
        assert_int_equal(a, STDERR_FILENO);
        say((const char *)b, (size_t)c);
        return c;
    case SYS_exit_group:
        exited = (uint64_t)a;
        longjmp(out, EXITED);
    default:
        abort();
    }
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

/*
 * Leaving
 */

#define LOW UINT64_C(0x30000000)   /* below this program, at most places for one */
#define HIGH UINT64_C(0x7ffff0000000) /* above all else */
#define VDSO (HIGH + 0x1000000)
#define DISKS (HIGH + 0x2000000) /* their files, to be read */

/* How it ends; a guest with 16 MiB, a clock and a disk. */
static int leave(bool verbose)
{
    const struct guest_mem mem = {
            .host = (uint8_t *)0x10000, .end = 16 << 20, .size = 16 << 20, .page = page};
    const struct vdso vdso = {.n = 1, .piece = {{VDSO, VDSO + 4 * page}}};
    const struct guest_mem_range maps = {DISKS, DISKS + 2 * page};
    int how;

    island.scratch->filter = (struct sandbox_filter){.call = SYS_seccomp,
            .operation = SECCOMP_SET_MODE_FILTER,
            .program = {.len = 3, .filter = island.scratch->code}};
    memset(island.scratch->code, 0xff, 3 * sizeof island.scratch->code[0]);
    calls = 0;
    lowest = UINT64_MAX;
    filtered = unmapped_late = false;
    used = 0;
    said[0] = 0;
    if ((how = setjmp(out)) == 0)
        island_leave(&island, &mem, &vdso, &maps, 0x100040, 0x11000, verbose);
    assert_false(unmapped_late);
    return how;
}

static void expect_launch(bool verbose)
{
    static const uint8_t zeros[sizeof *island.scratch];

    assert_int_equal(leave(verbose), LAUNCHED);
    assert_true(filtered);
    assert_int_equal(launched[0], 16 << 20);
    assert_int_equal(launched[1], 0x100040);
    assert_int_equal(launched[2], 0x11000);
    assert_memory_equal(island.scratch, zeros, sizeof zeros);
}

static void all_goes(void **state)
{
    (void)state;
    put_piece(LOW, 64, PLAIN);
    put_piece(HIGH, 64, PLAIN);
    put_piece(VDSO, 4, PLAIN); /* what is to stay */
    put_piece(VDSO + 4 * page, 8, WHOLE_ONLY);
    put_piece(0x10000, 64, PLAIN); /* the guest's */
    put_piece((16 << 20) - page, 2, PLAIN);
    put_piece(DISKS - page, 4, PLAIN);
    expect_launch(true);
    assert_string_equal(said, "");
    assert_int_equal(pieces[0].there, 0);
    assert_int_equal(pieces[1].there, 0);
    assert_int_equal(pieces[2].there, 0xf);
    assert_int_equal(pieces[3].there, 0);
    assert_int_equal(pieces[4].there, UINT64_MAX);
    assert_int_equal(pieces[5].there, 1);
    assert_int_equal(pieces[6].there, 6);
    /* Page 0, too, where someone has let it be mapped. */
    assert_int_equal(lowest, 0);
    /* One for each gap, but the last, whose end is looked for. */
    assert_true(calls < 16);
}

/* However many bits addresses have. */
static void tops(void **state)
{
    static const uint64_t ends[] = {(UINT64_C(1) << 56) - 4096, UINT64_C(1) << 52,
            UINT64_C(1) << 48, UINT64_C(1) << 47, (UINT64_C(1) << 47) - 4096};

    (void)state;
    for (size_t i = 0; i < N_OF(ends); i++) {
        memset(pieces, 0, sizeof pieces);
        top = ends[i];
        put_piece(top - 64 * page, 64, PLAIN);
        expect_launch(true);
        assert_string_equal(said, "");
        assert_int_equal(pieces[0].there, 0);
    }
}

static const char note[] = "solo5-spt: note: a wall is missing: memory besides the guest's stays: "
                           "munmap(2) is refused\n";

/* What can't go stays, but nothing beside it does, split or not. */
static void sealed_pieces(void **state)
{
    (void)state;
    put_piece(LOW, 30, PLAIN);
    put_piece(LOW + 30 * page, 3, SEALED);
    put_piece(LOW + 33 * page, 5, WHOLE_ONLY);
    put_piece(LOW + 38 * page, 64, PLAIN);
    put_piece(HIGH, 1, SEALED);
    put_piece(HIGH + page, 1, PLAIN);
    put_piece(VDSO + 64 * page, 64, WHOLE_ONLY);
    expect_launch(true);
    assert_string_equal(said, note);
    assert_int_equal(pieces[0].there, 0);
    assert_int_equal(pieces[1].there, 7);
    assert_int_equal(pieces[2].there, 0);
    assert_int_equal(pieces[3].there, 0);
    assert_int_equal(pieces[4].there, 1);
    assert_int_equal(pieces[5].there, 0);
    assert_int_equal(pieces[6].there, 0);
    assert_true(calls < 1000);
}

static void nothing_goes(void **state)
{
    (void)state;
    refuse_all = true;
    expect_launch(true);
    assert_string_equal(said, note);
    assert_true(calls > 1000 && calls < 100000);
    expect_launch(false);
    assert_string_equal(said, "");
    refuse_all = false;
    /* The top is not among those that are looked for. */
    top = 0;
    expect_launch(true);
    assert_string_equal(said, note);
}

/* The kernel would write to memory that is gone: it stays. */
static void rseq_stays(void **state)
{
    (void)state;
    fail_rseq = EINVAL;
    put_piece(LOW, 4, PLAIN);
    expect_launch(true);
    assert_int_equal(calls, 0);
    assert_int_equal(pieces[0].there, 0xf);
    assert_string_equal(said, "solo5-spt: note: a wall is missing: memory besides the guest's "
                              "stays: rseq(2) is refused\n");
}

/* Only ps(1) misses it. */
static void line_stays(void **state)
{
    (void)state;
    fail_prctl = EINVAL;
    put_piece(LOW, 4, PLAIN);
    expect_launch(true);
    assert_string_equal(said, "");
    assert_int_equal(pieces[0].there, 0);
}

static void no_filter(void **state)
{
    (void)state;
    fail_seccomp = EINVAL;
    exited = 0;
    assert_int_equal(leave(true), EXITED);
    assert_int_equal(exited, 1);
    assert_string_equal(said, "solo5-spt: could not install a seccomp filter\n");
}

static int setup(void **state)
{
    struct err err;

    (void)state;
    page = (uint64_t)sysconf(_SC_PAGESIZE);
    top = (UINT64_C(1) << 47) - 4096;
    fail_rseq = fail_prctl = fail_seccomp = 0;
    memset(pieces, 0, sizeof pieces);
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
            cmocka_unit_test_setup_teardown(all_goes, setup, teardown),
            cmocka_unit_test_setup_teardown(tops, setup, teardown),
            cmocka_unit_test_setup_teardown(sealed_pieces, setup, teardown),
            cmocka_unit_test_setup_teardown(nothing_goes, setup, teardown),
            cmocka_unit_test_setup_teardown(rseq_stays, setup, teardown),
            cmocka_unit_test_setup_teardown(line_stays, setup, teardown),
            cmocka_unit_test_setup_teardown(no_filter, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
