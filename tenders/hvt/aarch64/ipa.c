/* SPDX-License-Identifier: ISC */
#include "ipa.h"

#include "regs.h"

#define WANTED_BITS 40

int ipa_bits(unsigned limit, uint64_t top, unsigned *bits, struct err *err)
{
    unsigned needed = 64 - (unsigned)__builtin_clzll(top - 1);

    if (limit < needed)
        return err_set(err,
                "this host's KVM gives guests %u bits of address, %u are needed for this "
                "--mem (KVM_CAP_ARM_VM_IPA_SIZE)",
                limit, needed);
    *bits = limit < WANTED_BITS ? limit : WANTED_BITS;
    return 0;
}

uint64_t ipa_tcr(unsigned bits)
{
    return ARM_TCR_EL1 | (bits > 36 ? ARM_TCR_IPS_40 : ARM_TCR_IPS_36);
}
