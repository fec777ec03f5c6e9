/* SPDX-License-Identifier: ISC */
#include <asm/prctl.h>
#include <sys/syscall.h>

#include "../spt.h"

void policy_cpu(struct sandbox *sb)
{
    sandbox_allow(sb, __NR_arch_prctl, "arch_prctl", "the TLS base register", 1, 0U,
            (uint64_t)ARCH_SET_FS);
}
