/* SPDX-License-Identifier: ISC */
/*
 * cpu.c: traps. Numbers from the Arm Architecture Reference Manual (DDI 0487),
 * D1.4 exceptions, D17.2.37 ESR_EL1.
 */
#include "arch.h"
#include "target.h"

/* What vectors.S saves. */
struct trap_frame {
    uint64_t x[31]; /* x[30] is the link register */
    uint64_t sp;
    uint64_t pc;     /* ELR_EL1 */
    uint64_t pstate; /* SPSR_EL1 */
    uint64_t esr;
    uint64_t far;
};

_Static_assert(offsetof(struct trap_frame, sp) == 248, "vectors.S");
_Static_assert(offsetof(struct trap_frame, pc) == 256, "vectors.S");
_Static_assert(offsetof(struct trap_frame, far) == 280, "vectors.S");

extern const uint8_t cpu_vectors[]; /* vectors.S */
extern struct trap_frame cpu_trap_frame;
struct trap_frame cpu_trap_frame;

/* Called by vectors.S with the index of the vector. */
void cpu_trap(const struct trap_frame *f, unsigned number) __attribute__((noreturn));

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

static void print_registers(const struct trap_frame *f)
{
    log_at(LOG_ALWAYS, "Solo5: Dump registers:\n");
    log_at(LOG_ALWAYS, "Solo5: ESR    : 0x%016lx  PC : 0x%016lx\n", f->esr, f->pc);
    log_at(LOG_ALWAYS, "Solo5: PSTATE : 0x%016lx  LR : 0x%016lx\n", f->pstate, f->x[30]);
    log_at(LOG_ALWAYS, "Solo5: SP     : 0x%016lx\n", f->sp);
    for (unsigned i = 0; i < 30; i += 2)
        log_at(LOG_ALWAYS, "Solo5: x%02u    : 0x%016lx  x%02u: 0x%016lx\n", i, f->x[i], i + 1,
                f->x[i + 1]);
}

void cpu_trap(const struct trap_frame *f, unsigned number)
{
    static bool again;

    if (again) /* a trap in here: end without another word */
        target_exit(SOLO5_EXIT_ABORT, NULL);
    again = true;

    log_at(LOG_ALWAYS, "Solo5: Trap: %s %s caught\n", groups[number / 4 % 4],
            kinds[number % 4]);
    if (ESR_EC(f->esr) == EC_DATA_ABORT || ESR_EC(f->esr) == EC_DATA_ABORT_LOWER)
        log_at(LOG_ALWAYS, "Solo5: Data Abort Address: 0x%lx\n", f->far);
    print_registers(f);
    PANIC("Fatal trap", NULL);
}
