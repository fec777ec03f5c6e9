/* SPDX-License-Identifier: ISC */
/*
 * kvm.h: what kvm.c wants of a CPU: a guest that leaves to its hypervisor with one
 * instruction, again and again.
 */
#ifndef BENCH_FLOOR_KVM_H
#define BENCH_FLOOR_KVM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the code is, in memory of the guest that is mapped one to one. */
#define KVM_CODE 0x10000

/* AUDIT_ARCH_... of this CPU. */
extern const uint32_t cpu_audit_arch;

extern const unsigned char cpu_code[];
extern const size_t cpu_code_size;

/* Make the CPU ready to run the code. False: errno says why not. */
bool cpu_reset(int vm, int vcpu);

/* Was it that instruction? */
bool cpu_is_exit(const struct kvm_run *run);

#endif /* BENCH_FLOOR_KVM_H */
