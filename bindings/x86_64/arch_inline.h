/* SPDX-License-Identifier: ISC */
/*
 * Intel 64: Software Developer's Manual (SDM), volumes 2 (instructions) and 3.
 */
#define ARCH_TLS_VARIANT TLS_BELOW

/* RDTSC may run ahead of earlier loads; LFENCE holds it back (SDM 2, RDTSC). */
static inline uint64_t arch_cycles(void)
{
    uint32_t lo, hi;

    __asm__ __volatile__("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
    return (uint64_t)hi << 32 | lo;
}

/* The invariant TSC, CPUID.80000007H:EDX[bit 8] (SDM 3, 18.17.1). */
static inline bool arch_cycles_steady(void)
{
    uint32_t eax = 0x80000000, ebx, ecx = 0, edx;

    __asm__ __volatile__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if (eax < 0x80000007)
        return false;
    eax = 0x80000007;
    ecx = 0;
    __asm__ __volatile__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return edx & (1U << 8);
}

/* CPUID.01H:ECX.RDRAND[bit 30]; ten tries as SDM 1, 7.3.17.1 recommends. */
static inline bool arch_random(uint64_t *value)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;
    uint64_t random;
    bool ok = false;

    __asm__ __volatile__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if (!(ecx & (1U << 30)))
        return false;
    for (int i = 0; i < 10 && !ok; i++)
        __asm__ __volatile__("rdrand %0" : "=r"(random), "=@ccc"(ok));
    if (ok)
        *value = random;
    return ok;
}

static inline void arch_relax(void)
{
    __asm__ __volatile__("pause");
}
