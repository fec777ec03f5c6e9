/* SPDX-License-Identifier: ISC */
/*
 * cpu.h: what test guests need to say in machine terms.
 */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

/* mov w0, #42; ret */
#define CPU_CODE_42 0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6

/* Make stores visible to instruction fetches, Arm ARM B2.4.4. */
static inline void cpu_sync_code(void *p, uint64_t size)
{
    for (char *c = p; c < (char *)p + size; c += 4)
        __asm__ volatile("dc cvau, %0" : : "r"(c) : "memory");
    __asm__ volatile("dsb ish" : : : "memory");
    for (char *c = p; c < (char *)p + size; c += 4)
        __asm__ volatile("ic ivau, %0" : : "r"(c) : "memory");
    __asm__ volatile("dsb ish; isb" : : : "memory");
}

/* By the architecture. */
static inline int cpu_counter_steady(void)
{
    return 1;
}

static inline void cpu_undefined(void)
{
    __asm__ volatile("udf #0");
}

static inline void cpu_breakpoint(void)
{
    __asm__ volatile("brk #0");
}

/* Branch through a register to where no landing pad is: BR of X16 or X17 may do more. */
static inline void cpu_miss_landing_pad(void)
{
    uint64_t to;

    __asm__ volatile("adr %0, 1f; br %0; 1: nop" : "=&r"(to));
}

/*
 * Signed addresses (PAC, Arm ARM D8.10), by instructions that are NOPs elsewhere (C6.2, HINT).
 *
 * Does the CPU say that it has them? ID_AA64ISAR1_EL1.APA and API, ID_AA64ISAR2_EL1.APA3; at EL0
 * the kernel answers.
 */
static inline int cpu_has_signing(void)
{
    uint64_t isar1, isar2;

    __asm__("mrs %0, S3_0_C0_C6_1; mrs %1, S3_0_C0_C6_2" : "=r"(isar1), "=r"(isar2));
    return (isar1 & 0xff0) != 0 || (isar2 & 0xf000) != 0;
}

/* PACIA1716: sign ADDRESS for a stack at SP, with the key that functions use. */
static inline uint64_t cpu_sign(uint64_t address, uint64_t sp)
{
    register uint64_t x16 __asm__("x16") = sp;
    register uint64_t x17 __asm__("x17") = address;

    __asm__ volatile("hint #8" : "+r"(x17) : "r"(x16));
    return x17;
}

/* AUTIA1716: the address again, or, signed otherwise, one that leads nowhere or a trap. */
static inline uint64_t cpu_authenticate(uint64_t address, uint64_t sp)
{
    register uint64_t x16 __asm__("x16") = sp;
    register uint64_t x17 __asm__("x17") = address;

    __asm__ volatile("hint #12" : "+r"(x17) : "r"(x16));
    return x17;
}

/* What a function's first instruction, PACIASP, makes of the address it returns to. */
static inline uint64_t cpu_sign_return(uint64_t address, uint64_t *sp)
{
    uint64_t is;

    __asm__ volatile("mov x30, %2; hint #25; mov %0, x30; mov %1, sp"
                     : "=&r"(is), "=&r"(*sp)
                     : "r"(address)
                     : "x30");
    return is;
}

/* A function whose return address on the stack becomes TO, and which then returns. */
static inline void cpu_return_to(void (*to)(void))
{
    __asm__ volatile("adr x30, 1f; hint #25; stp x29, x30, [sp, #-16]!; str %0, [sp, #8];"
                     "ldp x29, x30, [sp], #16; hint #29; ret; 1:"
                     :
                     : "r"(to)
                     : "x30", "memory");
}

/* Go to F, which doesn't return, on the stack below TOP, a multiple of 16. */
static inline void cpu_go_on_stack(void *top, void (*f)(void))
{
    __asm__ volatile("mov sp, %0; mov x29, xzr; blr %1" : : "r"(top), "r"(f) : "memory");
    __builtin_unreachable();
}

