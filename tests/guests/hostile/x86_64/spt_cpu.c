/* SPDX-License-Identifier: ISC */
/*
 * spt_cpu: x86_64. Instructions that an ordinary process can try, and Linux's numbers.
 */
#include "spt.h"

long cpu_syscall_6(uint64_t nr, const uint64_t a[6])
{
    register uint64_t r10 __asm__("r10") = a[3];
    register uint64_t r8 __asm__("r8") = a[4];
    register uint64_t r9 __asm__("r9") = a[5];
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

const struct number cpu_numbers[] = {
        {"ptrace", 101},
        {"kill", 62},
        {"tkill", 200},
        {"tgkill", 234},
        {"rt_sigqueueinfo", 129},
        {"process_vm_readv", 310},
        {"process_vm_writev", 311},
        {"pidfd_open", 434},
        {"pidfd_getfd", 438},
        {"pidfd_send_signal", 424},
        {"kcmp", 312},
        {"clone", 56},
        {"clone3", 435},
        {"execve", 59},
        {"execveat", 322},
        {"unshare", 272},
        {"setns", 308},
        {"openat", 257},
        {"openat2", 437},
        {"open_by_handle_at", 304},
        {"readlinkat", 267},
        {"statx", 332},
        {"unlinkat", 263},
        {"renameat2", 316},
        {"ftruncate", 77},
        {"fallocate", 285},
        {"mount", 165},
        {"chdir", 80},
        {"memfd_create", 319},
        {"close", 3},
        {"dup3", 292},
        {"fcntl", 72},
        {"ioctl", 16},
        {"socket", 41},
        {"sendmsg", 46},
        {"io_uring_setup", 425},
        {"epoll_create1", 291},
        {"splice", 275},
        {"copy_file_range", 326},
        {"preadv2", 327},
        {"pwritev2", 328},
        {"mmap", 9},
        {"mprotect", 10},
        {"pkey_mprotect", 329},
        {"munmap", 11},
        {"mremap", 25},
        {"remap_file_pages", 216},
        {"brk", 12},
        {"madvise", 28},
        {"mlock", 149},
        {"userfaultfd", 323},
        {"shmget", 29},
        {"rt_sigaction", 13},
        {"rt_sigprocmask", 14},
        {"ppoll", 271},
        {"write", CPU_NR_WRITE},
        {"rt_sigreturn", 15},
        {"sigaltstack", 131},
        {"rseq", 334},
        {"set_robust_list", 273},
        {"futex", 202},
        {"timer_create", 222},
        {"setitimer", 38},
        {"nanosleep", 35},
        {"prctl", 157},
        {"seccomp", 317},
        {"personality", 135},
        {"setuid", 105},
        {"capset", 126},
        {"prlimit64", 302},
        {"setpriority", 141},
        {"bpf", 321},
        {"perf_event_open", 298},
        {"init_module", 175},
        {"kexec_load", 246},
        {"reboot", 169},
        {"add_key", 248},
        {"syslog", 103},
        {"clock_settime", 227},
        {"getrandom", 318},
        {"uname", 63},
        {"timerfd_settime", 286},
        {"epoll_pwait", 281},
        {NULL, 0},
};

void cpu_spin_at(uint64_t sp)
{
    __asm__ volatile("mov %0, %%rsp; 1: jmp 1b" : : "r"(sp) : "memory");
    __builtin_unreachable();
}

void cpu_touch(uint64_t at, uint64_t resume)
{
    __asm__ volatile("mov %1, %%r11; movb (%0), %%al"
                     :
                     : "r"(at), "r"(resume)
                     : "rax", "r11", "memory");
}

void cpu_touch_no_stack(uint64_t at)
{
    __asm__ volatile("lea 1f(%%rip), %%r11; xor %%esp, %%esp; movb (%0), %%al; 1: jmp 1b"
                     :
                     : "r"(at)
                     : "rax", "r11", "memory");
    __builtin_unreachable();
}

void cpu_touch_again(uint64_t at)
{
    __asm__ volatile("mov %0, %%rbx; 1: lea 1b(%%rip), %%r11; movb (%%rbx), %%al; jmp 1b"
                     :
                     : "r"(at)
                     : "rax", "rbx", "r11", "memory");
    __builtin_unreachable();
}

/* psABI 3.2.1: RBX, RBP, R12 to R15, RSP, the control bits of MXCSR and of the x87; DF is 0. */
uint64_t cpu_touch_keeps(uint64_t at)
{
    uint64_t differ;

    __asm__ volatile(
            "sub $128, %%rsp\n push %%rbp\n sub $8, %%rsp\n"
            "movl $0x7f80, (%%rsp)\n ldmxcsr (%%rsp)\n movl $0xf7f, (%%rsp)\n fldcw (%%rsp)\n"
            "mov $3, %%ebx\n mov $5, %%ebp\n mov $12, %%r12d\n mov $13, %%r13d\n"
            "mov $14, %%r14d\n mov $15, %%r15d\n"
            "lea 1f(%%rip), %%r11\n movb (%1), %%al\n xor %%ebx, %%ebx\n"
            "1: stmxcsr (%%rsp)\n mov (%%rsp), %%eax\n xor $0x7f80, %%eax\n"
            "fnstcw (%%rsp)\n movzwl (%%rsp), %%ecx\n xor $0xf7f, %%ecx\n or %%rcx, %%rax\n"
            "sub $3, %%rbx\n or %%rbx, %%rax\n sub $5, %%rbp\n or %%rbp, %%rax\n"
            "sub $12, %%r12\n or %%r12, %%rax\n sub $13, %%r13\n or %%r13, %%rax\n"
            "sub $14, %%r14\n or %%r14, %%rax\n sub $15, %%r15\n or %%r15, %%rax\n"
            "pushf\n pop %%rcx\n and $0x400, %%ecx\n or %%rcx, %%rax\n"
            "movl $0x1f80, (%%rsp)\n ldmxcsr (%%rsp)\n movl $0x37f, (%%rsp)\n fldcw (%%rsp)\n"
            "add $8, %%rsp\n pop %%rbp\n add $128, %%rsp\n"
            : "=&a"(differ)
            : "D"(at)
            : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
            "cc", "memory");
    return differ;
}

/* Backwards, with alignment checks, no data segments, FP exceptions pending (SDM vol. 1, 3.4.3). */
void cpu_spin_oddly(void)
{
    __asm__ volatile("xor %%eax, %%eax; mov %%eax, %%ds; mov %%eax, %%es; mov %%eax, %%fs;"
                     "mov %%eax, %%gs; push $0x40400; popfq; xor %%ebp, %%ebp;"
                     "1: jmp 1b"
                     :
                     :
                     : "rax", "memory");
    __builtin_unreachable();
}

/*
 * The page [vsyscall], if it is there: gettimeofday(2), time(2), getcpu(2) are calls that the
 * filter sees.
 */
static void vsyscall_at(uint64_t address)
{
    long result;

    __asm__ volatile("call *%1"
                     : "=a"(result)
                     : "r"(address), "D"(0), "S"(0)
                     : "rcx", "r11", "memory", "cc");
    put_value("result", (uint64_t)result);
}

static void vsyscall_gettimeofday(void)
{
    vsyscall_at(0xffffffffff600000);
}

static void vsyscall_time(void)
{
    vsyscall_at(0xffffffffff600400);
}

static void vsyscall_getcpu(void)
{
    vsyscall_at(0xffffffffff600800);
}

static void vsyscall_middle(void)
{
    vsyscall_at(0xffffffffff600009);
}

#define SINGLE(X)                                                                              \
    X(hlt, "hlt")                                                                              \
    X(cli, "cli")                                                                              \
    X(port, "outb %%al, $0x80")                                                                \
    X(rdmsr, "mov $0x10, %%ecx; rdmsr")                                                        \
    X(wrmsr, "mov $0xc0000080, %%ecx; xor %%eax, %%eax; wrmsr")                                \
    X(cr3_read, "mov %%cr3, %%rax")                                                            \
    X(cr0_write, "mov %%rax, %%cr0")                                                           \
    X(dr_read, "mov %%dr0, %%rax")                                                             \
    X(dr_write, "mov %%rax, %%dr7")                                                            \
    X(lidt, "push $0; push $0; lidt (%%rsp)")                                                  \
    X(lgdt, "push $0; push $0; lgdt (%%rsp)")                                                  \
    X(ltr, "xor %%eax, %%eax; ltr %%ax")                                                       \
    X(invlpg, "invlpg 0x100000")                                                               \
    X(wbinvd, "wbinvd")                                                                        \
    X(swapgs, "swapgs")                                                                        \
    X(sysret, "sysretq")                                                                       \
    X(xsetbv, "xor %%eax, %%eax; xor %%edx, %%edx; xor %%ecx, %%ecx; xsetbv")                  \
    X(monitor, "mov %%rsp, %%rax; xor %%ecx, %%ecx; xor %%edx, %%edx; monitor")                \
    X(vmrun, "xor %%eax, %%eax; vmrun")                                                        \
    X(ud2, "ud2")                                                                              \
    X(icebp, ".byte 0xf1")                                                                     \
    X(int_0x20, "int $0x20")                                                                   \
    X(divide, "xor %%ecx, %%ecx; xor %%edx, %%edx; div %%ecx")                                 \
    X(single_step, "pushfq; orl $0x100, (%%rsp); popfq; nop; nop")                             \
    X(far_jump, "push $0x10; push $0x100000; lretq")                                           \
    X(to_32_bit, "push $0x23; push $0x1000; lretq")                                            \
    X(kernel_read, "mov $0xffffffff81000000, %%rax; mov (%%rax), %%rax")                       \
    X(kernel_jump, "mov $0xffffffff81000000, %%rax; jmp *%%rax")                               \
    X(non_canonical, "mov $0x8000000000000000, %%rax; jmp *%%rax")                             \
    X(sysenter, "mov $1, %%eax; xor %%ebp, %%ebp; sysenter")                                   \
    X(cpuid, "xor %%eax, %%eax; xor %%ecx, %%ecx; push %%rbx; cpuid; pop %%rbx")               \
    X(rdtsc, "rdtsc")                                                                          \
    X(rdpmc, "xor %%ecx, %%ecx; rdpmc")                                                        \
    X(fs_base, "xor %%eax, %%eax; wrfsbase %%rax")                                             \
    X(ldt, "mov $7, %%eax; mov %%eax, %%es")

/* They push: below what the compiler may use without moving the stack pointer. */
#define DEFINE(name, text)                                                                     \
    static void name(void)                                                                     \
    {                                                                                          \
        __asm__ volatile("sub $256, %%rsp;" text "; add $256, %%rsp"                           \
                         :                                                                     \
                         :                                                                     \
                         : "rax", "rcx", "rdx", "memory", "cc");                               \
    }
#define ROW(name, text) {#name, name},

SINGLE(DEFINE)

const struct attack cpu_single[] = {SINGLE(ROW){"vsyscall_gettimeofday", vsyscall_gettimeofday},
        {"vsyscall_time", vsyscall_time}, {"vsyscall_getcpu", vsyscall_getcpu},
        {"vsyscall_middle", vsyscall_middle}, {NULL, NULL}};
