/* SPDX-License-Identifier: ISC */
/*
 * kvm ROUNDS COUNT: what it costs to run a guest until it leaves.
 * kvm once MIB: a machine with that memory is made, leaves once, and is gone.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "floor.h"
#include "kvm.h"

static int vcpu;
static struct kvm_run *run;

static void machine(size_t size)
{
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    floor_require(kvm >= 0, "/dev/kvm");
    int vm = ioctl(kvm, KVM_CREATE_VM, 0UL);
    void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    floor_require(vm >= 0 && mem != MAP_FAILED, "KVM_CREATE_VM");
    memcpy((char *)mem + KVM_CODE, cpu_code, cpu_code_size);

    struct kvm_userspace_memory_region region = {
            .memory_size = size, .userspace_addr = (uintptr_t)mem};
    floor_require(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) == 0, "memory");
    vcpu = ioctl(vm, KVM_CREATE_VCPU, 0UL);
    size_t run_size = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    floor_require(vcpu >= 0 && run != MAP_FAILED && cpu_reset(vm, vcpu), "KVM_CREATE_VCPU");
}

static void op_exit(struct bench *b, unsigned n)
{
    while (n-- > 0)
        bench_require(b, ioctl(vcpu, KVM_RUN, 0) == 0 && cpu_is_exit(run));
}

int main(int argc, char **argv)
{
    struct bench b = floor_bench(argv);
    bool once = argc == 3 && strcmp(argv[1], "once") == 0;

    machine(once ? strtoul(argv[2], NULL, 10) << 20 : 16UL << 20);
    if (once)
        op_exit(&b, 1);
    else
        bench_each(&b, "kvm_exit", b.count, NULL, op_exit);
    return b.failed;
}
