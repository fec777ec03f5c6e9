/* SPDX-License-Identifier: ISC */
/*
 * faults.h: a whole tender, from the first line of its main() on, whose K-th call of the host
 * fails: for every K there is, and for each way to fail. A child runs it; what became of that is
 * in memory that both share.
 *
 * The program's " * wraps: CALL..." line has the linker lead calls here. What the C library calls
 * itself is not led here.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_elf.h"
#include "solo5.h"

/* In place of an error number: a call moves half of the bytes. */
#define SHORT (-1)

enum { NET_FD = 100, DISK_FD, IMAGE_FD };
#define DISK_SIZE 16384

struct faults {
    unsigned k;       /* this call fails, counted from 1; 0: none */
    int error;        /* so */
    bool for_ever;    /* and each later one of the same name */
    unsigned calls;   /* there were so many */
    char name[32];    /* of the one that failed */
    bool running;     /* the guest runs */
    bool failed_running; /* and did so when that call failed */
    /* What the guest was told; -1: nothing. */
    int wrote, flushed, sent, received, received_size;
};

static struct faults *faults; /* shared */
static bool armed;

static bool hits(const char *name)
{
    if (!armed)
        return false;
    if (++faults->calls == faults->k) {
        snprintf(faults->name, sizeof faults->name, "%s", name);
        faults->failed_running = faults->running;
        return true;
    }
    return faults->for_ever && faults->calls > faults->k && strcmp(faults->name, name) == 0;
}

/* True: it fails, errno says why. */
static inline bool fault(const char *name)
{
    if (!hits(name) || faults->error == SHORT)
        return false;
    errno = faults->error;
    return true;
}

/* The same for calls that move SIZE bytes: how many they shall move. */
static inline bool fault_io(const char *name, size_t *size)
{
    if (!hits(name))
        return false;
    if (faults->error == SHORT) {
        *size /= 2;
        return false;
    }
    errno = faults->error;
    return true;
}

/* In the order of the first line of "wraps:", which both programs have. */
#define WRAP(type, name, params, args, failure)                                     \
    type __real_##name params;                                                      \
    type __wrap_##name params;                                                      \
    type __wrap_##name params                                                       \
    {                                                                               \
        return fault(#name) ? (failure) : __real_##name args;                       \
    }

#define WRAP_IO(name, params, args)                                                 \
    ssize_t __real_##name params;                                                   \
    ssize_t __wrap_##name params;                                                   \
    ssize_t __wrap_##name params                                                    \
    {                                                                               \
        return fault_io(#name, &size) ? -1 : __real_##name args;                    \
    }

WRAP(int, open, (const char *path, int flags, int mode), (path, flags, mode), -1)
WRAP(int, fcntl, (int fd, int what, void *arg), (fd, what, arg), -1)
WRAP(int, ioctl, (int fd, unsigned long what, void *arg), (fd, what, arg), -1)
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), -1)
WRAP(int, fstatfs, (int fd, struct statfs *fs), (fd, fs), -1)
WRAP(off_t, lseek, (int fd, off_t to, int whence), (fd, to, whence), -1)
WRAP(int, fdatasync, (int fd), (fd), -1)
WRAP(int, getsockopt, (int fd, int level, int what, void *value, socklen_t *size),
        (fd, level, what, value, size), -1)
WRAP(int, socketpair, (int domain, int type, int protocol, int *fd),
        (domain, type, protocol, fd), -1)
WRAP(int, epoll_create1, (int flags), (flags), -1)
WRAP(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *ev),
        (epoll, what, fd, ev), -1)
WRAP(int, epoll_pwait, (int epoll, struct epoll_event *ev, int n, int ms, const sigset_t *mask),
        (epoll, ev, n, ms, mask), -1)
WRAP(int, timerfd_create, (int clock, int flags), (clock, flags), -1)
WRAP(int, timerfd_settime, (int fd, int flags, const struct itimerspec *t, struct itimerspec *old),
        (fd, flags, t, old), -1)
WRAP(int, ppoll, (struct pollfd *fds, nfds_t n, const struct timespec *t, const sigset_t *mask),
        (fds, n, t, mask), -1)
WRAP(void *, mmap, (void *at, size_t size, int prot, int flags, int fd, off_t offset),
        (at, size, prot, flags, fd, offset), MAP_FAILED)
WRAP(int, mprotect, (void *at, size_t size, int prot), (at, size, prot), -1)
WRAP(int, madvise, (void *at, size_t size, int advice), (at, size, advice), -1)
WRAP(void *, malloc, (size_t size), (size), NULL)
WRAP(void *, calloc, (size_t n, size_t size), (n, size), NULL)
WRAP(void *, realloc, (void *p, size_t size), (p, size), NULL)
WRAP(int, prctl, (int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d),
        (what, a, b, c, d), -1)
WRAP(int, personality, (unsigned long which), (which), -1)
WRAP(int, sigaction, (int sig, const struct sigaction *sa, struct sigaction *old), (sig, sa, old),
        -1)
WRAP(int, sigaltstack, (const stack_t *ss, stack_t *old), (ss, old), -1)
WRAP(int, close, (int fd), (fd), (__real_close(fd), -1))
WRAP_IO(read, (int fd, void *p, size_t size), (fd, p, size))
WRAP_IO(write, (int fd, const void *p, size_t size), (fd, p, size))
WRAP_IO(pread, (int fd, void *p, size_t size, off_t at), (fd, p, size, at))
WRAP_IO(pwrite, (int fd, const void *p, size_t size, off_t at), (fd, p, size, at))
WRAP_IO(recv, (int fd, void *p, size_t size, int flags), (fd, p, size, flags))
WRAP_IO(getrandom, (void *p, size_t size, unsigned flags), (p, size, flags))

