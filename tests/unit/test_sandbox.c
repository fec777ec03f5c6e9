/* SPDX-License-Identifier: ISC */
/*
 * The block devices' part of the filter, run in an interpreter of classic BPF and compared with
 * what it is meant to say, at every boundary; then the real thing in a child.
 *
 * links: tenders/common/sandbox.c tenders/common/filter.c tenders/common/image.c
 * links: tenders/common/err.c
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"
#include "filter.h"

/* What the filter is meant to say. */
static uint32_t oracle(const struct sandbox_block *b, size_t n, const struct seccomp_data *d)
{
    uint64_t fd = d->args[0], len = d->args[2], offset = d->args[3];

    for (size_t i = 0; i < n; i++) {
        if (fd != (uint64_t)b[i].fd)
            continue;
        if (len < 1 || len > b[i].cap || len % b[i].unit != 0 || offset > b[i].capacity ||
                len > b[i].capacity - offset)
            return SECCOMP_RET_KILL_PROCESS;
        return b[i].read_only && d->nr == __NR_pwrite64 ? SECCOMP_RET_ERRNO | EBADF
                                                        : SECCOMP_RET_ALLOW;
    }
    return SECCOMP_RET_KILL_PROCESS;
}

static struct sock_filter prog[BPF_MAXINSNS];

/* The program for N devices and both calls. */
static size_t compile(const struct sandbox_block *b, size_t n, size_t max)
{
    static struct sandbox sb;

    sb.n_rows = 0;
    sandbox_allow(&sb, __NR_write, "write", "console", 1, 0U, (uint64_t)1);
    sandbox_allow(&sb, __NR_pread64, "pread64", "test", 0);
    sandbox_allow(&sb, __NR_pwrite64, "pwrite64", "test", 0);
    return filter_compile(&sb, b, n, prog, max);
}

static struct seccomp_data call(int nr, uint64_t fd, uint64_t len, uint64_t offset)
{
    return (struct seccomp_data){.nr = nr,
            .arch = seccomp_arch_native(),
            .args = {fd, 0x1234, len, offset}};
}

/* Values around V, and with the upper half changed. */
static size_t around(uint64_t v, uint64_t *out)
{
    static const int64_t step[] = {-513, -512, -1, 0, 1, 511, 512, 513};
    size_t n = 0;

    for (size_t i = 0; i < N_OF(step); i++) {
        out[n++] = v + (uint64_t)step[i];
        out[n++] = (v + (uint64_t)step[i]) ^ (1ULL << 32);
        out[n++] = (v + (uint64_t)step[i]) ^ (1ULL << 63);
    }
    return n;
}

static void compare_all(const struct sandbox_block *b, size_t nb)
{
    size_t n = compile(b, nb, N_OF(prog));
    uint64_t lens[512], offsets[512], fds[64];
    size_t nl = 0, no = 0, nf = 0;
    unsigned long allowed = 0, killed = 0;

    assert_true(n > 0 && n <= BPF_MAXINSNS);
    for (size_t i = 0; i < nb; i++) {
        fds[nf++] = (uint64_t)b[i].fd;
        fds[nf++] = (uint64_t)b[i].fd | 1ULL << 32;
        fds[nf++] = (uint64_t)b[i].fd + 100;
        no += around(b[i].capacity, offsets + no);
        no += around(b[i].capacity - b[i].unit, offsets + no);
        no += around(b[i].capacity - b[i].cap, offsets + no);
        no += around((b[i].capacity >> 32) << 32, offsets + no);
        nl += around(b[i].unit, lens + nl);
        nl += around(b[i].cap, lens + nl);
    }
    no += around(0, offsets + no);
    no += around(UINT32_MAX, offsets + no);
    no += around(UINT64_MAX - UINT32_MAX, offsets + no);
    nl += around(0, lens + nl);
    nl += around(UINT32_MAX, lens + nl);

    for (size_t f = 0; f < nf; f++)
        for (size_t l = 0; l < nl; l++)
            for (size_t o = 0; o < no; o++) {
                int nr = (f + l + o) & 1 ? __NR_pread64 : __NR_pwrite64;
                struct seccomp_data d = call(nr, fds[f], lens[l], offsets[o]);
                uint32_t want = oracle(b, nb, &d);
                uint32_t got = bpf_run(prog, n, &d);
                if (got != want)
                    fail_msg("fd %llx len %llx offset %llx: %x, capacity %llx",
                            (unsigned long long)fds[f], (unsigned long long)lens[l],
                            (unsigned long long)offsets[o], got,
                            (unsigned long long)b[0].capacity);
                want == SECCOMP_RET_KILL_PROCESS ? killed++ : allowed++;
            }
    assert_true(allowed > 0 && killed > 0);
}

