/* SPDX-License-Identifier: ISC */
/*
 * vm.h: the hypervisor's seam. A virtual machine with one CPU runs until it wants
 * something.
 *
 * vm_kvm.c is Linux's KVM. Another file with these functions takes its place at
 * link time: the unit tests' fake_vm.c plays a script of exits.
 */
#ifndef HVT_VM_H
#define HVT_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "guest_mem.h"

struct kvm_run;

struct vm {
    const struct guest_mem *mem;
    struct kvm_run *run; /* what the CPU's last exit was */
    uint64_t hypercall_base; /* of arch_hypercall_base() */
    unsigned address_bits;   /* aarch64: of guest physical addresses */
    bool signs; /* aarch64: addresses (PAC). vm_create() says it can; vm_reset() has it do so */
    int kvm;  /* /dev/kvm; -1 once vm_seal() closed it */
    int fd;   /* the virtual machine; closed likewise */
    int vcpu; /* its only CPU */
    int error;           /* errno of the run that failed; else 0 */
};

/* What the guest asks for: hypercall NR, not checked, with its request at GPA. */
struct vm_hypercall {
    uint64_t nr;
    uint64_t gpa;
};

/* In place of a number: it asks for nothing, as it can't go on. */
#define VM_ENDED UINT64_MAX

/* A virtual machine with MEM as its memory, from address 0. */
int vm_create(struct vm *vm, const struct guest_mem *mem, struct err *err);

/* Hz of the counter that the guest reads. */
int vm_cycle_hz(struct vm *vm, uint64_t *hz, struct err *err);

/* Put the CPU at ENTRY, as the interface says. */
int vm_reset(struct vm *vm, uint64_t entry, struct err *err);

/* Can this host's hypervisor do vm_kick_fd()? */
bool vm_can_kick(void);

/*
 * From now on a kick of the net ring (hvt_abi.h) that writes VALUE counts up FD, an eventfd; with 0
 * each does, whatever it writes.
 */
int vm_kick_fd(struct vm *vm, int fd, uint32_t value, struct err *err);

/* Close what only making and resetting needed. */
void vm_seal(struct vm *vm);

/* Run until the next hypercall. Anything else ends the guest: VM_ENDED. */
struct vm_hypercall vm_run(struct vm *vm);

/* After that: -1, and a sentence that says what happened and where. */
int vm_explain(const struct vm *vm, struct err *err);

/* The ioctl(2) requests that vm_run() makes on vm->vcpu; returns how many. */
struct vm_ioctl {
    unsigned long request;
    bool has_arg; /* a pointer, else 0 */
    const char *why;
};
#define VM_IOCTLS_MAX 4
size_t vm_run_ioctls(struct vm_ioctl list[VM_IOCTLS_MAX]);

#endif /* HVT_VM_H */
