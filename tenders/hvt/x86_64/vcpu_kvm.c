/* SPDX-License-Identifier: ISC */
/*
 * vcpu_kvm.c: x86_64, a KVM CPU and the exits that end its guest.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../arch.h"
#include "../layout.h"
#include "features.h"
#include "regs.h"

/* In headers since Linux 5.10 and 5.18. */
enum { CAP_ENFORCE_PV_FEATURE_CPUID = 190, CAP_PMU_CAPABILITY = 212, PMU_CAP_DISABLE = 1 };

const struct arch_cap arch_required_caps[] = {
        {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
        {KVM_CAP_SYNC_MMU, "KVM_CAP_SYNC_MMU"},
        {KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID"},
        {KVM_CAP_GET_TSC_KHZ, "KVM_CAP_GET_TSC_KHZ"},
        {0, NULL},
};

const char arch_pc_name[] = "rip";

const struct vm_ioctl arch_read_ioctl = {KVM_GET_REGS, true, "say where the guest was"};

int arch_vm_type(struct vm *vm, unsigned long *type, struct err *err)
{
    (void)vm, (void)err;
    *type = 0;
    return 0;
}

/* Without counters of performance. KVMs that can't do without hide them in CPUID, at least. */
void arch_vm_setup(struct vm *vm)
{
    struct kvm_enable_cap cap = {.cap = CAP_PMU_CAPABILITY, .args = {PMU_CAP_DISABLE}};

    (void)ioctl(vm->fd, KVM_ENABLE_CAP, &cap);
}

struct arch_kick arch_kick(const struct vm *vm)
{
    (void)vm;
    return (struct arch_kick){HVT_RING_KICK_PIO, KVM_IOEVENTFD_FLAG_PIO};
}

int arch_cycle_hz(struct vm *vm, uint64_t *hz, struct err *err)
{
    int khz = ioctl(vm->vcpu, KVM_GET_TSC_KHZ, 0);

    if (khz < 0 && errno == EIO)
        return err_set(err, "KVM: this host's TSC is not stable, guests could not tell the "
                            "time (KVM_GET_TSC_KHZ)");
    if (khz < 0)
        return err_errno(err, "KVM: could not get the TSC's frequency (KVM_GET_TSC_KHZ)");
    if (khz == 0)
        return err_set(err, "KVM: this host does not know its TSC's frequency "
                            "(KVM_GET_TSC_KHZ)");
    *hz = (uint64_t)khz * 1000;
    return 0;
}

static const struct kvm_cpuid_entry2 *find_cpuid(const struct kvm_cpuid2 *cpuid,
        uint32_t function)
{
    for (uint32_t i = 0; i < cpuid->nent; i++)
        if (cpuid->entries[i].function == function)
            return &cpuid->entries[i];
    return NULL;
}

/* Execution of data is refused by bit 63 of page table entries: CPUID 8000_0001h. */
static bool has_nx(const struct kvm_cpuid2 *cpuid)
{
    const struct kvm_cpuid_entry2 *e = find_cpuid(cpuid, 0x80000001);

    return e && (e->edx & (1U << 20));
}

/* Bits of physical address: CPUID 8000_0008h; CPUs without it have 36 (SDM 4.1.4). */
static unsigned address_bits(const struct kvm_cpuid2 *cpuid)
{
    const struct kvm_cpuid_entry2 *e = find_cpuid(cpuid, 0x80000008);

    return e ? e->eax & 0xff : 36;
}

static size_t cpuid_size(uint32_t entries)
{
    return sizeof(struct kvm_cpuid2) + entries * sizeof(struct kvm_cpuid_entry2);
}

/* All that KVM can give. How many entries that is, only trying tells. */
static struct kvm_cpuid2 *supported_cpuid(int kvm)
{
    for (uint32_t n = 128; n <= 4096; n *= 2) {
        struct kvm_cpuid2 *cpuid = calloc(1, cpuid_size(n));
        if (!cpuid)
            return NULL;
        cpuid->nent = n;
        if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) == 0)
            return cpuid;
        int error = errno;
        free(cpuid);
        errno = error;
        if (error != E2BIG)
            break;
    }
    return NULL;
}

static void hide_features(struct kvm_cpuid2 *cpuid)
{
    for (uint32_t i = 0; i < cpuid->nent; i++) {
        struct kvm_cpuid_entry2 *e = &cpuid->entries[i];
        uint32_t reg[CPUID_REGS] = {e->eax, e->ebx, e->ecx, e->edx};

        features_hide(e->function, reg);
        e->eax = reg[CPUID_EAX];
        e->ebx = reg[CPUID_EBX];
        e->ecx = reg[CPUID_ECX];
        e->edx = reg[CPUID_EDX];
    }
}