static void block_boundaries(void **state)
{
    static const uint64_t capacities[] = {512, 1024, 4096, 1U << 20, (1U << 20) + 512,
            0xfffffe00, 0x100000000, 0x100000200, 0x1fffffe00, 0x7fffffff00000000,
            0x7ffffffffffffe00};
    static const uint32_t units[] = {1, 512, 4096, 32768};

    (void)state;
    for (size_t c = 0; c < N_OF(capacities); c++)
        for (size_t u = 0; u < N_OF(units); u++) {
            struct sandbox_block b = {.fd = 5,
                    .unit = units[u],
                    .cap = SANDBOX_BLOCK_CAP,
                    .capacity = capacities[c]};
            if (capacities[c] < units[u])
                continue;
            compare_all(&b, 1);
            b.read_only = true;
            compare_all(&b, 1);
            b.cap = UINT32_MAX;
            compare_all(&b, 1);
        }
}

static void several_devices(void **state)
{
    struct sandbox_block b[] = {
            {.fd = 4, .unit = 512, .cap = SANDBOX_BLOCK_CAP, .capacity = 1 << 16},
            {.fd = 7,
                    .read_only = true,
                    .unit = 4096,
                    .cap = SANDBOX_BLOCK_CAP,
                    .capacity = 0x200000000},
            {.fd = 70000, .unit = 512, .cap = SANDBOX_BLOCK_CAP, .capacity = 512},
    };

    (void)state;
    compare_all(b, N_OF(b));
}

static void sixty_three_devices(void **state)
{
    struct sandbox_block b[63];

    (void)state;
    for (size_t i = 0; i < N_OF(b); i++)
        b[i] = (struct sandbox_block){.fd = (int)(10 + i),
                .read_only = true,
                .unit = 512,
                .cap = SANDBOX_BLOCK_CAP,
                .capacity = 512 * (i + 1)};
    size_t n = compile(b, N_OF(b), N_OF(prog));
    assert_true(n > 0 && n <= BPF_MAXINSNS);
    for (size_t i = 0; i < N_OF(b); i++) {
        struct seccomp_data d = call(__NR_pread64, 10 + i, 512, 512 * i);
        assert_int_equal(bpf_run(prog, n, &d), SECCOMP_RET_ALLOW);
        d.args[3] += 512;
        assert_int_equal(bpf_run(prog, n, &d), SECCOMP_RET_KILL_PROCESS);
    }
    for (size_t max = 0; max < n; max++)
        assert_int_equal(compile(b, N_OF(b), max), 0);
    assert_int_equal(compile(b, N_OF(b), n), n);
}

static void other_calls(void **state)
{
    struct sandbox_block b = {.fd = 5, .unit = 512, .cap = 512, .capacity = 512};
    size_t n = compile(&b, 1, N_OF(prog));
    struct seccomp_data d = call(__NR_write, 1, 9999, 0);

    (void)state;
    assert_int_equal(bpf_run(prog, n, &d), SECCOMP_RET_ALLOW);
    d.arch ^= 1;
    assert_int_equal(bpf_run(prog, n, &d), SECCOMP_RET_KILL_PROCESS);
    /* No device at all: the two calls are closed. */
    n = compile(NULL, 0, N_OF(prog));
    d = call(__NR_pwrite64, 5, 512, 0);
    assert_int_equal(bpf_run(prog, n, &d), SECCOMP_RET_KILL_PROCESS);
}

