/* SPDX-License-Identifier: ISC */
/* EL1 with the MMU off, as KVM resets the CPU. */
#include <linux/audit.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "../kvm.h"

#define WINDOW 0x100000000

/* A64, little endian: str wzr, [x1]; b to it */
const unsigned char cpu_code[] = {0x3f, 0x00, 0x00, 0xb9, 0xff, 0xff, 0xff, 0x17};
const size_t cpu_code_size = sizeof cpu_code;
const uint32_t cpu_audit_arch = AUDIT_ARCH_AARCH64;

static bool set(int vcpu, uint64_t id, uint64_t value)
{
    struct kvm_one_reg reg = {
            .id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | id,
            .addr = (uintptr_t)&value};

    return ioctl(vcpu, KVM_SET_ONE_REG, &reg) == 0;
}

bool cpu_reset(int vm, int vcpu)
{
    struct kvm_vcpu_init init;

    if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) != 0 ||
            ioctl(vcpu, KVM_ARM_VCPU_INIT, &init) != 0)
        return false;
    return set(vcpu, KVM_REG_ARM_CORE_REG(regs.pc), KVM_CODE) &&
            set(vcpu, KVM_REG_ARM_CORE_REG(regs.regs[1]), WINDOW);
}

bool cpu_is_exit(const struct kvm_run *run)
{
    return run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write &&
            run->mmio.phys_addr == WINDOW;
}
