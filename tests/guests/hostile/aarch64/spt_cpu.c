/* SPDX-License-Identifier: ISC */
/*
 * spt_cpu: aarch64. Instructions that an ordinary process can try, and Linux's numbers.
 */
#include "spt.h"

long cpu_syscall_6(uint64_t nr, const uint64_t a[6])
{
    register uint64_t x0 __asm__("x0") = a[0];
    register uint64_t x1 __asm__("x1") = a[1];
    register uint64_t x2 __asm__("x2") = a[2];
    register uint64_t x3 __asm__("x3") = a[3];
    register uint64_t x4 __asm__("x4") = a[4];
    register uint64_t x5 __asm__("x5") = a[5];
    register uint64_t x8 __asm__("x8") = nr;

    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8)
                     : "memory");
    return (long)x0;
}

const struct number cpu_numbers[] = {
        {"ptrace", 117},
        {"kill", 129},
        {"tkill", 130},
        {"tgkill", 131},
        {"rt_sigqueueinfo", 138},
        {"process_vm_readv", 270},
        {"process_vm_writev", 271},
        {"pidfd_open", 434},
        {"pidfd_getfd", 438},
        {"pidfd_send_signal", 424},
        {"kcmp", 272},
        {"clone", 220},
        {"clone3", 435},
        {"execve", 221},
        {"execveat", 281},
        {"unshare", 97},
        {"setns", 268},
        {"openat", 56},
        {"openat2", 437},
        {"open_by_handle_at", 265},
        {"readlinkat", 78},
        {"statx", 291},
        {"unlinkat", 35},
        {"renameat2", 276},
        {"ftruncate", 46},
        {"fallocate", 47},
        {"mount", 40},
        {"chdir", 49},
        {"memfd_create", 279},
        {"close", 57},
        {"dup3", 24},
        {"fcntl", 25},
        {"ioctl", 29},
        {"socket", 198},
        {"sendmsg", 211},
        {"io_uring_setup", 425},
        {"epoll_create1", 20},
        {"splice", 76},
        {"copy_file_range", 285},
        {"preadv2", 286},
        {"pwritev2", 287},
        {"mmap", 222},
        {"mprotect", 226},
        {"pkey_mprotect", 288},
        {"munmap", 215},
        {"mremap", 216},
        {"remap_file_pages", 234},
        {"brk", 214},
        {"madvise", 233},
        {"mlock", 228},
        {"userfaultfd", 282},
        {"shmget", 194},
        {"rt_sigaction", 134},
        {"rt_sigprocmask", 135},
        {"ppoll", 73},
        {"write", CPU_NR_WRITE},
        {"rt_sigreturn", 139},
        {"sigaltstack", 132},
        {"rseq", 293},
        {"set_robust_list", 99},
        {"futex", 98},
        {"timer_create", 107},
        {"setitimer", 103},
        {"nanosleep", 101},
        {"prctl", 167},
        {"seccomp", 277},
        {"personality", 92},
        {"setuid", 146},
        {"capset", 91},
        {"prlimit64", 261},
        {"setpriority", 140},
        {"bpf", 280},
        {"perf_event_open", 241},
        {"init_module", 105},
        {"kexec_load", 104},
        {"reboot", 142},
        {"add_key", 217},
        {"syslog", 116},
        {"clock_settime", 112},
        {"getrandom", 278},
        {"uname", 160},
        {"timerfd_settime", 86},
        {"epoll_pwait", 22},
        {NULL, 0},
};

void cpu_spin_at(uint64_t sp)
{
    __asm__ volatile("mov sp, %0; 1: b 1b" : : "r"(sp) : "memory");
    __builtin_unreachable();
}

void cpu_touch(uint64_t at, uint64_t resume)
{
    __asm__ volatile("mov x9, %1; ldrb w0, [%0]" : : "r"(at), "r"(resume) : "x0", "x9", "memory");
}

void cpu_touch_no_stack(uint64_t at)
{
    __asm__ volatile("adr x9, 1f; mov sp, %1; ldrb w0, [%0]; 1: hint #36; 2: b 2b"
                     :
                     : "r"(at), "r"(UINT64_C(0))
                     : "x9", "memory");
    __builtin_unreachable();
}

void cpu_touch_again(uint64_t at)
{
    __asm__ volatile("mov x19, %0; 1: hint #36; adr x9, 1b; ldrb w0, [x19]; b 1b"
                     :
                     : "r"(at)
                     : "x0", "x9", "x19", "memory");
    __builtin_unreachable();
}

