/* SPDX-License-Identifier: ISC */
/*
 * newlib: a thread's state, errno in it, is where __getreent() says; and there are no
 * files but the console, no processes and no signals.
 */
#include "glue.h"

#include <errno.h>
#include <reent.h>
#include <sys/stat.h>
#include <unistd.h>

static __thread struct _reent state;
static __thread int state_is_set;

struct _reent *__getreent(void)
{
    if (!state_is_set) {
        state_is_set = 1;
        _REENT_INIT_PTR(&state);
    }
    return &state;
}

static int no(int error)
{
    errno = error;
    return -1;
}

int isatty(int fd)
{
    return fd <= STDERR_FILENO;
}

int fstat(int fd, struct stat *st)
{
    if (!isatty(fd))
        return no(EBADF);
    st->st_mode = S_IFCHR;
    st->st_blksize = 0;
    return 0;
}

_READ_WRITE_RETURN_TYPE write(int fd, const void *buf, size_t size)
{
    if (!isatty(fd))
        return no(EBADF);
    solo5_console_write(buf, size);
    return (_READ_WRITE_RETURN_TYPE)size;
}

_READ_WRITE_RETURN_TYPE read(int fd, void *buf, size_t size)
{
    (void)buf;
    (void)size;
    return isatty(fd) ? 0 : no(EBADF);
}

off_t lseek(int fd, off_t offset, int whence)
{
    (void)offset;
    (void)whence;
    return no(isatty(fd) ? ESPIPE : EBADF);
}

int close(int fd)
{
    (void)fd;
    return no(EBADF);
}

pid_t getpid(void)
{
    return 1;
}

int kill(pid_t pid, int signal)
{
    (void)pid;
    (void)signal;
    return no(EINVAL);
}