/* Of KVM's own features only those work then that CPUID has: none. Older ones let all be used. */
static void enforce_own_features(const struct vm *vm)
{
    struct kvm_enable_cap cap = {.cap = CAP_ENFORCE_PV_FEATURE_CPUID, .args = {1}};

    (void)ioctl(vm->vcpu, KVM_ENABLE_CAP, &cap);
}

static int set_cpuid(struct vm *vm, struct err *err)
{
    struct kvm_cpuid2 *cpuid = supported_cpuid(vm->kvm);
    int r = 0;

    if (!cpuid)
        return err_errno(err, "KVM: could not get the CPU's features");
    hide_features(cpuid);
    enforce_own_features(vm);
    if (!has_nx(cpuid))
        r = err_set(err, "this host's CPU or KVM can't refuse to execute data (NX)");
    else if ((vm->mem->end - 1) >> address_bits(cpuid) != 0)
        r = err_set(err, "this host's CPU has %u bits of physical address: use a smaller --mem",
                address_bits(cpuid));
    else if (ioctl(vm->vcpu, KVM_SET_CPUID2, cpuid) != 0)
        r = err_errno(err, "KVM: could not set the CPU's features");
    free(cpuid);
    return r;
}

static int set_system_registers(struct vm *vm, struct err *err)
{
    static const struct kvm_segment code = {.limit = 0xffffffff,
            .selector = X86_SEL_CODE,
            .type = 9,
            .present = 1,
            .s = 1,
            .l = 1,
            .g = 1};
    static const struct kvm_segment data = {.limit = 0xffffffff,
            .selector = X86_SEL_DATA,
            .type = 3,
            .present = 1,
            .db = 1,
            .s = 1,
            .g = 1};
    /* A task register must hold a busy TSS (type 11), even if none is used. */
    static const struct kvm_segment task = {.type = 11, .present = 1};
    static const struct kvm_segment none = {.unusable = 1};
    struct kvm_sregs s;

    if (ioctl(vm->vcpu, KVM_GET_SREGS, &s) != 0)
        return err_errno(err, "KVM: could not get system registers");
    s.cs = code;
    s.ss = s.ds = s.es = s.fs = s.gs = data;
    s.tr = task;
    s.ldt = none;
    s.gdt = (struct kvm_dtable){.base = X86_GDT_BASE, .limit = X86_GDT_LIMIT};
    s.idt = (struct kvm_dtable){.base = 0, .limit = 0};
    s.cr0 = X86_CR0;
    s.cr3 = X86_PML4_BASE;
    s.cr4 = X86_CR4;
    s.efer = X86_EFER;
    if (ioctl(vm->vcpu, KVM_SET_SREGS, &s) != 0)
        return err_errno(err, "KVM: could not set system registers");
    return 0;
}

int arch_vcpu_reset(struct vm *vm, uint64_t entry, struct err *err)
{
    struct kvm_regs regs = {
            .rip = entry,
            .rsp = vm->mem->size - 8, /* as after a call */
            .rdi = HVT_BOOT_BASE,
            .rflags = X86_RFLAGS,
    };

    if (set_cpuid(vm, err) != 0 || set_system_registers(vm, err) != 0)
        return -1;
    if (ioctl(vm->vcpu, KVM_SET_REGS, &regs) != 0)
        return err_errno(err, "KVM: could not set registers");
    return 0;
}

/*
 * A triple fault. AMD's CPUs don't say where they were then, KVM resets the virtual
 * CPU: to the address where every x86 starts (APM2 14.1.3).
 */
static void explain_shutdown(const struct vm *vm, struct err *err)
{
    unsigned long long rip = arch_pc(vm);

    err_set(err,
            "KVM: unhandled exit: exit_reason=0x%x (KVM_EXIT_SHUTDOWN), rip=0x%llx%s: the "
            "guest took an exception that it has no working handler for (a triple fault)",
            KVM_EXIT_SHUTDOWN, rip,
            rip == X86_RESET_RIP ? " (after a reset by the host; from where is not known)"
                                 : "");
}

bool arch_explain(const struct vm *vm, struct err *err)
{
    switch (vm->run->exit_reason) {
    case KVM_EXIT_IO:
        err_set(err, "Invalid guest port access: port=0x%x, rip=0x%llx", vm->run->io.port,
                (unsigned long long)arch_pc(vm));
        return true;
    case KVM_EXIT_SHUTDOWN:
        explain_shutdown(vm, err);
        return true;
    default:
        return false;
    }
}

uint64_t arch_pc(const struct vm *vm)
{
    struct kvm_regs regs;

    return ioctl(vm->vcpu, KVM_GET_REGS, &regs) == 0 ? regs.rip : 0;
}
