/* SPDX-License-Identifier: ISC */
/*
 * vcpu_kvm.c: aarch64, a KVM CPU and the exits that end its guest.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../arch.h"
#include "../layout.h"
#include "cycle_freq.h"
#include "ext.h"
#include "ipa.h"
#include "regs.h"

/* What KVM gives where it can't be asked, and for type 0. */
#define DEFAULT_IPA_BITS 40

const struct arch_cap arch_required_caps[] = {
        {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
        {KVM_CAP_SYNC_MMU, "KVM_CAP_SYNC_MMU"},
        {KVM_CAP_ONE_REG, "KVM_CAP_ONE_REG"},
        {0, NULL},
};

const char arch_pc_name[] = "pc";

const struct vm_ioctl arch_read_ioctl = {KVM_GET_ONE_REG, true, "say where the guest was"};

/* Registers as KVM names them (api.rst, KVM_SET_ONE_REG). */
#define CORE_REG(field) \
    (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))

#define REG_X0 CORE_REG(regs.regs[0])
#define REG_PC CORE_REG(regs.pc)
#define REG_PSTATE CORE_REG(regs.pstate)
#define REG_SP_EL1 CORE_REG(sp_el1)
#define REG_ELR_EL1 CORE_REG(elr_el1)
#define REG_SCTLR_EL1 ARM64_SYS_REG(3, 0, 1, 0, 0)
#define REG_CPACR_EL1 ARM64_SYS_REG(3, 0, 1, 0, 2)
#define REG_TTBR0_EL1 ARM64_SYS_REG(3, 0, 2, 0, 0)
#define REG_TCR_EL1 ARM64_SYS_REG(3, 0, 2, 0, 2)
#define REG_APIAKEYLO_EL1 ARM64_SYS_REG(3, 0, 2, 1, 0)
#define REG_APIAKEYHI_EL1 ARM64_SYS_REG(3, 0, 2, 1, 1)
#define REG_ESR_EL1 ARM64_SYS_REG(3, 0, 5, 2, 0)
#define REG_FAR_EL1 ARM64_SYS_REG(3, 0, 6, 0, 0)
#define REG_MAIR_EL1 ARM64_SYS_REG(3, 0, 10, 2, 0)
#define REG_VBAR_EL1 ARM64_SYS_REG(3, 0, 12, 0, 0)

static int get_reg(const struct vm *vm, uint64_t id, uint64_t *value)
{
    struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)value};

    return ioctl(vm->vcpu, KVM_GET_ONE_REG, &reg);
}

static int set_reg(const struct vm *vm, uint64_t id, uint64_t value)
{
    struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)&value};

    return ioctl(vm->vcpu, KVM_SET_ONE_REG, &reg);
}

/* A register for a message: 0 if KVM doesn't say. */
static unsigned long long peek(const struct vm *vm, uint64_t id)
{
    uint64_t value = 0;

    return get_reg(vm, id, &value) == 0 ? value : 0;
}

/*
 * Without the extension, type 0 means 40 bits and nothing else can be had. With
 * it, the host's limit may be less than that.
 */
int arch_vm_type(struct vm *vm, unsigned long *type, struct err *err)
{
    int limit = ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);

    if (ipa_bits(limit > 0 ? (unsigned)limit : DEFAULT_IPA_BITS, vm->hypercall_base + HVT_GIB,
                &vm->address_bits, err) != 0)
        return -1;
    *type = limit > 0 ? KVM_VM_TYPE_ARM_IPA_SIZE(vm->address_bits) : 0;
    return 0;
}

/*
 * Where the CPU can't describe a store to the window (a pair of registers, a
 * vector), an exit tells its address; without it KVM_RUN only fails.
 */
void arch_vm_setup(struct vm *vm)
{
    struct kvm_enable_cap cap = {.cap = KVM_CAP_ARM_NISV_TO_USER};

    (void)ioctl(vm->fd, KVM_ENABLE_CAP, &cap);
    /* KVM gives a virtual CPU both or none of these (api.rst, KVM_ARM_VCPU_INIT). */
    vm->signs = ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PTRAUTH_ADDRESS) > 0 &&
            ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_PTRAUTH_GENERIC) > 0;
}

struct arch_kick arch_kick(const struct vm *vm)
{
    const uint64_t offset = HVT_RING_KICK_MMIO - HVT_HYPERCALL_MMIO_BASE;

    return (struct arch_kick){vm->hypercall_base + offset, 0};
}

int arch_cycle_hz(struct vm *vm, uint64_t *hz, struct err *err)
{
    uint64_t cntfrq;

    (void)vm;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(cntfrq));
    return cycle_freq("/sys/firmware", cntfrq, hz, err);
}

static int init_vcpu(struct vm *vm, struct err *err)
{
    struct kvm_vcpu_init init;

    if (ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init) != 0)
        return err_errno(err, "KVM: could not ask for the host's preferred virtual CPU");
    memset(init.features, 0, sizeof init.features);
    if (vm->signs)
        init.features[0] = 1U << KVM_ARM_VCPU_PTRAUTH_ADDRESS | 1U << KVM_ARM_VCPU_PTRAUTH_GENERIC;
    if (ioctl(vm->vcpu, KVM_ARM_VCPU_INIT, &init) != 0)
        return err_errno(err, "KVM: could not initialise the virtual CPU");
    return 0;
}

