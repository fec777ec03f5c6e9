/* SPDX-License-Identifier: ISC */
/*
 * ipa.h: aarch64, how many bits of physical address a guest gets. KVM's hosts differ
 * in it (KVM_CAP_ARM_VM_IPA_SIZE).
 */
#ifndef HVT_AARCH64_IPA_H
#define HVT_AARCH64_IPA_H

#include <stdint.h>

#include "err.h"

/*
 * For a guest whose addresses end at TOP, on a host that gives LIMIT bits: 40, as
 * KVM's own default, or what the host has. An error if that does not suffice.
 */
int ipa_bits(unsigned limit, uint64_t top, unsigned *bits, struct err *err);

/* TCR_EL1 for so many bits. */
uint64_t ipa_tcr(unsigned bits);

#endif /* HVT_AARCH64_IPA_H */