/* AAPCS64, 6.1: X19 to X29, SP, half of V8 to V15, FPCR. X30, as for whoever returns. */
uint64_t cpu_touch_keeps(uint64_t at)
{
    register uint64_t x0 __asm__("x0") = at;

    __asm__ volatile(
            "stp x29, x30, [sp, #-16]!\n"
            ".irp n, 19,20,21,22,23,24,25,26,27,28,29,30\n mov x\\n, #\\n\n .endr\n"
            ".irp n, 8,9,10,11,12,13,14,15\n fmov d\\n, #1.0\n .endr\n"
            "mov x10, #0xc00000\n msr fpcr, x10\n"
            "adr x9, 1f\n ldrb w10, [x0]\n mov x30, #0\n"
            "1: hint #36\n mov x11, #0\n"
            ".irp n, 19,20,21,22,23,24,25,26,27,28,29,30\n"
            " sub x10, x\\n, #\\n\n orr x11, x11, x10\n .endr\n"
            "mov x12, #0x3ff0000000000000\n"
            ".irp n, 8,9,10,11,12,13,14,15\n"
            " fmov x10, d\\n\n eor x10, x10, x12\n orr x11, x11, x10\n .endr\n"
            "mrs x10, fpcr\n eor x10, x10, #0xc00000\n orr x11, x11, x10\n"
            "msr fpcr, xzr\n ldp x29, x30, [sp], #16\n mov x0, x11\n"
            : "+r"(x0)
            :
            : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
            "x14", "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26",
            "x27", "x28", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "cc", "memory");
    return x0;
}

/* FP as unusual as it can be, the TLS base nowhere, all flags (DDI 0487, C5.2). */
void cpu_spin_oddly(void)
{
    __asm__ volatile("mov x0, #-1; msr tpidr_el0, x0; msr fpsr, x0; msr nzcv, x0;"
                     "mov x0, #0x3c00000; msr fpcr, x0; mov x29, #1; mov x30, #1; mov x18, #1;"
                     "1: b 1b"
                     :
                     :
                     : "x0", "memory");
    __builtin_unreachable();
}

#define SINGLE(X)                                                                              \
    X(udf, "udf #0")                                                                           \
    X(brk, "brk #0")                                                                           \
    X(hlt, "hlt #0")                                                                           \
    X(hvc, "hvc #0")                                                                           \
    X(smc, "smc #0")                                                                           \
    X(svc_number, "mov x8, #172; svc #1")                                                      \
    X(eret, "eret")                                                                            \
    X(dcps1, "dcps1")                                                                          \
    X(interrupts, "msr daifset, #15")                                                          \
    X(sctlr, "mrs x0, sctlr_el1")                                                              \
    X(ttbr0, "msr ttbr0_el1, x0")                                                              \
    X(vbar, "msr vbar_el1, x0")                                                                \
    X(debug, "mrs x0, mdscr_el1")                                                              \
    X(pmu, "mrs x0, pmccntr_el0")                                                              \
    X(pmu_write, "msr pmcr_el0, x0")                                                           \
    X(actlr, "mrs x0, actlr_el1")                                                              \
    X(timer, "mov x0, #1; msr cntv_ctl_el0, x0")                                               \
    X(set_way, "mov x0, xzr; dc cisw, x0")                                                     \
    X(tlbi, "tlbi vmalle1is")                                                                  \
    X(odd_stack, "mov x1, sp; add x0, x1, #1; mov sp, x0; ldr x2, [sp]; mov sp, x1")           \
    X(odd_jump, "adr x0, .; add x0, x0, #2; br x0")                                            \
    X(kernel_read, "mov x0, #0xffff000000000000; ldr x0, [x0]")                                \
    X(kernel_jump, "mov x0, #0xffff000000000000; br x0")                                       \
    X(id, "mrs x0, midr_el1; mrs x0, id_aa64mmfr0_el1")                                        \
    X(counter, "mrs x0, cntvct_el0")                                                           \
    X(wfi, "sevl; wfe; wfi; yield")                                                            \
    X(code_cache, "adr x0, .; dc cvau, x0; ic ivau, x0; isb")

#define DEFINE(name, text)                                                                     \
    static void name(void)                                                                     \
    {                                                                                          \
        __asm__ volatile(text : : : "x0", "x1", "x2", "x8", "memory");                         \
    }
#define ROW(name, text) {#name, name},

SINGLE(DEFINE)

const struct attack cpu_single[] = {SINGLE(ROW){NULL, NULL}};
