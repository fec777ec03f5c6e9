/* SPDX-License-Identifier: ISC */
/*
 * Exits of KVM, as the instructions of a guest make them: its choice are direction, width,
 * count, port or address, and the bytes. The input's first byte chooses whose CPU it is. A
 * hypercall is one exactly if docs/abi.md says so, and it is the one that was made; anything
 * else ends the guest with a sentence.
 *
 * links: tenders/hvt/vm_kvm.c tenders/common/err.c
 */
#include "fuzz.h"
#include "vcpu_kvm.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../../tenders/hvt/arch.h"
#include "input.h"

/* Both CPUs' files, as they are. */
struct vm_hypercall x86_64_hypercall(uint64_t base, const struct kvm_run *run);
bool x86_64_mmio(const struct vm *vm, uint64_t *gpa);
struct vm_hypercall aarch64_hypercall(uint64_t base, const struct kvm_run *run);
bool aarch64_mmio(const struct vm *vm, uint64_t *gpa);

#define arch_hypercall x86_64_hypercall
#define arch_mmio x86_64_mmio
#include "../../tenders/hvt/x86_64/exit_kvm.c"
#undef arch_hypercall
#undef arch_mmio
#define arch_hypercall aarch64_hypercall
#define arch_mmio aarch64_mmio
#include "../../tenders/hvt/aarch64/exit_kvm.c"
#undef arch_hypercall
#undef arch_mmio

#define EXITS_MAX 64

static bool is_aarch64;
static uint64_t pc; /* the guest's choice, too */

/* The rest of a CPU, which needs KVM. */
const struct arch_cap arch_required_caps[] = {{0, NULL}};
const char arch_pc_name[] = "pc";
const struct vm_ioctl arch_read_ioctl = {KVM_GET_REGS, true, "read"};

struct vm_hypercall arch_hypercall(uint64_t base, const struct kvm_run *run)
{
    return is_aarch64 ? aarch64_hypercall(base, run) : x86_64_hypercall(base, run);
}

bool arch_mmio(const struct vm *vm, uint64_t *gpa)
{
    return is_aarch64 ? aarch64_mmio(vm, gpa) : x86_64_mmio(vm, gpa);
}

uint64_t arch_hypercall_base(uint64_t mem_end)
{
    return mem_end;
}

int arch_vm_type(struct vm *vm, unsigned long *type, struct err *e)
{
    (void)vm, (void)type, (void)e;
    return -1;
}

void arch_vm_setup(struct vm *vm)
{
    (void)vm;
}

struct arch_kick arch_kick(const struct vm *vm)
{
    (void)vm;
    return (struct arch_kick){0};
}

int arch_cycle_hz(struct vm *vm, uint64_t *hz, struct err *e)
{
    (void)vm, (void)hz, (void)e;
    return -1;
}

int arch_vcpu_reset(struct vm *vm, uint64_t entry, struct err *e)
{
    (void)vm, (void)entry, (void)e;
    return -1;
}

bool arch_explain(const struct vm *vm, struct err *e)
{
    (void)vm, (void)e;
    return false;
}

uint64_t arch_pc(const struct vm *vm)
{
    (void)vm;
    return pc;
}

/*
 * The kernel
 */

/* What it shares with the tender: the exit, then, on the next page, what OUT has written. */
static union {
    struct kvm_run run;
    uint8_t bytes[0x2000];
} shared, shared_before;

static struct input input;
static int error;        /* of KVM_RUN, 0 for none */
static unsigned retries; /* it is interrupted first */

int fuzz_run(int vcpu)
{
    MUST(vcpu == -1);
    if (retries == 0)
        return -error;
    retries--;
    return -EINTR;
}

static void next_bytes(uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = next_byte(&input);
}

static void next_io(struct kvm_run *run)
{
    static const uint8_t sizes[] = {1, 2, 4, 4, 4, 4, 4, 8};
    uint8_t how = next_byte(&input), port = next_byte(&input);

    run->exit_reason = KVM_EXIT_IO;
    run->io.direction = how & 8 ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
    run->io.size = sizes[how & 7];
    run->io.count = how & 0x10 ? next_byte(&input) : 1;
    run->io.port = (uint16_t)(how & 0x20 ? next_raw(&input) : HVT_HYPERCALL_PIO_BASE + port - 8);
    run->io.data_offset = 0x1000;
    next_bytes(shared.bytes + run->io.data_offset, 8);
}

static uint64_t next_address(uint64_t base, uint8_t how)
{
    uint8_t n = next_byte(&input);

    if (how & 0x20)
        return next_raw(&input);
    if (how & 0x40)
        return base + (uint64_t)n * 8 + (1ULL << (next_byte(&input) & 63));
    return base + n * (how & 0x10 ? 1ULL : 8ULL) - 64;
}