/* The key that code signs with, 128 bits: KVM's own value is the same for all. */
static int set_key(const struct vm *vm, struct err *err)
{
    uint64_t key[2];

    if (ext_random((uint8_t *)key, sizeof key, err) != 0)
        return -1;
    if (set_reg(vm, REG_APIAKEYLO_EL1, key[0]) != 0 ||
            set_reg(vm, REG_APIAKEYHI_EL1, key[1]) != 0)
        return err_errno(err, "KVM: could not set the key that signs addresses");
    return 0;
}

int arch_vcpu_reset(struct vm *vm, uint64_t entry, struct err *err)
{
    uint64_t sctlr = ARM_SCTLR_EL1 | (vm->signs ? ARM_SCTLR_ENIA : 0);
    uint64_t cpacr;

    if (init_vcpu(vm, err) != 0 || (vm->signs && set_key(vm, err) != 0))
        return -1;
    if (get_reg(vm, REG_CPACR_EL1, &cpacr) != 0)
        return err_errno(err, "KVM: could not get register CPACR_EL1");

    const struct {
        const char *name;
        uint64_t id, value;
    } regs[] = {
            {"MAIR_EL1", REG_MAIR_EL1, ARM_MAIR_EL1},
            {"TCR_EL1", REG_TCR_EL1, ipa_tcr(vm->address_bits)},
            {"TTBR0_EL1", REG_TTBR0_EL1, ARM_TTBR0_EL1},
            {"VBAR_EL1", REG_VBAR_EL1, HVT_VECTORS_BASE},
            {"SCTLR_EL1", REG_SCTLR_EL1, sctlr},
            {"CPACR_EL1", REG_CPACR_EL1, cpacr | ARM_CPACR_FPEN},
            {"PSTATE", REG_PSTATE, ARM_PSTATE},
            {"SP_EL1", REG_SP_EL1, vm->mem->size - 16},
            {"PC", REG_PC, entry},
            {"X0", REG_X0, HVT_BOOT_BASE},
    };
    for (size_t i = 0; i < sizeof regs / sizeof regs[0]; i++)
        if (set_reg(vm, regs[i].id, regs[i].value) != 0)
            return err_errno(err, "KVM: could not set register %s", regs[i].name);
    return 0;
}

/* ESR_EL1.EC, bits 26 to 31 (DDI 0487, D19.2, ESR_EL1). */
static const char *exception_name(uint64_t esr)
{
    static const struct {
        uint8_t ec;
        char name[43];
    } names[] = {
            {0x00, "an undefined instruction"},
            {0x07, "a trapped FP or SIMD instruction"},
            {0x0e, "an illegal execution state"},
            {0x15, "an SVC instruction"},
            {0x18, "a trapped system register access"},
            {0x1c, "an address that was not signed so"},
            {0x20, "an instruction fetch at EL0 that failed"},
            {0x21, "an instruction fetch that failed"},
            {0x22, "a misaligned pc"},
            {0x24, "a data access at EL0 that failed"},
            {0x25, "a data access that failed"},
            {0x26, "a misaligned stack pointer"},
            {0x2f, "an SError"},
            {0x3c, "a BRK instruction"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].ec == (esr >> 26 & 0x3f))
            return names[i].name;
    return "an exception";
}

/* For a failed access, why: the fault status code, ESR_EL1 bits 0 to 5. */
static const char *fault_reason(uint64_t esr)
{
    unsigned ec = esr >> 26 & 0x3f;

    if (ec != 0x20 && ec != 0x21 && ec != 0x24 && ec != 0x25)
        return "";
    switch (esr & 0x3c) {
    case 0x04:
        return ": nothing is mapped there";
    case 0x0c:
        return ": not permitted there";
    default:
        return (esr & 0x3f) == 0x21 ? ": misaligned" : "";
    }
}

/* A store by the vectors of layout.h. */
static bool is_early_fault(const struct vm *vm)
{
    uint64_t pc = arch_pc(vm);

    /* A guest with vectors of its own that jumps there had no such fault. */
    return peek(vm, REG_VBAR_EL1) == HVT_VECTORS_BASE &&
            vm->run->exit_reason == KVM_EXIT_MMIO &&
            vm->run->mmio.phys_addr == vm->hypercall_base + ARM_EARLY_FAULT_OFFSET &&
            pc >= HVT_VECTORS_BASE &&
            pc < HVT_VECTORS_BASE + ARM_VECTORS_SIZE;
}

bool arch_explain(const struct vm *vm, struct err *err)
{
    if (!is_early_fault(vm))
        return false;

    unsigned long long esr = peek(vm, REG_ESR_EL1);
    err_set(err,
            "guest fault before it installed its own vectors: %s%s (ESR_EL1=0x%llx, "
            "FAR_EL1=0x%llx, ELR_EL1=0x%llx)",
            exception_name(esr), fault_reason(esr), esr, peek(vm, REG_FAR_EL1),
            peek(vm, REG_ELR_EL1));
    return true;
}

uint64_t arch_pc(const struct vm *vm)
{
    return peek(vm, REG_PC);
}
