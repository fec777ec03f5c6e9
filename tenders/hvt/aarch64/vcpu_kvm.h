/* SPDX-License-Identifier: ISC */
#ifndef HVT_VCPU_KVM_H
#define HVT_VCPU_KVM_H

#include <linux/kvm.h>
#include <sys/syscall.h>

static inline int arch_run(int vcpu)
{
    register long x8 __asm__("x8") = SYS_ioctl;
    register long x0 __asm__("x0") = vcpu;
    register long x1 __asm__("x1") = KVM_RUN;
    register long x2 __asm__("x2") = 0;

    __asm__ __volatile__("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return (int)x0;
}

#endif /* HVT_VCPU_KVM_H */
