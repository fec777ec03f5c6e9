/* SPDX-License-Identifier: ISC */
#include "fake_io.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

struct fake_io fake_io;

/* How much of SIZE may be done now; -1: fail with errno, 0: move nothing. */
static ssize_t limit(size_t size)
{
    static unsigned done;

    if (fake_io.calls++ == 0)
        done = 0;
    if (fake_io.eintr > 0) {
        fake_io.eintr--;
        errno = EINTR;
        return -1;
    }
    if (fake_io.fail_after && done >= (unsigned)fake_io.fail_after) {
        errno = fake_io.fail_errno;
        return fake_io.fail_errno ? -1 : 0;
    }
    if (fake_io.most && size > fake_io.most)
        size = fake_io.most;
    done += (unsigned)size;
    return (ssize_t)size;
}

/* An address only: compilers know that read(2) does not read what is there. */
static void see(uintptr_t buf, size_t size, bool into)
{
    if (fake_io.seen)
        fake_io.seen(buf, size, into);
}

typedef long call(long nr, ...);

/* The C library's. */
static call *real(void)
{
    static call *f;

    if (!f)
        f = (call *)(uintptr_t)dlsym(RTLD_NEXT, "syscall");
    return f;
}

/* These come before the C library's, whose system calls they make. */
ssize_t pread(int fd, void *buf, size_t size, off_t offset)
{
    see((uintptr_t)buf, size, true);
    ssize_t n = limit(size);

    return n <= 0 ? n : real()(SYS_pread64, fd, buf, (size_t)n, offset);
}

ssize_t pwrite(int fd, const void *buf, size_t size, off_t offset)
{
    see((uintptr_t)buf, size, false);
    ssize_t n = limit(size);

    return n <= 0 ? n : real()(SYS_pwrite64, fd, buf, (size_t)n, offset);
}

ssize_t write(int fd, const void *buf, size_t size)
{
    see((uintptr_t)buf, size, false);
    ssize_t n = limit(size);

    return n <= 0 ? n : real()(SYS_write, fd, buf, (size_t)n);
}

int fdatasync(int fd)
{
    return limit(1) < 0 ? -1 : (int)real()(SYS_fdatasync, fd);
}

/* write(2) also in this way. */
long syscall(long nr, ...)
{
    long a[6];
    va_list ap;

    va_start(ap, nr);
    for (unsigned i = 0; i < 6; i++)
        a[i] = va_arg(ap, long);
    va_end(ap);
    if (nr == SYS_write)
        return write((int)a[0], (const void *)a[1], (size_t)a[2]);
    return real()(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}
