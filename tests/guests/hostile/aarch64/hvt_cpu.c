/* SPDX-License-Identifier: ISC */
/*
 * hvt_cpu: aarch64. Instructions that KVM traps, emulates or should not let through:
 * Arm Architecture Reference Manual (DDI 0487), D1.5 and D19. Function numbers: Arm DEN 0028
 * (SMCCC), DEN 0022 (PSCI).
 */
#include "hvt.h"

void cpu_prepare(void)
{
}

/*
 * What is tried
 */

#define X0_TO_X3 "x0", "x1", "x2", "x3"

/* PSCI 0.1's CPU_OFF and SUSPEND are cpu_single's. */
static uint64_t hvc(uint64_t function)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = 0;
    register uint64_t x2 __asm__("x2") = UINT64_MAX;
    register uint64_t x3 __asm__("x3") = 1;

    __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    return x0;
}

/* Of every service, the first functions: PSCI with SYSTEM_OFF and RESET, TRNG, KVM's. */
static void hvc_functions(void)
{
    static const uint64_t bases[] = {0x80000000, 0x84000000, 0x84000050, 0x86000000, 0x8600ff00,
            0xc4000000, 0xc4000020, 0xc5000020, 0xc6000000, 0xbf00ff00, 0};
    unsigned known = 0;

    for (size_t i = 0; i < COUNT(bases); i++)
        for (unsigned k = 0; k < 32; k++)
            known += (int32_t)hvc(bases[i] + k) != -1;
    note("functions answered", known);
}