/* Use a stack that is not there. */
static inline void cpu_bad_stack(void)
{
    __asm__ volatile("mov x0, #0x1000; mov sp, x0; str x0, [sp, #-16]!; 1: b 1b"
                     :
                     :
                     : "x0", "memory");
}

/* Linux system calls. */
#define CPU_NR_READ 63
#define CPU_NR_WRITE 64
#define CPU_NR_MPROTECT 226
#define CPU_NR_PREAD64 67
#define CPU_NR_PWRITE64 68
#define CPU_NR_GETPID 172
#define CPU_NR_FDATASYNC 83
#define CPU_NR_EPOLL_CTL 21
#define CPU_NR_OPENAT 56
#define CPU_NR_RT_SIGRETURN 139
#define CPU_NR_PPOLL 73
#define CPU_NR_RT_SIGACTION 134
#define CPU_NR_TGKILL 131
#define CPU_NR_RT_SIGPROCMASK 135
#define CPU_NR_CLOCK_GETTIME 113

static inline long cpu_syscall(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register uint64_t x0 __asm__("x0") = a;
    register uint64_t x1 __asm__("x1") = b;
    register uint64_t x2 __asm__("x2") = c;
    register uint64_t x3 __asm__("x3") = d;
    register long x8 __asm__("x8") = nr;

    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x1), "r"(x2), "r"(x3), "r"(x8)
                     : "memory");
    return (long)x0;
}

/* A 64-bit program can't make calls of 32-bit ones. */
static inline void cpu_syscall_compat(uint64_t nr, uint64_t a)
{
    (void)nr, (void)a;
}

/* The TLS base register holds any value. */

/* The vector registers, 16 bytes each. */
#define CPU_SIMD_BYTES (32 * 16)

static inline void cpu_simd_load(const uint8_t from[CPU_SIMD_BYTES])
{
    __asm__ volatile("ldp q0, q1, [%0, #0x000]; ldp q2, q3, [%0, #0x020];"
                     "ldp q4, q5, [%0, #0x040]; ldp q6, q7, [%0, #0x060];"
                     "ldp q8, q9, [%0, #0x080]; ldp q10, q11, [%0, #0x0a0];"
                     "ldp q12, q13, [%0, #0x0c0]; ldp q14, q15, [%0, #0x0e0];"
                     "ldp q16, q17, [%0, #0x100]; ldp q18, q19, [%0, #0x120];"
                     "ldp q20, q21, [%0, #0x140]; ldp q22, q23, [%0, #0x160];"
                     "ldp q24, q25, [%0, #0x180]; ldp q26, q27, [%0, #0x1a0];"
                     "ldp q28, q29, [%0, #0x1c0]; ldp q30, q31, [%0, #0x1e0]"
                     :
                     : "r"(from)
                     : "memory");
}

static inline void cpu_simd_store(uint8_t to[CPU_SIMD_BYTES])
{
    __asm__ volatile("stp q0, q1, [%0, #0x000]; stp q2, q3, [%0, #0x020];"
                     "stp q4, q5, [%0, #0x040]; stp q6, q7, [%0, #0x060];"
                     "stp q8, q9, [%0, #0x080]; stp q10, q11, [%0, #0x0a0];"
                     "stp q12, q13, [%0, #0x0c0]; stp q14, q15, [%0, #0x0e0];"
                     "stp q16, q17, [%0, #0x100]; stp q18, q19, [%0, #0x120];"
                     "stp q20, q21, [%0, #0x140]; stp q22, q23, [%0, #0x160];"
                     "stp q24, q25, [%0, #0x180]; stp q26, q27, [%0, #0x1a0];"
                     "stp q28, q29, [%0, #0x1c0]; stp q30, q31, [%0, #0x1e0]"
                     :
                     : "r"(to)
                     : "memory");
}

/* Round to nearest, no traps: FPCR is 0 (Arm ARM C5.2.8). */
static inline int cpu_fp_control_ok(void)
{
    uint64_t fpcr;

    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return fpcr == 0;
}

#endif /* CPU_H */