/* Frames go so; other calls of the kernel are for the fakes and for sandbox.c alone. */
long __real_syscall(long nr, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
    size_t size = (size_t)c;

    if (nr != SYS_read && nr != SYS_write)
        return fault("syscall") ? -1 : __real_syscall(nr, a, b, c, d, e, f);
    if (fault_io(nr == SYS_read ? "read" : "write", &size))
        return -1;
    return __real_syscall(nr, a, b, (long)size, d, e, f);
}

/* The sanitizer's way to prepare for an end asks for the signal stack, which the filter forbids. */
void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}

/* Without what a sanitizer has to say at the end, which the filter forbids. */
static void end(int status)
{
    armed = false;
    for (;;)
        __real_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

void __wrap_exit(int status);
void __wrap_exit(int status)
{
    end(status);
}

void __wrap__exit(int status);
void __wrap__exit(int status)
{
    end(status);
}

/*
 * The parent's side
 */

static int host_net, out_fd, err_fd;
static struct fake_elf image;

static const char *const fault_argv[] = {"tender", "--mem=4", "--net=@100", "--block=@101",
        "/proc/self/fd/102", "one", NULL};

static int faults_setup(void **state)
{
    int net[2];

    (void)state;
    faults = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    out_fd = memfd_create("stdout", MFD_CLOEXEC);
    err_fd = memfd_create("stderr", MFD_CLOEXEC);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, net), 0);
    host_net = net[0];
    assert_int_equal(dup2(net[1], NET_FD), NET_FD);
    int disk = memfd_create("disk", 0), file = fake_open(&image, FAKE_SIZE);
    assert_int_equal(dup2(disk, DISK_FD), DISK_FD);
    assert_int_equal(ftruncate(DISK_FD, DISK_SIZE), 0);
    assert_int_equal(dup2(file, IMAGE_FD), IMAGE_FD);
    return 0;
}

static void empty_network(void)
{
    char frame[2048];

    while (recv(host_net, frame, sizeof frame, MSG_DONTWAIT) >= 0)
        continue;
    while (recv(NET_FD, frame, sizeof frame, MSG_DONTWAIT) >= 0)
        continue;
}

#define FRAME_SIZE 100

/* Run RUN, a tender's main(), in a child, and return its exit status, 1000 + a signal. */
static int run_with(struct faults f, int (*run)(int argc, char **argv))
{
    static const char zeros[DISK_SIZE];
    char frame[FRAME_SIZE];
    int status;

    *faults = f;
    faults->wrote = faults->flushed = faults->sent = faults->received = -1;
    memset(frame, 'F', sizeof frame);
    empty_network();
    assert_int_equal(send(host_net, frame, sizeof frame, 0), sizeof frame);
    assert_int_equal(__real_pwrite(DISK_FD, zeros, DISK_SIZE, 0), DISK_SIZE);
    assert_int_equal(ftruncate(out_fd, 0) | ftruncate(err_fd, 0), 0);
    lseek(out_fd, 0, SEEK_SET);
    lseek(err_fd, 0, SEEK_SET);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(out_fd, 1);
        dup2(err_fd, 2);
        alarm(20);
        armed = true;
        end(run((int)N_OF(fault_argv) - 1, (char **)(uintptr_t)fault_argv));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static const char *why(void)
{
    static char text[160];

    snprintf(text, sizeof text, "call %u, %s%s, with error %d (%s): ", faults->k, faults->name,
            faults->for_ever ? " and later ones" : "", faults->error,
            faults->error == SHORT ? "half of it" : strerror(faults->error));
    return text;
}

static size_t text_of(int fd, char *text, size_t size)
{
    ssize_t n = __real_pread(fd, text, size - 1, 0);

    assert_true(n >= 0);
    text[n] = 0;
    return (size_t)n;
}

/* It ended with STATUS as a tender may: as its guest did, 7, or with a sentence. */
static void check_end(int status, const char *program)
{
    char said[4096], printed[4096];
    size_t n = text_of(err_fd, said, sizeof said);

    text_of(out_fd, printed, sizeof printed);
    if (status == 7) {
        if (n != 0)
            fail_msg("%sstderr has: %s", why(), said);
        return;
    }
    if (status != 1)
        fail_msg("%sstatus %d, stderr: %s", why(), status, said);
    if (n == 0 || strchr(said, '\n') != said + n - 1 ||
            strncmp(said, program, strlen(program)) != 0)
        fail_msg("%snot one sentence: %s", why(), said);
    if (!faults->failed_running && *printed)
        fail_msg("%sstdout has: %s", why(), printed);
}

typedef void (*checker)(int status);

/* All calls, one after the other. */
static void fail_each(int (*run)(int, char **), checker check, int error, bool for_ever)
{
    for (unsigned k = 1;; k++) {
        int status = run_with((struct faults){.k = k, .error = error, .for_ever = for_ever}, run);
        if (faults->calls < k)
            return;
        check(status);
    }
}

static const int fault_errors[] = {EIO, ENOSPC, ENOMEM, EBADF, EPERM, EAGAIN, EINTR, SHORT};

/* With EINTR or half of the bytes for ever, callers may go on for ever; and with EAGAIN wait. */
static void fail_all(int (*run)(int, char **), checker check)
{
    for (size_t i = 0; i < N_OF(fault_errors); i++) {
        int error = fault_errors[i];
        fail_each(run, check, error, false);
        if (error != EINTR && error != SHORT && error != EAGAIN)
            fail_each(run, check, error, true);
    }
}

#endif /* FAULTS_H */