static int install(const struct sandbox *sb, const struct sandbox_block *blocks, size_t n)
{
    struct sandbox_filter f;
    struct err err;

    return sandbox_make(sb, blocks, n, prog, &f, &err) == 0 ? sandbox_start(&f, &err) : -1;
}

/*
 * One write to a disk under the real filter, by a child: the signal that it dies of, or
 * the error that it gets.
 */
static int real_write(bool read_only, uint64_t len, uint64_t offset)
{
    static uint8_t buf[2048];
    static struct sandbox sb;
    int status, fd = memfd_create("disk", 0);

    assert_true(fd >= 0 && ftruncate(fd, 4096) == 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct sandbox_block b = {.fd = fd,
                .read_only = read_only,
                .unit = 512,
                .cap = 1024,
                .capacity = 4096};

        sandbox_allow(&sb, __NR_exit_group, "exit_group", "end", 0);
        sandbox_allow(&sb, __NR_pwrite64, "pwrite64", "test", 0);
        if (install(&sb, &b, 1) != 0)
            syscall(SYS_exit_group, 77);
        long n = syscall(SYS_pwrite64, fd, buf, len, offset);
        syscall(SYS_exit_group, n < 0 ? errno : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    off_t end = lseek(fd, 0, SEEK_END);
    assert_int_equal(end, 4096);
    close(fd);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void installed(void **state)
{
    (void)state;
    assert_int_equal(real_write(false, 512, 0), 0);
    assert_int_equal(real_write(false, 1024, 3072), 0);
    assert_int_equal(real_write(false, 512, 3585), SIGSYS);
    assert_int_equal(real_write(false, 513, 0), SIGSYS);
    assert_int_equal(real_write(false, 1536, 0), SIGSYS);
    assert_int_equal(real_write(false, 512, 4096), SIGSYS);
    assert_int_equal(real_write(false, 512, UINT64_MAX - 511), SIGSYS);
    assert_int_equal(real_write(true, 512, 0), EBADF);
    assert_int_equal(real_write(true, 512, 4096), SIGSYS);
}

/* With it, the kernel makes all that can be read executable as well. */
static void refused_personality(void **state)
{
    struct err err;
    int before = personality(0xffffffff);

    (void)state;
    assert_true(before >= 0);
    personality((unsigned long)before & ~(unsigned long)(READ_IMPLIES_EXEC | MMAP_PAGE_ZERO));
    assert_works(sandbox_check_personality(&err), err);
    personality((unsigned long)before | READ_IMPLIES_EXEC);
    assert_fails(sandbox_check_personality(&err), err, "READ_IMPLIES_EXEC");
    personality((unsigned long)before | MMAP_PAGE_ZERO);
    assert_fails(sandbox_check_personality(&err), err, "MMAP_PAGE_ZERO");
    personality((unsigned long)before);
}

/* What a child is told of a flush: of a disk, of what can't be flushed at all. */
static int real_flush(bool answered, int error)
{
    static struct sandbox sb;
    int status, pipes[2];

    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        uint64_t fd = (uint64_t)pipes[0];

        sandbox_allow(&sb, __NR_exit_group, "exit_group", "end", 0);
        if (answered)
            sandbox_answer(&sb, __NR_fdatasync, "fdatasync", "test", error, 1, 0U, fd);
        else
            sandbox_allow(&sb, __NR_fdatasync, "fdatasync", "test", 1, 0U, fd);
        if (install(&sb, NULL, 0) != 0)
            syscall(SYS_exit_group, 77);
        long n = syscall(SYS_fdatasync, fd);
        syscall(SYS_exit_group, n < 0 ? errno : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(pipes[0]), close(pipes[1]);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void answers(void **state)
{
    (void)state;
    assert_int_equal(real_flush(false, 0), EINVAL);
    assert_int_equal(real_flush(true, 0), 0);
    assert_int_equal(real_flush(true, EPERM), EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(block_boundaries),
            cmocka_unit_test(several_devices),
            cmocka_unit_test(sixty_three_devices),
            cmocka_unit_test(other_calls),
            cmocka_unit_test(installed),
            cmocka_unit_test(answers),
            cmocka_unit_test(refused_personality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