#define TRIED(X)                                                                               \
    X(udf, "udf #0")                                                                           \
    X(brk, "brk #0")                                                                           \
    X(hlt, "hlt #0")                                                                           \
    X(svc, "svc #0")                                                                           \
    X(hvc_number, "mov x0, #-1; hvc #0xffff")                                                  \
    X(smc, "mov x0, #0x84000000; smc #0")                                                      \
    X(smc_number, "mov x0, #-1; smc #0xffff")                                                  \
    X(dcps1, "dcps1")                                                                          \
    X(dcps3, "dcps3")                                                                          \
    X(wfe, "sevl; wfe; sev; wfe")                                                              \
    X(yield, "yield")                                                                          \
    X(el2_read, "mrs x0, S3_4_C1_C1_0")       /* HCR_EL2 */                                    \
    X(el2_write, "msr S3_4_C2_C1_0, x0")      /* VTTBR_EL2 */                                  \
    X(el3_read, "mrs x0, S3_6_C1_C1_0")       /* SCR_EL3 */                                    \
    X(el3_write, "msr S3_6_C1_C1_0, x0")                                                       \
    X(tlbi_el2, ".inst 0xd50c871f")           /* TLBI ALLE2 */                                 \
    X(tlbi_el1, ".inst 0xd50c879f")           /* TLBI ALLE1: every guest's */                  \
    X(tlbi, "tlbi vmalle1is; dsb sy; isb")                                                     \
    X(at_el2, ".inst 0xd50c7800")             /* AT S1E2R */                                   \
    X(at_stage2, ".inst 0xd50c7880")          /* AT S12E1R */                                  \
    X(id_read, "mrs x0, midr_el1; mrs x0, id_aa64mmfr0_el1; mrs x0, id_aa64dfr0_el1")          \
    X(id_write, "msr S3_0_C0_C0_0, x0")                                                        \
    X(actlr, "mrs x0, actlr_el1; msr actlr_el1, x0")                                           \
    X(set_way, "mov x0, xzr; dc isw, x0; dc cisw, x0")                                         \
    X(debug_read, "mrs x0, mdscr_el1; mrs x0, dbgbvr0_el1; mrs x0, dbgwcr0_el1")               \
    X(debug_watch, "adr x0, .; msr dbgbvr1_el1, x0; mov x0, #0x1e5; msr dbgbcr1_el1, x0; isb") \
    X(debug_off, "msr dbgbcr1_el1, xzr; msr mdscr_el1, xzr; isb")                              \
    X(debug_lock, "mov x0, #1; msr oslar_el1, x0; msr osdlr_el1, x0; isb;"                     \
                  "msr osdlr_el1, xzr; msr oslar_el1, xzr; isb")                               \
    X(debug_statistics, "mrs x0, S3_0_C9_C9_0") /* PMSCR_EL1 */                                \
    X(debug_trace, "mrs x0, S2_1_C0_C0_0")                                                     \
    X(pmu_read, "mrs x0, pmcr_el0; mrs x0, pmccntr_el0")                                       \
    X(pmu_write, "mov x0, #-1; msr pmcr_el0, x0; msr pmcntenset_el0, x0;"                      \
                 "msr pmintenset_el1, x0")                                                     \
    X(pmu_event, "mrs x0, S3_3_C14_C8_0")                                                      \
    X(gic_read, "mrs x0, S3_0_C12_C12_5")     /* ICC_SRE_EL1 */                                \
    X(gic_write, "mov x0, #-1; msr S3_0_C12_C11_5, x0") /* ICC_SGI1R_EL1 */                    \
    X(ras, "mrs x0, S3_0_C5_C3_0")            /* ERRIDR_EL1 */                                 \
    X(lor, "mrs x0, S3_0_C10_C4_7")           /* LORID_EL1 */                                  \
    X(pauth_key, "msr S3_0_C2_C1_0, x0")      /* APIAKeyLo_EL1 */                              \
    X(pauth_keys_read, "mrs x0, S3_0_C2_C1_0; mrs x0, S3_0_C2_C3_0") /* and APGAKeyLo_EL1 */   \
    X(pauth_wrong, "adr x0, 1f; .inst 0xdac11020; br x0; 1: nop") /* AUTIA X0, X1 */          \
    X(pauth_generic, ".inst 0x9ac23020")      /* PACGA X0, X1, X2 */                           \
    X(pauth_all, "mrs x1, sctlr_el1; mov x0, #0x2000; movk x0, #0x4800, lsl #16;"             \
                 "orr x0, x0, x1; msr sctlr_el1, x0; isb; .inst 0xdac10c20;" /* PACDB */       \
                 "msr sctlr_el1, x1; isb")                                                     \
    X(sve, "mrs x0, S3_0_C1_C2_0; .inst 0x0420e3e0") /* and CNTB */                            \
    X(sme, "mrs x0, S3_0_C1_C2_6")                                                             \
    X(mte, "mrs x0, S3_0_C1_C0_5")            /* RGSR_EL1 */                                   \
    X(counter_el2, "mrs x0, S3_4_C14_C0_3")   /* CNTVOFF_EL2 */                                \
    X(counter_frequency, "mov x0, #1; msr cntfrq_el0, x0")                                     \
    X(counter_physical, "mrs x0, cntpct_el0")                                                  \
    X(timer_virtual, "msr cntv_cval_el0, xzr; mov x0, #1; msr cntv_ctl_el0, x0; isb;"          \
                     "msr cntv_ctl_el0, xzr; isb")                                             \
    X(timer_physical, "msr cntp_cval_el0, xzr; mov x0, #1; msr cntp_ctl_el0, x0; isb;"         \
                      "msr cntp_ctl_el0, xzr; isb")                                            \
    X(interrupts, "mov x0, #1; msr cntv_cval_el0, xzr; msr cntv_ctl_el0, x0;"                  \
                  "msr daifclr, #15; isb; msr daifset, #15; msr cntv_ctl_el0, xzr; isb")       \
    X(illegal_state, "mov x0, #0x3cd; msr spsr_el1, x0; adr x0, 1f; msr elr_el1, x0;"          \
                     "eret; 1: nop")                                                           \
    X(to_el0, "msr spsr_el1, xzr; adr x0, 1f; msr elr_el1, x0; eret; 1: svc #0")               \
    X(to_el0_32, "mov x0, #0x10; msr spsr_el1, x0; mov x0, #0x1000; msr elr_el1, x0; eret")    \
    X(odd_stack, "mov x1, sp; add x0, x1, #1; mov sp, x0; ldr x2, [sp]; mov sp, x1")           \
    X(low_stack, "mov x1, sp; mov x0, xzr; mov sp, x0; str x0, [sp, #-16]!; mov sp, x1")       \
    X(odd_jump, "adr x0, .; add x0, x0, #2; br x0")                                            \
    X(high_half, "mov x0, #-4096; ldr x0, [x0]")                                               \
    X(window_execute, "mov x0, #0x100000000; br x0")

#define DEFINE(name, text)                                                                     \
    static void name(void)                                                                     \
    {                                                                                          \
        __asm__ volatile(text : : : X0_TO_X3, "memory");                                       \
    }
#define ROW(name, text) {#name, name},