static void next_mmio(struct kvm_run *run, uint64_t base)
{
    static const uint8_t lengths[] = {1, 2, 8, 4, 4, 4, 4, 4};
    uint8_t how = next_byte(&input);

    run->exit_reason = KVM_EXIT_MMIO;
    run->mmio.is_write = !(how & 8);
    run->mmio.len = lengths[how & 7];
    run->mmio.phys_addr = next_address(base, how);
    next_bytes(run->mmio.data, sizeof run->mmio.data);
}

static void next_exit(struct kvm_run *run, uint64_t base)
{
    static const int errors[] = {EFAULT, ENOSYS, EIO, 0};
    uint8_t what = next_byte(&input);

    error = 0;
    retries = what >> 6;
    switch (what & 15) {
    case 0:
        error = errors[next_byte(&input) & 3];
        break;
    case 1:
        run->exit_reason = KVM_EXIT_ARM_NISV;
        run->arm_nisv.fault_ipa = next_address(base, next_byte(&input));
        break;
    case 2:
        run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
        run->internal.suberror = next_byte(&input) & 3;
        break;
    case 3:
        run->exit_reason = next_byte(&input);
        next_bytes((uint8_t *)run->padding, 64);
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        next_io(run);
        break;
    default:
        next_mmio(run, base);
        break;
    }
}

/*
 * The rules once more
 */

static bool is_number(uint64_t nr)
{
    return nr <= 8 || nr == 16 || nr == 17;
}

/* Its number, -1 for none; and where what was written is. */
static long number_of(const struct kvm_run *run, uint64_t base, const uint8_t **value)
{
    if (!is_aarch64) {
        long nr = (long)run->io.port - 0x500;

        *value = shared.bytes + 0x1000;
        return run->exit_reason == KVM_EXIT_IO && run->io.direction == 1 && run->io.size == 4 &&
                        run->io.count == 1 && nr >= 0 && is_number((uint64_t)nr)
                ? nr
                : -1;
    }
    *value = run->mmio.data;
    for (uint64_t nr = 0; nr <= 17; nr++)
        if (is_number(nr) && run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write &&
                run->mmio.len == 4 && run->mmio.phys_addr == base + 8 * nr)
            return (long)nr;
    return -1;
}

/* Below the end of memory it can only be a write to what is protected. */
static bool is_translation_fault(const struct kvm_run *run, uint64_t mem_end)
{
    if (error)
        return error == EFAULT;
    if (run->exit_reason == KVM_EXIT_MMIO)
        return run->mmio.phys_addr < mem_end;
    return is_aarch64 && run->exit_reason == KVM_EXIT_ARM_NISV &&
            run->arm_nisv.fault_ipa < mem_end;
}

static void check_end(const struct vm *vm, const struct err *err)
{
    static const char fault[] = "KVM: host/guest translation fault: ";
    char where[32];

    snprintf(where, sizeof where, "pc=0x%llx", (unsigned long long)pc);
    MUST(strncmp(err->text, "KVM: ", 5) == 0 || strncmp(err->text, "Invalid guest mmio ", 19) == 0);
    MUST(!strchr(err->text, '\n') && strstr(err->text, where));
    MUST((strncmp(err->text, fault, sizeof fault - 1) == 0) ==
            is_translation_fault(vm->run, vm->mem->end));
}

/* Returns whether the guest goes on. */
static bool try_exit(struct vm *vm)
{
    const uint8_t *value;
    struct err err = {0};
    uint32_t gpa;

    next_exit(vm->run, vm->hypercall_base);
    shared_before = shared;
    long nr = error ? -1 : number_of(vm->run, vm->hypercall_base, &value);
    struct vm_hypercall call = vm_run(vm);
    bool goes_on = call.nr != VM_ENDED;
    MUST(goes_on == (nr >= 0) && retries == 0);
    if (!goes_on)
        MUST(vm_explain(vm, &err) == -1);
    MUST(memcmp(&shared, &shared_before, sizeof shared) == 0);
    if (!goes_on) {
        check_end(vm, &err);
        return false;
    }
    memcpy(&gpa, value, sizeof gpa);
    MUST(call.nr == (uint64_t)nr && call.gpa == gpa);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const uint64_t ends[] = {0x1000000, 0x100000000, 0x140000000, 0x8000000000};
    struct guest_mem mem = {0};
    struct vm vm = {.mem = &mem, .kvm = -1, .fd = -1, .vcpu = -1, .run = &shared.run};

    input = (struct input){bytes, n};
    memset(&shared, 0, sizeof shared);
    uint8_t how = next_byte(&input);
    is_aarch64 = how & 1;
    mem.size = mem.end = ends[how >> 1 & 3];
    pc = how & 8 ? mem.end + how : 0x123456;
    vm.hypercall_base = mem.end < ends[1] ? ends[1] : mem.end;
    for (unsigned i = 0; i < EXITS_MAX && input.left > 0 && try_exit(&vm); i++)
        continue;
    return 0;
}
