/* SPDX-License-Identifier: ISC */
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "../core.h"
#include "core_regs.h"

int core_regs_read(const struct vm *vm, uint64_t regs[CORE_REGS_MAX], struct err *err)
{
    struct kvm_regs r;
    struct kvm_sregs s;

    if (ioctl(vm->vcpu, KVM_GET_REGS, &r) != 0 || ioctl(vm->vcpu, KVM_GET_SREGS, &s) != 0)
        return err_errno(err, "KVM: could not get registers");

    const uint64_t values[REGS] = {
            [RAX] = r.rax, [RBX] = r.rbx, [RCX] = r.rcx, [RDX] = r.rdx,
            [RSI] = r.rsi, [RDI] = r.rdi, [RBP] = r.rbp, [RSP] = r.rsp,
            [R8] = r.r8, [R9] = r.r9, [R10] = r.r10, [R11] = r.r11,
            [R12] = r.r12, [R13] = r.r13, [R14] = r.r14, [R15] = r.r15,
            [ORIG_RAX] = UINT64_MAX, [RIP] = r.rip, [EFLAGS] = r.rflags,
            [CS] = s.cs.selector, [SS] = s.ss.selector, [DS] = s.ds.selector,
            [ES] = s.es.selector, [FS] = s.fs.selector, [GS] = s.gs.selector,
            [FS_BASE] = s.fs.base, [GS_BASE] = s.gs.base,
    };
    for (size_t i = 0; i < REGS; i++)
        regs[i] = values[i];
    return 0;
}
