/* SPDX-License-Identifier: ISC */
#include <linux/kvm.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "../core.h"
#include "core_regs.h"

/* Registers as KVM names them (api.rst, KVM_SET_ONE_REG). */
#define CORE_REG(field) \
    (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))

/* PSTATE.SP, bit 0: SP is SP_EL1, else SP_EL0 (DDI 0487, C5.2 SPSel). */
#define PSTATE_SP 1

static int get(const struct vm *vm, uint64_t id, uint64_t *value, struct err *err)
{
    struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)value};

    if (ioctl(vm->vcpu, KVM_GET_ONE_REG, &reg) != 0)
        return err_errno(err, "KVM: could not get registers");
    return 0;
}

int core_regs_read(const struct vm *vm, uint64_t regs[CORE_REGS_MAX], struct err *err)
{
    /* A register is counted in words of 32 bits. */
    for (unsigned i = X0; i <= X30; i++)
        if (get(vm, CORE_REG(regs.regs[0]) + 2 * i, &regs[i], err) != 0)
            return -1;
    if (get(vm, CORE_REG(regs.pc), &regs[PC], err) != 0 ||
            get(vm, CORE_REG(regs.pstate), &regs[PSTATE], err) != 0)
        return -1;
    return get(vm, regs[PSTATE] & PSTATE_SP ? CORE_REG(sp_el1) : CORE_REG(regs.sp), &regs[SP],
            err);
}
