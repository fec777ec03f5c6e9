/* SPDX-License-Identifier: ISC */
/*
 * fake_vm.h: a hypervisor that plays a script of hypercalls instead of running a guest.
 */
#ifndef FAKE_VM_H
#define FAKE_VM_H

#include "../../tenders/hvt/vm.h"

/* The sentence that ends the script. */
#define SCRIPT_OVER "the script is over"

/* What the guest does next; when all is done it ends with SCRIPT_OVER. */
extern struct fake_vm {
    const struct vm_hypercall *calls;
    size_t n;
    size_t at;
    /* In place of the three above, if it is set: what the guest does next. */
    struct vm_hypercall (*next)(const struct vm *vm);
    bool signs;      /* vm_create(): the CPU can sign addresses */
    bool no_kick;    /* vm_can_kick() says no */
    bool kick_fails; /* vm_kick_fd() fails */
    int kick_fd;     /* what it was given: the guest kicks by writing to it */
    uint32_t kick_value; /* and for which value; 0: any */
} fake_vm;

#endif /* FAKE_VM_H */
