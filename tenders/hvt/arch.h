/* SPDX-License-Identifier: ISC */
/*
 * arch.h: the CPU's seam. Each folder named after a CPU has these functions, in
 * files of the same names; the build takes the host's.
 */
#ifndef HVT_ARCH_H
#define HVT_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "ext_abi.h"
#include "hvt_abi.h"
#include "memmap.h"
#include "vm.h"

/*
 * pagetable.c, without a system call: write the page tables for MAP and what else
 * the CPU needs (x86_64 a GDT, aarch64 vectors) to LOW, which stands for the guest
 * addresses 0 to 0xfffff, is zero and 8-byte aligned.
 */
int arch_tables(uint8_t *low, const struct memmap *map, struct err *err);

/*
 * pagetable.c: where hypercalls are issued in a guest whose memory ends at MEM_END, 0 if
 * that is no address.
 */
uint64_t arch_hypercall_base(uint64_t mem_end);

/* What there may be a hypercall for; anything else issued alike is an access like any. */
static inline bool arch_is_hypercall(uint64_t nr)
{
    return nr < HVT_HYPERCALL_MAX ||
            (nr >= HVT_HYPERCALL_BLOCK_FLUSH && nr <= HVT_HYPERCALL_NET_BATCH);
}

/* exit_kvm.c: which hypercall, of those at BASE, the exit in RUN is. VM_ENDED: it is none. */
struct vm_hypercall arch_hypercall(uint64_t base, const struct kvm_run *run);

/*
 * exit_kvm.c: the address of an access to what is not there, if the exit in vm->run is one: to
 * be told from a write to protected memory.
 */
bool arch_mmio(const struct vm *vm, uint64_t *gpa);

/*
 * vcpu_kvm.c: below this line, for vm_kvm.c only.
 */

/* KVM extensions without which no guest runs; the last one has no name. */
struct arch_cap {
    int nr;
    const char *name;
};
extern const struct arch_cap arch_required_caps[];

/* What the CPU calls its program counter in messages. */
extern const char arch_pc_name[];

/* The argument of KVM_CREATE_VM; sets vm->address_bits. */
int arch_vm_type(struct vm *vm, unsigned long *type, struct err *err);

/* Optional features of the new virtual machine; sets vm->signs. */
void arch_vm_setup(struct vm *vm);

/* Where the guest kicks the net ring, and KVM_IOEVENTFD_FLAG_* that say of what kind. */
struct arch_kick {
    uint64_t addr;
    uint32_t flags;
};
struct arch_kick arch_kick(const struct vm *vm);

int arch_cycle_hz(struct vm *vm, uint64_t *hz, struct err *err);
int arch_vcpu_reset(struct vm *vm, uint64_t entry, struct err *err);

/* Put an exit that only this CPU has into words; false: it is none. */
bool arch_explain(const struct vm *vm, struct err *err);

uint64_t arch_pc(const struct vm *vm);

/* The ioctl that arch_pc() and arch_explain() need: reading registers. */
extern const struct vm_ioctl arch_read_ioctl;

#endif /* HVT_ARCH_H */
