/* SPDX-License-Identifier: ISC */
/*
 * exit_kvm.c: x86_64, what an exit of KVM asks for. No system call: the exit's size, direction,
 * address and bytes are the guest's choice, and tests/fuzz makes all of them.
 */
#include <linux/kvm.h>
#include <string.h>

#include "../arch.h"

/* A hypercall is one 32-bit OUT. */
struct vm_hypercall arch_hypercall(uint64_t base, const struct kvm_run *run)
{
    uint32_t value;

    (void)base;
    if (run->exit_reason != KVM_EXIT_IO || run->io.direction != KVM_EXIT_IO_OUT ||
            run->io.size != sizeof value || run->io.count != 1 ||
            !arch_is_hypercall((uint64_t)run->io.port - HVT_HYPERCALL_PIO_BASE))
        return (struct vm_hypercall){.nr = VM_ENDED};
    memcpy(&value, (const uint8_t *)run + run->io.data_offset, sizeof value);
    return (struct vm_hypercall){(uint64_t)run->io.port - HVT_HYPERCALL_PIO_BASE, value};
}

bool arch_mmio(const struct vm *vm, uint64_t *gpa)
{
    if (vm->run->exit_reason != KVM_EXIT_MMIO)
        return false;
    *gpa = vm->run->mmio.phys_addr;
    return true;
}
