/* SPDX-License-Identifier: ISC */
/*
 * Arm Architecture Reference Manual for A-profile (Arm ARM, DDI 0487).
 */
#define ARCH_TLS_VARIANT TLS_ABOVE

/* Reads of the counter may be speculated; ISB holds them back (Arm ARM D12.2). */
static inline uint64_t arch_cycles(void)
{
    uint64_t count;

    __asm__ __volatile__("isb; mrs %0, cntvct_el0" : "=r"(count) : : "memory");
    return count;
}

/* The system counter is in an always-on power domain (Arm ARM D12.1.2). */
static inline bool arch_cycles_steady(void)
{
    return true;
}

/*
 * FEAT_RNG: ID_AA64ISAR0_EL1.RNDR, bits 63-60; RNDR (S3_3_C2_C4_0) sets the Z flag
 * when it has no number now. At EL0 the kernel answers the read of the ID register
 * (Linux 4.11 and later, Documentation/arm64/cpu-feature-registers.rst).
 */
static inline bool arch_random(uint64_t *value)
{
    uint64_t features, random;
    uint32_t ok = 0;

    __asm__ __volatile__("mrs %0, id_aa64isar0_el1" : "=r"(features));
    if (features >> 60 == 0)
        return false;
    for (int i = 0; i < 10 && !ok; i++)
        __asm__ __volatile__("mrs %0, s3_3_c2_c4_0; cset %w1, ne"
                             : "=r"(random), "=r"(ok)
                             :
                             : "cc");
    if (ok)
        *value = random;
    return ok != 0;
}

static inline void arch_relax(void)
{
    __asm__ __volatile__("yield");
}