TRIED(DEFINE)

const struct attack cpu_tried[] = {TRIED(ROW){NULL, NULL}};

void cpu_probe(void)
{
    hvc_functions();
}

/*
 * The window for hypercalls, and what else leaves the guest for good
 */

/* A second and no more if nothing ends it: CPU_OFF of PSCI 0.1 as KVM numbers it. */
static void cpu_off(void)
{
    put("waiting\n");
    hvc(0x95c1ba5f);
    hvc(0x95c1ba60);
    hvc(0x84000002);
    for (;;)
        __asm__ volatile("wfi");
}

static void sleep_forever(void)
{
    put("waiting\n");
    for (;;)
        __asm__ volatile("wfi");
}

static void storm_timer(void)
{
    put("waiting\n");
    for (;;)
        __asm__ volatile("msr cntv_cval_el0, xzr; msr cntv_ctl_el0, %0; isb;"
                         "msr cntv_ctl_el0, xzr; isb; wfe"
                         :
                         : "r"(UINT64_C(1)));
}

#define SINGLE(X)                                                                              \
    X(window_8, "mov x0, #0x100000000; strb wzr, [x0, #16]")                                   \
    X(window_16, "mov x0, #0x100000000; strh wzr, [x0, #16]")                                  \
    X(window_64, "mov x0, #0x100000000; str xzr, [x0, #16]")                                   \
    X(window_pair, "mov x0, #0x100000000; stp wzr, wzr, [x0, #16]")                            \
    X(window_vector, "mov x0, #0x100000000; str q0, [x0, #16]")                                \
    X(window_writeback, "mov x0, #0x100000000; str wzr, [x0, #16]!")                           \
    X(window_exclusive, "mov x0, #0x100000000; add x0, x0, #16; ldxr w1, [x0];"                \
                        "stxr w1, wzr, [x0]")                                                  \
    X(window_read_8, "mov x0, #0x100000000; ldrb w0, [x0, #16]")                               \
    X(window_read_32, "mov x0, #0x100000000; ldr w0, [x0, #16]")                               \
    X(window_read_64, "mov x0, #0x100000000; ldr x0, [x0, #16]")                               \
    X(window_unaligned, "mov x0, #0x100000000; str wzr, [x0, #9]")                             \
    X(window_zero, "mov x0, #0x100000000; dc zva, x0")                                         \
    X(window_cache, "mov x0, #0x100000000; dc cvac, x0; prfm pldl1keep, [x0]")                 \
    X(window_between, "mov x0, #0x100000000; str wzr, [x0, #12]")                              \
    X(window_kick_64, "mov x0, #0x100000000; str xzr, [x0, #0x100]")                           \
    X(window_kick_read, "mov x0, #0x100000000; ldr w0, [x0, #0x100]")                          \
    X(window_early_fault, "mov x0, #0x100000000; str wzr, [x0, #0x800]")                       \
    X(window_last, "ldr x0, =0x13ffffffc; str wzr, [x0]")                                      \
    X(early_vectors, "mov x0, #0x80000; br x0")

SINGLE(DEFINE)

#define SINGLE_ROW(name, text) {#name, name},

const struct attack cpu_single[] = {SINGLE(SINGLE_ROW){"cpu_off", cpu_off},
        {"sleep_forever", sleep_forever}, {"storm_timer", storm_timer}, {NULL, NULL}};

/*
 * Tables: blocks of 1 GiB, normal memory of index 4 as the tender's, AF, and no bit that
 * refuses anything at EL1 (D8.3). The fifth is the window.
 */
#define BLOCK 0x711
#define WINDOW 0x705
#define TABLE 3

static void use_tables(uint64_t l0)
{
    __asm__ volatile("dsb sy; msr ttbr0_el1, %0; isb; tlbi vmalle1; dsb sy; isb"
                     :
                     : "r"(l0)
                     : "memory");
}

void cpu_map_everything(void *room)
{
    uint64_t *l0 = room, *l1 = l0 + 512;

    memset(room, 0, 8192);
    l0[0] = (uintptr_t)l1 | TABLE;
    for (uint64_t i = 0; i < 4; i++)
        l1[i] = i << 30 | BLOCK;
    l1[4] = UINT64_C(4) << 30 | WINDOW;
    use_tables((uintptr_t)l0);
}

void cpu_map_nothing(void)
{
    use_tables(0x8000000000);
}
