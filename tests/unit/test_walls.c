/* SPDX-License-Identifier: ISC */
/*
 * Each wall, in a child that raises them and tries to get over one. No filter is in the way.
 *
 * links: tenders/common/walls.c tenders/common/err.c
 * wraps: setrlimit prctl syscall open
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "walls.h"

static struct walls walls;
static int kept, other; /* descriptors */

/* The call that fails, counted from 1, and how; 0: none. */
static unsigned failing, calls;
static int error;

static bool fails(void)
{
    errno = error;
    return ++calls == failing;
}

int __real_setrlimit(int what, const struct rlimit *limit);
int __wrap_setrlimit(int what, const struct rlimit *limit);
int __wrap_setrlimit(int what, const struct rlimit *limit)
{
    return fails() ? -1 : __real_setrlimit(what, limit);
}

int __real_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int __wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int __wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    return fails() ? -1 : __real_prctl(what, a, b, c, d);
}

long __real_syscall(long nr, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
    return nr != SYS_exit_group && fails() ? -1 : __real_syscall(nr, a, b, c, d, e, f);
}

/* What TRY returns behind the walls. 100: there is no such wall here. */
static int behind(enum wall wall, int (*try)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        int keep[] = {kept, 2, 1, 0};
        walls_raise(&walls, keep, N_OF(keep));
        syscall(SYS_exit_group, walls.error[wall] ? 100 : try());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int error_of(int result)
{
    return result < 0 ? errno : 0;
}

static int try_open(void)
{
    return error_of(open("/dev/null", O_RDONLY));
}

static int try_create(void)
{
    return error_of(open("/tmp/test_walls", O_WRONLY | O_CREAT, 0600));
}

static int try_connect(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(1)};

    return error_of(connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof to));
}

static int is_new(long version)
{
    return syscall(444, NULL, 0, 1) >= version;
}

static void opens_nothing(void **state)
{
    (void)state;
    int r = behind(WALL_LANDLOCK, try_open);
    if (r == 100)
        skip(); /* this kernel has no Landlock */
    assert_int_equal(r, EACCES);
    assert_int_equal(behind(WALL_LANDLOCK, try_create), EACCES);
    if (is_new(4))
        assert_int_equal(behind(WALL_LANDLOCK, try_connect), EACCES);
}

static int try_kept(void)
{
    return error_of(fcntl(kept, F_GETFD)) + error_of(fcntl(0, F_GETFD));
}

static int try_other(void)
{
    return error_of(fcntl(other, F_GETFD));
}

static void descriptors(void **state)
{
    (void)state;
    assert_int_equal(behind(WALL_DESCRIPTORS, try_kept), 0);
    int r = behind(WALL_DESCRIPTORS, try_other);
    if (r == 100)
        skip(); /* close_range(2) came with Linux 5.9 */
    assert_int_equal(r, EBADF);
}

static bool no_dev_null; /* as where there is none */

int __real_open(const char *path, int flags, int mode);
int __wrap_open(const char *path, int flags, int mode);
int __wrap_open(const char *path, int flags, int mode)
{
    if (no_dev_null && strcmp(path, "/dev/null") == 0) {
        errno = ENOENT;
        return -1;
    }
    return __real_open(path, flags, mode);
}

/* What the parent left there is a pipe. */
static int try_input(void)
{
    struct stat st;

    if (fstat(0, &st) != 0)
        return errno;
    return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ? 0 : 1;
}

static void input(void **state)
{
    int before = dup(0), ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], 0), 0);
    assert_int_equal(behind(WALL_CORE, try_input), 0);
    no_dev_null = true;
    assert_int_equal(behind(WALL_CORE, try_input), EBADF);
    no_dev_null = false;
    assert_int_equal(dup2(before, 0), 0);
    close(before), close(ends[0]), close(ends[1]);
}

static int try_core(void)
{
    struct rlimit now, more = {4096, 4096};

    if (getrlimit(RLIMIT_CORE, &now) != 0 || now.rlim_cur != 0)
        return 1;
    return error_of(setrlimit(RLIMIT_CORE, &more));
}

static void no_core(void **state)
{
    (void)state;
    /* Not even root can have it back. */
    assert_int_equal(behind(WALL_CORE, try_core), EPERM);
}

/* KEY of this thread's status, whose file was opened before. */
static unsigned long long status_of(const char *key)
{
    char text[8192];
    ssize_t n = pread(kept, text, sizeof text - 1, 0);
    unsigned long long value = 99;

    text[n > 0 ? n : 0] = 0;
    const char *at = strstr(text, key);
    if (at)
        sscanf(at + strlen(key), " %llx", &value);
    return value;
}

