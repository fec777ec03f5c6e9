/* SPDX-License-Identifier: ISC */
/*
 * vm_kvm.c: Linux's KVM, all that is the same on every CPU. The interface is
 * described in the kernel's Documentation/virt/kvm/api.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch.h"
#include "vm.h"

#define KVM_PATH "/dev/kvm"

/* What to do about it. */
static const char *open_advice(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return ": join the kvm group or use solo5-spt";
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return ": this host has no KVM, take one with hardware virtualization or use "
               "solo5-spt";
    default:
        return "";
    }
}

static int open_kvm(struct err *err)
{
    int fd = open(KVM_PATH, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, "Could not open: " KVM_PATH ": %s%s", strerror(errno),
                open_advice(errno));
    return fd;
}

static int check_version(int kvm, struct err *err)
{
    int version = ioctl(kvm, KVM_GET_API_VERSION, 0);

    if (version < 0)
        return err_errno(err, KVM_PATH " is not KVM");
    if (version != KVM_API_VERSION)
        return err_set(err, "this host's KVM has API version %d, %d is needed", version,
                KVM_API_VERSION);
    return 0;
}

static int check_caps(int kvm, struct err *err)
{
    for (const struct arch_cap *c = arch_required_caps; c->name; c++)
        if (ioctl(kvm, KVM_CHECK_EXTENSION, c->nr) <= 0)
            return err_set(err, "this host's KVM lacks %s", c->name);
    return 0;
}

/* Slot 0 is all of the guest's memory, net ring and vhost included. */
static int set_memory(struct vm *vm, struct err *err)
{
    struct kvm_userspace_memory_region region = {
            .slot = 0,
            .guest_phys_addr = 0,
            .memory_size = vm->mem->end,
            .userspace_addr = (uintptr_t)vm->mem->host,
    };

    if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) != 0)
        return err_errno(err, "KVM: could not give the guest its memory");
    return 0;
}

static int create_vcpu(struct vm *vm, struct err *err)
{
    vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
    if (vm->vcpu < 0)
        return err_errno(err, "KVM: could not create a virtual CPU");

    int size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (size < (int)sizeof *vm->run)
        return err_set(err, "KVM: the virtual CPU's shared area is too small");
    void *p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
    if (p == MAP_FAILED)
        return err_errno(err, "KVM: could not map the virtual CPU's shared area");
    vm->run = p;
    return 0;
}

int vm_create(struct vm *vm, const struct guest_mem *mem, struct err *err)
{
    unsigned long type;

    *vm = (struct vm){.mem = mem,
            .hypercall_base = arch_hypercall_base(mem->end),
            .kvm = -1,
            .fd = -1,
            .vcpu = -1};
    vm->kvm = open_kvm(err);
    if (vm->kvm < 0)
        return -1;
    if (check_version(vm->kvm, err) != 0 || check_caps(vm->kvm, err) != 0 ||
            arch_vm_type(vm, &type, err) != 0)
        return -1;
    vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, type);
    if (vm->fd < 0)
        return err_errno(err, "KVM: could not create a virtual machine");
    arch_vm_setup(vm);
    if (set_memory(vm, err) != 0)
        return -1;
    return create_vcpu(vm, err);
}

int vm_cycle_hz(struct vm *vm, uint64_t *hz, struct err *err)
{
    return arch_cycle_hz(vm, hz, err);
}

int vm_reset(struct vm *vm, uint64_t entry, struct err *err)
{
    return arch_vcpu_reset(vm, entry, err);
}

bool vm_can_kick(void)
{
    int kvm = open(KVM_PATH, O_RDWR | O_CLOEXEC);

    if (kvm < 0)
        return false; /* vm_create() will say so */
    int has = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_IOEVENTFD);
    close(kvm);
    return has > 0;
}

