/* SPDX-License-Identifier: ISC */
/*
 * kvm ROUNDS COUNT: what it costs to run a guest until it leaves, and the same under a filter that
 * compares what the tender's does.
 * kvm once MIB: a machine with that memory is made, leaves once, and is gone.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

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

/* Go on if the word at OFFSET is VALUE, else to the end, which kills. */
#define EQUAL(offset, value, end)                                        \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset)),                        \
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, (end))

/* All of argument N: little endian. */
#define ARGUMENT(n, value, end)                                                            \
    EQUAL(offsetof(struct seccomp_data, args[n]) + 4, (uint64_t)(value) >> 32, (end) + 2), \
            EQUAL(offsetof(struct seccomp_data, args[n]), value, end)

/*
 * ioctl(vcpu, KVM_RUN, 0) alone, as the tender's policy has it. Other calls, of which our results
 * are one, are allowed.
 */
static void filter_run(void)
{
    struct sock_filter code[] = {
            EQUAL(offsetof(struct seccomp_data, arch), cpu_audit_arch, 15),
            EQUAL(offsetof(struct seccomp_data, nr), SYS_ioctl, 14),
            ARGUMENT(0, vcpu, 9),
            ARGUMENT(1, KVM_RUN, 5),
            ARGUMENT(2, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    floor_filter(code, sizeof code / sizeof code[0]);
}

int main(int argc, char **argv)
{
    struct bench b = floor_bench(argv);
    bool once = argc == 3 && strcmp(argv[1], "once") == 0;

    machine(once ? strtoul(argv[2], NULL, 10) << 20 : 16UL << 20);
    if (once) {
        op_exit(&b, 1);
        return b.failed;
    }
    bench_each(&b, "kvm_exit", b.count, NULL, op_exit);
    filter_run();
    bench_each(&b, "kvm_exit_filter", b.count, NULL, op_exit);
    return b.failed;
}