static int try_capabilities(void)
{
    static const char *const none[] = {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"};

    for (size_t i = 0; i < N_OF(none); i++)
        if (status_of(none[i]) != 0)
            return 1;
    return status_of("NoNewPrivs:") == 1 ? 0 : 2;
}

static int try_bounding(void)
{
    return status_of("CapBnd:") != 0;
}

/* The file that is read must be the child's: it opens it itself. */
static int in_child(enum wall wall, int (*try)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        kept = open("/proc/self/status", O_RDONLY);
        int keep[] = {0, 1, 2, kept};
        walls_raise(&walls, keep, N_OF(keep));
        syscall(SYS_exit_group, walls.error[wall] ? 100 : try());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void no_capabilities(void **state)
{
    (void)state;
    assert_int_equal(in_child(WALL_CAPABILITIES, try_capabilities), 0);
}

static void no_bounding_set(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    int r = in_child(WALL_BOUNDING, try_bounding);
    if (r == 100)
        skip(); /* root without CAP_SETPCAP: in a container */
    assert_int_equal(r, 0);
}

/* A child's walls, all of whose calls but one are as always: a bit for each that is missing. */
static unsigned missing(unsigned k, bool *last)
{
    int status, p[2];
    pid_t pid;

    assert_int_equal(pipe(p), 0);
    assert_true((pid = fork()) >= 0);
    if (pid == 0) {
        int keep[] = {0, 1, 2, p[1]};
        unsigned bits = 0;
        calls = 0;
        failing = k;
        walls_raise(&walls, keep, N_OF(keep));
        for (unsigned i = 0; i < WALLS; i++)
            bits |= (unsigned)(walls.error[i] != 0) << i;
        const char over = calls < k;
        ssize_t n = write(p[1], &over, 1);
        syscall(SYS_exit_group, n == 1 ? bits : 255);
    }
    char over = 0;
    assert_int_equal(read(p[0], &over, 1), 1);
    *last = over;
    close(p[0]);
    close(p[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 1 << WALLS);
    return (unsigned)WEXITSTATUS(status);
}

/* Whichever call fails, its wall is reported as missing, and the others are there. */
static void each_call_fails(void **state)
{
    static const int errors[] = {EPERM, ENOSYS, EINVAL, ENOMEM};
    bool last;

    (void)state;
    for (size_t i = 0; i < N_OF(errors); i++) {
        error = errors[i];
        unsigned before = missing(0, &last), seen = before;
        unsigned none = 0;
        for (unsigned k = 1;; k++) {
            unsigned now = missing(k, &last);
            if (last)
                break;
            unsigned more = now & ~before;
            /* Landlock wants the other one. */
            if (more & 1U << WALL_PRIVILEGES)
                more &= ~(1U << WALL_LANDLOCK);
            none += now == before;
            if ((now & before) != before || (more & (more - 1)) != 0)
                fail_msg("call %u, error %d: missing are 0x%x, not 0x%x", k, error, now, before);
            seen |= now;
        }
        assert_int_equal(seen, (1 << WALLS) - 1);
        /* It fails anyway to drop the capability behind the last one, and to ask for it. */
        if (before == 0)
            assert_true(none <= 2);
    }
}

static void report(const struct walls *w, char text[1024])
{
    FILE *out = fmemopen(text, 1024, "w");

    walls_report(out, "x", w);
    fclose(out);
}

static void reported(void **state)
{
    char text[1024];
    struct walls w = {.error = {0}};

    (void)state;
    report(&w, text);
    assert_string_equal(text, "x: walls: no core file, no other descriptor, no new privileges, "
                              "no capability, none in the bounding set, Landlock\n");
    w.error[WALL_LANDLOCK] = ENOSYS;
    report(&w, text);
    assert_non_null(strstr(text, "none in the bounding set\n"));
    assert_non_null(strstr(text, "x: note: a wall is missing: Landlock: Function not"));
    for (size_t i = 0; i < WALLS; i++)
        w.error[i] = EPERM;
    report(&w, text);
    assert_non_null(strstr(text, "x: walls: none\n"));
}

static int setup(void **state)
{
    (void)state;
    kept = open("/dev/null", O_RDONLY);
    other = fcntl(kept, F_DUPFD, 700);
    return kept < 0 || other < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(opens_nothing),
            cmocka_unit_test(descriptors),
            cmocka_unit_test(input),
            cmocka_unit_test(no_core),
            cmocka_unit_test(no_capabilities),
            cmocka_unit_test(no_bounding_set),
            cmocka_unit_test(each_call_fails),
            cmocka_unit_test(reported),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
