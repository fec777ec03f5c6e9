/* SPDX-License-Identifier: ISC */
/* vcpu_kvm.h: fuzz_exit's kernel in place of a CPU's. */
#ifndef FUZZ_VCPU_KVM_H
#define FUZZ_VCPU_KVM_H

int fuzz_run(int vcpu);

static inline int arch_run(int vcpu)
{
    return fuzz_run(vcpu);
}

#endif /* FUZZ_VCPU_KVM_H */
