/* SPDX-License-Identifier: ISC */
/*
 * exit_kvm.c: aarch64, what an exit of KVM asks for. No system call: the exit's size, direction,
 * address and bytes are the guest's choice, and tests/fuzz makes all of them.
 */
#include <linux/kvm.h>
#include <string.h>

#include "../arch.h"

/* A hypercall is one 32-bit store to the window. */
bool arch_hypercall(const struct vm *vm, struct vm_hypercall *call)
{
    const struct kvm_run *run = vm->run;
    uint64_t offset = run->mmio.phys_addr - vm->hypercall_base;
    uint32_t value;

    if (run->exit_reason != KVM_EXIT_MMIO || !run->mmio.is_write ||
            run->mmio.len != sizeof value ||
            offset % HVT_HYPERCALL_MMIO_STRIDE != 0 ||
            !arch_is_hypercall(offset / HVT_HYPERCALL_MMIO_STRIDE))
        return false;
    memcpy(&value, run->mmio.data, sizeof value);
    call->nr = (uint32_t)(offset / HVT_HYPERCALL_MMIO_STRIDE);
    call->gpa = value;
    return true;
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
