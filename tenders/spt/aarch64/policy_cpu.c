/* SPDX-License-Identifier: ISC */
#include "../spt.h"

/* TPIDR_EL0 is the guest's to write (Arm ARM D19.2): nothing to allow. */
void policy_cpu(struct sandbox *sb)
{
    (void)sb;
}
