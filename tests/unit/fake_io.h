/* SPDX-License-Identifier: ISC */
/*
 * fake_io.h: system calls that do less than they are asked for.
 */
#ifndef FAKE_IO_H
#define FAKE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * pread(2), pwrite(2), write(2), also by syscall(2), and fdatasync(2) of the code under test.
 * Reset to zeros for calls that behave.
 */
extern struct fake_io {
    size_t most;       /* bytes moved by one call, 0: no limit */
    unsigned eintr;    /* so many calls are interrupted first */
    unsigned calls;    /* counted */
    int fail_after;    /* bytes after which all calls fail, 0: never */
    int fail_errno;    /* 0: they move nothing instead */
    /* Called first, if it is set. INTO: the memory is to be written. */
    void (*seen)(uintptr_t buf, size_t size, bool into);
} fake_io;

#endif /* FAKE_IO_H */
