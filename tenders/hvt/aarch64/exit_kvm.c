/* SPDX-License-Identifier: ISC */
/*
 * exit_kvm.c: aarch64, what an exit of KVM asks for. No system call: the exit's size, direction,
 * address and bytes are the guest's choice, and tests/fuzz makes all of them.
 */
#include <linux/kvm.h>
#include <string.h>

#include "../arch.h"

/* What is at no multiple of the stride has no number: its low bits become the highest. */
static uint64_t number_at(uint64_t offset)
{
    return offset / HVT_HYPERCALL_MMIO_STRIDE | offset << 61;
}
_Static_assert(HVT_HYPERCALL_MMIO_STRIDE == 1 << (64 - 61), "number_at()");

/* A hypercall is one 32-bit store to the window. */
struct vm_hypercall arch_hypercall(uint64_t base, const struct kvm_run *run)
{
    uint64_t nr = number_at(run->mmio.phys_addr - base);
    uint32_t value;

    if (run->exit_reason != KVM_EXIT_MMIO || !run->mmio.is_write ||
            run->mmio.len != sizeof value || !arch_is_hypercall(nr))
        return (struct vm_hypercall){.nr = VM_ENDED};
    memcpy(&value, run->mmio.data, sizeof value);
    return (struct vm_hypercall){nr, value};
}

bool arch_mmio(const struct vm *vm, uint64_t *gpa)
{
    switch (vm->run->exit_reason) {
    case KVM_EXIT_MMIO:
        *gpa = vm->run->mmio.phys_addr;
        return true;
    case KVM_EXIT_ARM_NISV:
        *gpa = vm->run->arm_nisv.fault_ipa;
        return true;
    default:
        return false;
    }
}
