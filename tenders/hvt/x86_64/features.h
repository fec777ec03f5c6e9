/* SPDX-License-Identifier: ISC */
/*
 * features.h: x86_64, what of the host's CPU a guest is told of. KVM gives all that it can; taken
 * away is what a guest with one CPU, no interrupts and no guests of its own has no use for, and
 * behind which much of KVM's code can be reached. KVM refuses the instructions and registers of
 * what CPUID does not have.
 */
#ifndef HVT_X86_64_FEATURES_H
#define HVT_X86_64_FEATURES_H

#include <stdint.h>

enum { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX, CPUID_REGS };

/* Clear it in what CPUID answers for FUNCTION, whatever its index. */
void features_hide(uint32_t function, uint32_t reg[CPUID_REGS]);

#endif /* HVT_X86_64_FEATURES_H */