/* A write of another length is none: vm_run() ends the guest. */
int vm_kick_fd(struct vm *vm, int fd, uint32_t value, struct err *err)
{
    struct arch_kick kick = arch_kick(vm);
    struct kvm_ioeventfd event = {
            .addr = kick.addr, .len = sizeof(uint32_t), .fd = fd, .flags = kick.flags};

    if (value != 0) {
        event.datamatch = value;
        event.flags |= KVM_IOEVENTFD_FLAG_DATAMATCH;
    }
    if (ioctl(vm->fd, KVM_IOEVENTFD, &event) != 0)
        return err_errno(err, "KVM: could not set up the net ring's kick");
    return 0;
}

void vm_seal(struct vm *vm)
{
    close(vm->fd);
    close(vm->kvm);
    vm->fd = vm->kvm = -1;
}

size_t vm_run_ioctls(struct vm_ioctl list[VM_IOCTLS_MAX])
{
    list[0] = (struct vm_ioctl){KVM_RUN, false, "run the guest"};
    list[1] = arch_read_ioctl;
    return 2;
}

/*
 * Ends of a guest
 */

/* Without KVM_EXIT_, in place: nothing has to relocate them. */
static const char exit_names[][16] = {
        [KVM_EXIT_UNKNOWN] = "UNKNOWN",
        [KVM_EXIT_EXCEPTION] = "EXCEPTION",
        [KVM_EXIT_IO] = "IO",
        [KVM_EXIT_HYPERCALL] = "HYPERCALL",
        [KVM_EXIT_DEBUG] = "DEBUG",
        [KVM_EXIT_HLT] = "HLT",
        [KVM_EXIT_MMIO] = "MMIO",
        [KVM_EXIT_IRQ_WINDOW_OPEN] = "IRQ_WINDOW_OPEN",
        [KVM_EXIT_SHUTDOWN] = "SHUTDOWN",
        [KVM_EXIT_FAIL_ENTRY] = "FAIL_ENTRY",
        [KVM_EXIT_INTR] = "INTR",
        [KVM_EXIT_SET_TPR] = "SET_TPR",
        [KVM_EXIT_TPR_ACCESS] = "TPR_ACCESS",
        [KVM_EXIT_NMI] = "NMI",
        [KVM_EXIT_INTERNAL_ERROR] = "INTERNAL_ERROR",
        [KVM_EXIT_SYSTEM_EVENT] = "SYSTEM_EVENT",
        [KVM_EXIT_IOAPIC_EOI] = "IOAPIC_EOI",
        [KVM_EXIT_HYPERV] = "HYPERV",
        [KVM_EXIT_ARM_NISV] = "ARM_NISV",
        [KVM_EXIT_X86_RDMSR] = "X86_RDMSR",
        [KVM_EXIT_X86_WRMSR] = "X86_WRMSR",
        [KVM_EXIT_DIRTY_RING_FULL] = "DIRTY_RING_FULL",
        [KVM_EXIT_X86_BUS_LOCK] = "X86_BUS_LOCK",
        [KVM_EXIT_NOTIFY] = "NOTIFY",
        [39 /* not in older headers */] = "MEMORY_FAULT",
};

static bool is_known(uint32_t reason)
{
    return reason < sizeof exit_names / sizeof exit_names[0] && exit_names[reason][0];
}

/* What it means and what to try. */
static const char *what_of(uint32_t reason)
{
    switch (reason) {
    case KVM_EXIT_UNKNOWN:
        return ": the CPU left the guest for a reason KVM does not know";
    case KVM_EXIT_DEBUG:
        return ": the guest executed a debug instruction";
    case KVM_EXIT_HLT:
        return ": the guest stopped its CPU, which nothing would start again";
    case KVM_EXIT_SYSTEM_EVENT:
        return ": the guest asked the firmware for a shutdown or reset";
    default:
        return is_known(reason) ? "" : ": a newer KVM than this tender knows?";
    }
}

static unsigned long long pc_of(const struct vm *vm)
{
    return arch_pc(vm);
}

