/* SPDX-License-Identifier: ISC */
#include "fake_vm.h"

struct fake_vm fake_vm;

int vm_create(struct vm *vm, const struct guest_mem *mem, struct err *err)
{
    (void)err;
    *vm = (struct vm){.mem = mem, .signs = fake_vm.signs, .kvm = -1, .fd = -1, .vcpu = -1};
    return 0;
}

int vm_cycle_hz(struct vm *vm, uint64_t *hz, struct err *err)
{
    (void)vm, (void)err;
    *hz = 1000000000;
    return 0;
}

int vm_reset(struct vm *vm, uint64_t entry, struct err *err)
{
    (void)vm, (void)entry, (void)err;
    return 0;
}

bool vm_can_kick(void)
{
    return !fake_vm.no_kick;
}

int vm_kick_fd(struct vm *vm, int fd, uint32_t value, struct err *err)
{
    (void)vm;
    if (fake_vm.kick_fails)
        return err_set(err, "no kick");
    fake_vm.kick_fd = fd;
    fake_vm.kick_value = value;
    return 0;
}

void vm_seal(struct vm *vm)
{
    (void)vm;
}

struct vm_hypercall vm_run(struct vm *vm)
{
    if (fake_vm.next)
        return fake_vm.next(vm);
    if (fake_vm.at == fake_vm.n)
        return (struct vm_hypercall){.nr = VM_ENDED};
    return fake_vm.calls[fake_vm.at++];
}

int vm_explain(const struct vm *vm, struct err *err)
{
    (void)vm;
    return err_set(err, SCRIPT_OVER);
}

size_t vm_run_ioctls(struct vm_ioctl list[VM_IOCTLS_MAX])
{
    list[0] = (struct vm_ioctl){0x1234, false, "the only one"};
    return 1;
}
