/* SPDX-License-Identifier: ISC */
/*
 * cpu.h: what test guests need to say in machine terms.
 */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

/* mov $42, %eax; ret */
#define CPU_CODE_42 0xb8, 0x2a, 0x00, 0x00, 0x00, 0xc3

/* Nothing to do: stores are seen by instruction fetches. */
static inline void cpu_sync_code(void *p, uint64_t size)
{
    __asm__ volatile("" : : "r"(p), "r"(size) : "memory");
}

static inline void cpu_undefined(void)
{
    __asm__ volatile("ud2");
}

/* CPUID.80000007H:EDX[8] */
static inline int cpu_counter_steady(void)
{
    uint32_t a = 0x80000007, b, c = 0, d;

    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d >> 8 & 1;
}

/* Landing pads are not used on this CPU. */
static inline void cpu_miss_landing_pad(void)
{
}

/* Nor are signed addresses. */
static inline int cpu_has_signing(void)
{
    return 0;
}

static inline uint64_t cpu_sign(uint64_t address, uint64_t sp)
{
    (void)sp;
    return address;
}

static inline uint64_t cpu_authenticate(uint64_t address, uint64_t sp)
{
    (void)sp;
    return address;
}

static inline uint64_t cpu_sign_return(uint64_t address, uint64_t *sp)
{
    *sp = 0;
    return address;
}

static inline void cpu_return_to(void (*to)(void))
{
    to();
}

static inline void cpu_breakpoint(void)
{
    __asm__ volatile("int3");
}

/* Go to F, which doesn't return, on the stack below TOP, a multiple of 16. */
static inline void cpu_go_on_stack(void *top, void (*f)(void))
{
    __asm__ volatile("mov %0, %%rsp; xor %%ebp, %%ebp; call *%1"
                     :
                     : "r"(top), "r"(f)
                     : "memory");
    __builtin_unreachable();
}

/* Use a stack that is not there. */
static inline void cpu_bad_stack(void)
{
    __asm__ volatile("mov $0x1000, %%esp; push %%rax; 1: jmp 1b" : : : "memory");
}

/* Linux system calls. */
#define CPU_NR_READ 0
#define CPU_NR_WRITE 1
#define CPU_NR_MPROTECT 10
#define CPU_NR_PREAD64 17
#define CPU_NR_PWRITE64 18
#define CPU_NR_GETPID 39
#define CPU_NR_FDATASYNC 75
#define CPU_NR_EPOLL_CTL 233
#define CPU_NR_OPENAT 257
#define CPU_NR_RT_SIGRETURN 15
#define CPU_NR_PPOLL 271
#define CPU_NR_RT_SIGACTION 13
#define CPU_NR_TGKILL 234
#define CPU_NR_RT_SIGPROCMASK 14
#define CPU_NR_CLOCK_GETTIME 228

static inline long cpu_syscall(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register uint64_t r10 __asm__("r10") = d;
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return ret;
}

/* By the numbers of 32-bit programs. */
static inline void cpu_syscall_compat(uint64_t nr, uint64_t a)
{
    __asm__ volatile("int $0x80" : : "a"(nr), "b"(a), "c"(0), "d"(0) : "memory");
}

/* A value the TLS base register can't hold. */
#define CPU_BAD_TLS_BASE 0x8000000000000000

/* The vector registers, 16 bytes each. */
#define CPU_SIMD_BYTES (16 * 16)

static inline void cpu_simd_load(const uint8_t from[CPU_SIMD_BYTES])
{
    __asm__ volatile("movups 0x00(%0), %%xmm0; movups 0x10(%0), %%xmm1;"
                     "movups 0x20(%0), %%xmm2; movups 0x30(%0), %%xmm3;"
                     "movups 0x40(%0), %%xmm4; movups 0x50(%0), %%xmm5;"
                     "movups 0x60(%0), %%xmm6; movups 0x70(%0), %%xmm7;"
                     "movups 0x80(%0), %%xmm8; movups 0x90(%0), %%xmm9;"
                     "movups 0xa0(%0), %%xmm10; movups 0xb0(%0), %%xmm11;"
                     "movups 0xc0(%0), %%xmm12; movups 0xd0(%0), %%xmm13;"
                     "movups 0xe0(%0), %%xmm14; movups 0xf0(%0), %%xmm15"
                     :
                     : "r"(from)
                     : "memory");
}

static inline void cpu_simd_store(uint8_t to[CPU_SIMD_BYTES])
{
    __asm__ volatile("movups %%xmm0, 0x00(%0); movups %%xmm1, 0x10(%0);"
                     "movups %%xmm2, 0x20(%0); movups %%xmm3, 0x30(%0);"
                     "movups %%xmm4, 0x40(%0); movups %%xmm5, 0x50(%0);"
                     "movups %%xmm6, 0x60(%0); movups %%xmm7, 0x70(%0);"
                     "movups %%xmm8, 0x80(%0); movups %%xmm9, 0x90(%0);"
                     "movups %%xmm10, 0xa0(%0); movups %%xmm11, 0xb0(%0);"
                     "movups %%xmm12, 0xc0(%0); movups %%xmm13, 0xd0(%0);"
                     "movups %%xmm14, 0xe0(%0); movups %%xmm15, 0xf0(%0)"
                     :
                     : "r"(to)
                     : "memory");
}

/* Control words as after reset, SDM vol. 1, 8.1.5 (0x37f) and 10.2.3 (0x1f80). */
static inline int cpu_fp_control_ok(void)
{
    uint32_t mxcsr;
    uint16_t cw;

    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    __asm__ volatile("fnstcw %0" : "=m"(cw));
    return (mxcsr & ~0x3fU) == 0x1f80 && cw == 0x37f; /* exceptions seen don't count */
}

#endif /* CPU_H */
