/* SPDX-License-Identifier: ISC */
/* Real mode, as the CPU is reset. */
#include <linux/audit.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../kvm.h"

#define PORT 0x50

const unsigned char cpu_code[] = {
        0xe6, PORT, /* out %al, $PORT */
        0xeb, 0xfc, /* jmp to it */
};
const size_t cpu_code_size = sizeof cpu_code;
const uint32_t cpu_audit_arch = AUDIT_ARCH_X86_64;

bool cpu_reset(int vm, int vcpu)
{
    struct kvm_sregs sregs;
    struct kvm_regs regs;

    (void)vm;
    if (ioctl(vcpu, KVM_GET_SREGS, &sregs) != 0)
        return false;
    sregs.cs.base = KVM_CODE;
    sregs.cs.selector = KVM_CODE >> 4;
    memset(&regs, 0, sizeof regs);
    regs.rflags = 2; /* always set */
    return ioctl(vcpu, KVM_SET_SREGS, &sregs) == 0 && ioctl(vcpu, KVM_SET_REGS, &regs) == 0;
}

bool cpu_is_exit(const struct kvm_run *run)
{
    return run->exit_reason == KVM_EXIT_IO && run->io.port == PORT;
}
