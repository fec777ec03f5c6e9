/* SPDX-License-Identifier: ISC */
/*
 * fake_vm.h: a hypervisor that plays a script of hypercalls instead of running a
 * guest, and system calls that do less than they are asked for.
 */
#ifndef FAKE_VM_H
#define FAKE_VM_H

#include "../../tenders/hvt/vm.h"

/* The sentence that ends the script. */
#define SCRIPT_OVER "the script is over"

/* What the guest does next; when all is done vm_run() fails with SCRIPT_OVER. */
extern struct fake_vm {
    const struct vm_hypercall *calls;
    size_t n;
    size_t at;
    bool no_kick;    /* vm_can_kick() says no */
    bool kick_fails; /* vm_kick_fd() fails */
    int kick_fd;     /* what it was given: the guest kicks by writing to it */
} fake_vm;

/*
 * pread(2), pwrite(2) and write(2) of the code under test. Reset to zeros for
 * calls that behave.
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

#endif /* FAKE_VM_H */
