/* SPDX-License-Identifier: ISC */
/*
 * cpu.c: traps. Numbers from the Arm Architecture Reference Manual (DDI 0487),
 * D1.4 exceptions, D17.2.37 ESR_EL1.
 */
#include "arch.h"
#include "hvt_abi.h"
#include "target.h"

_Static_assert(offsetof(struct hvt_trap_aarch64, sp) == 248, "vectors.S");
_Static_assert(offsetof(struct hvt_trap_aarch64, pc) == 256, "vectors.S");
_Static_assert(offsetof(struct hvt_trap_aarch64, far) == 280, "vectors.S");

extern const uint8_t cpu_vectors[]; /* vectors.S */

/* What vectors.S saves. */
extern struct hvt_trap_aarch64 cpu_trap_frame;
struct hvt_trap_aarch64 cpu_trap_frame;

/* Called by vectors.S with the index of the vector. */
void cpu_trap(const struct hvt_trap_aarch64 *f, unsigned number) __attribute__((noreturn));

/* For core files. The tender may read HVT_HALT_COOKIE_MAX bytes. */
static union {
    struct hvt_cookie_aarch64 trap;
    uint8_t all[HVT_HALT_COOKIE_MAX];
} cookie;

/* The vectors come in groups of four: EL1 on SP_EL0, EL1 on SP_EL1, EL0, EL0 32-bit. */
static const char *const groups[4] = {"EL1t", "EL1", "EL0", "EL0 (32-bit)"};
static const char *const kinds[4] = {"Synchronous Abort", "IRQ", "FIQ", "SError"};

/* ESR_EL1.EC: a data abort from a lower or from this exception level. */
#define ESR_EC(esr) ((esr) >> 26 & 0x3f)
#define EC_DATA_ABORT_LOWER 0x24
#define EC_DATA_ABORT 0x25

void cpu_init(void)
{
    __asm__ __volatile__("msr vbar_el1, %0; isb" : : "r"(cpu_vectors) : "memory");
}

static void print_registers(const struct hvt_trap_aarch64 *f)
{
    log_at(LOG_ALWAYS, "Solo5: Dump registers:\n");
    log_at(LOG_ALWAYS, "Solo5: ESR    : 0x%016lx  PC : 0x%016lx\n", f->esr, f->pc);
    log_at(LOG_ALWAYS, "Solo5: PSTATE : 0x%016lx  LR : 0x%016lx\n", f->pstate, f->x[30]);
    log_at(LOG_ALWAYS, "Solo5: SP     : 0x%016lx\n", f->sp);
    for (unsigned i = 0; i < 30; i += 2)
        log_at(LOG_ALWAYS, "Solo5: x%02u    : 0x%016lx  x%02u: 0x%016lx\n", i, f->x[i], i + 1,
                f->x[i + 1]);
}

void cpu_trap(const struct hvt_trap_aarch64 *f, unsigned number)
{
    static bool again;

    cookie.trap = (struct hvt_cookie_aarch64){.magic = HVT_COOKIE_MAGIC, .trap = *f};
    if (again) /* a trap in here: end without another word */
        target_exit(SOLO5_EXIT_ABORT, &cookie);
    again = true;

    log_at(LOG_ALWAYS, "Solo5: Trap: %s %s caught\n", groups[number / 4 % 4],
            kinds[number % 4]);
    if (ESR_EC(f->esr) == EC_DATA_ABORT || ESR_EC(f->esr) == EC_DATA_ABORT_LOWER)
        log_at(LOG_ALWAYS, "Solo5: Data Abort Address: 0x%lx\n", f->far);
    print_registers(f);
    PANIC("Fatal trap", &cookie);
}
