/* SPDX-License-Identifier: ISC */
#ifndef HVT_VCPU_KVM_H
#define HVT_VCPU_KVM_H

#include <linux/kvm.h>
#include <sys/syscall.h>

static inline int arch_run(int vcpu)
{
    long rax = SYS_ioctl;

    __asm__ __volatile__("syscall"
                         : "+a"(rax)
                         : "D"((long)vcpu), "S"(KVM_RUN), "d"(0L)
                         : "rcx", "r11", "memory");
    return (int)rax;
}

#endif /* HVT_VCPU_KVM_H */