/* KVM_EXIT_INTERNAL_ERROR: the first word says which. */
static int internal_error(const struct vm *vm, struct err *err)
{
    uint32_t sub = vm->run->internal.suberror;
    const char *what = "the host's KVM failed: see the host's kernel log";

    if (sub == KVM_INTERNAL_ERROR_EMULATION && pc_of(vm) >= vm->mem->size)
        what = "the guest jumped to an address outside its memory";
    else if (sub == KVM_INTERNAL_ERROR_EMULATION)
        what = "this host's KVM could not emulate the instruction; where KVM works without "
               "hardware virtualization it knows few beyond integer ones: use a host with "
               "hardware virtualization, or solo5-spt";
    return err_set(err,
            "KVM: unhandled exit: exit_reason=0x%x (KVM_EXIT_INTERNAL_ERROR, suberror %u), "
            "%s=0x%llx: %s",
            KVM_EXIT_INTERNAL_ERROR, sub, arch_pc_name, pc_of(vm), what);
}

static int fail_entry(const struct vm *vm, struct err *err)
{
    return err_set(err,
            "KVM: unhandled exit: exit_reason=0x%x (KVM_EXIT_FAIL_ENTRY, hardware reason "
            "0x%llx), %s=0x%llx: the CPU refused to enter the guest: see the host's kernel log",
            KVM_EXIT_FAIL_ENTRY,
            (unsigned long long)vm->run->fail_entry.hardware_entry_failure_reason,
            arch_pc_name, pc_of(vm));
}

static int other_exit(const struct vm *vm, struct err *err)
{
    uint32_t reason = vm->run->exit_reason;
    bool known = is_known(reason);

    return err_set(err, "KVM: unhandled exit: exit_reason=0x%x (%s%s), %s=0x%llx%s", reason,
            known ? "KVM_EXIT_" : "an unknown exit", known ? exit_names[reason] : "",
            arch_pc_name, pc_of(vm), what_of(reason));
}

/*
 * The guest wrote where the host's mapping has no write permission. KVM_RUN fails
 * then; a KVM that emulates the write takes the address for a device's instead.
 */
static int protection_fault(const struct vm *vm, struct err *err)
{
    return err_set(err,
            "KVM: host/guest translation fault: %s=0x%llx: usually a write to code or "
            "read-only data",
            arch_pc_name, pc_of(vm));
}

/* The exit is no hypercall: put it into words. */
static int explain_exit(const struct vm *vm, struct err *err)
{
    uint64_t gpa;

    if (arch_mmio(vm, &gpa)) {
        if (gpa < vm->mem->end)
            return protection_fault(vm, err);
        if (arch_explain(vm, err))
            return -1;
        return err_set(err, "Invalid guest mmio access: mmio=0x%llx, %s=0x%llx",
                (unsigned long long)gpa, arch_pc_name, pc_of(vm));
    }
    if (arch_explain(vm, err))
        return -1;
    switch (vm->run->exit_reason) {
    case KVM_EXIT_INTERNAL_ERROR:
        return internal_error(vm, err);
    case KVM_EXIT_FAIL_ENTRY:
        return fail_entry(vm, err);
    default:
        return other_exit(vm, err);
    }
}

int vm_explain(const struct vm *vm, struct err *err)
{
    if (vm->error == 0)
        return explain_exit(vm, err);
    if (vm->error == EFAULT)
        return protection_fault(vm, err);
    unsigned long long pc = pc_of(vm);
    errno = vm->error;
    return err_errno(err, "KVM: could not run the guest at %s=0x%llx", arch_pc_name, pc);
}

/*
 * vcpu_kvm.h: KVM_RUN; 0 or a negative errno. By an instruction of our own: the C library's
 * ioctl(2) would be a call through a table, and a stack for it, in each exit.
 */
static inline int arch_run(int vcpu);
#include "vcpu_kvm.h"

struct vm_hypercall vm_run(struct vm *vm)
{
    int error;

    while ((error = arch_run(vm->vcpu)) != 0)
        if (error != -EINTR) { /* stopped and continued, say */
            vm->error = -error;
            return (struct vm_hypercall){.nr = VM_ENDED};
        }
    return arch_hypercall(vm->hypercall_base, vm->run);
}
