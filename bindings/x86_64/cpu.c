/* SPDX-License-Identifier: ISC */
/*
 * cpu.c: descriptor tables and traps. Numbers from the Intel Software Developer's
 * Manual, volume 3 (SDM 3): 3.4.5 segment descriptors, 6.14.1 64-bit gates, 7.2.3
 * 64-bit TSS descriptor, 7.7 64-bit TSS.
 */
#include "arch.h"
#include "hvt_abi.h"
#include "target.h"

#define EXCEPTIONS 32

enum selector {
    SEL_CODE = 0x08,
    SEL_DATA = 0x10,
    SEL_TSS = 0x18 /* and 0x20: a TSS descriptor takes two places */
};

/* Flat, present, 4 KiB granular, accessed; the code segment is 64-bit. */
#define DESC_CODE 0x00af9b000000ffff
#define DESC_DATA 0x00cf93000000ffff

struct table_register {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7]; /* IST1 is ist[0] */
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map; /* at or above the limit: none */
} __attribute__((packed));

struct gate {
    uint16_t offset_0_15;
    uint16_t selector;
    uint8_t ist;
    uint8_t type;
    uint16_t offset_16_31;
    uint32_t offset_32_63;
    uint32_t reserved;
};

_Static_assert(sizeof(struct tss) == 104, "SDM 3, figure 7-11");
_Static_assert(sizeof(struct gate) == 16, "SDM 3, figure 6-8");

#define GATE_INTERRUPT 0x8e /* present, DPL 0, 64-bit interrupt gate */

/* What vectors.S leaves on the trap's stack. */
struct trap_frame {
    struct hvt_gpr_x86_64 gpr;
    uint64_t number;
    uint64_t ec; /* error code */
    uint64_t rip;
    uint64_t cs;
    uint64_t rflags;
    uint64_t rsp;
    uint64_t ss;
};

_Static_assert(sizeof(struct trap_frame) == 22 * 8, "vectors.S");

/* For core files. The tender may read HVT_HALT_COOKIE_MAX bytes. */
static union {
    struct hvt_cookie_x86_64 trap;
    uint8_t all[HVT_HALT_COOKIE_MAX];
} cookie;

static uint64_t gdt[5] __attribute__((aligned(16)));
static struct gate idt[EXCEPTIONS] __attribute__((aligned(16)));
static struct tss tss __attribute__((aligned(16)));

/*
 * A trap must not depend on the stack that may have caused it. NMI, double fault
 * and machine check may come during another trap's handler and have their own.
 */
enum { STACK_TRAP, STACK_OTHER, STACKS };
static uint8_t stack[STACKS][4096] __attribute__((aligned(16)));

extern const uint8_t cpu_trap_entries[]; /* vectors.S: 16 bytes each */

/* Called by vectors.S. */
void cpu_trap(const struct trap_frame *frame) __attribute__((noreturn));

static const char *const names[EXCEPTIONS] = {
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "#9", "#TS", "#NP",
        "#SS", "#GP", "#PF", "#15", "#MF", "#AC", "#MC", "#XM", "#VE", "#CP", "#22", "#23",
        "#24", "#25", "#26", "#27", "#28", "#29", "#30", "#31"};

enum { NMI = 2, DOUBLE_FAULT = 8, PAGE_FAULT = 14, MACHINE_CHECK = 18 };

static void load_gdt(void)
{
    uint64_t base = (uint64_t)&tss;
    struct table_register gdtr = {.limit = sizeof gdt - 1, .base = (uint64_t)gdt};

    gdt[SEL_CODE / 8] = DESC_CODE;
    gdt[SEL_DATA / 8] = DESC_DATA;
    /* Present, type 9: available 64-bit TSS. */
    gdt[SEL_TSS / 8] = (sizeof tss - 1) | (base & 0xffffff) << 16 |
            (uint64_t)0x89 << 40 | (base >> 24 & 0xff) << 56;
    gdt[SEL_TSS / 8 + 1] = base >> 32;

    __asm__ __volatile__("lgdt %[gdtr]\n\t"
                         "pushq %[code]\n\t"
                         "leaq 1f(%%rip), %%rax\n\t"
                         "pushq %%rax\n\t"
                         "lretq\n" /* the only way to load CS in 64-bit mode */
                         "1:\n\t"
                         "movl %[data], %%ss\n\t"
                         "movl %[data], %%ds\n\t"
                         "movl %[data], %%es\n\t"
                         "movl %[none], %%fs\n\t"
                         "movl %[none], %%gs"
                         :
                         : [gdtr] "m"(gdtr), [code] "i"(SEL_CODE), [data] "r"(SEL_DATA),
                         [none] "r"(0)
                         : "rax", "memory");
}

static void load_tss(void)
{
    for (int i = 0; i < STACKS; i++)
        tss.ist[i] = (uint64_t)stack[i] + sizeof stack[i];
    tss.io_map = sizeof tss;
    __asm__ __volatile__("ltr %w0" : : "r"(SEL_TSS) : "memory");
}

static void load_idt(void)
{
    struct table_register idtr = {.limit = sizeof idt - 1, .base = (uint64_t)idt};

    for (int i = 0; i < EXCEPTIONS; i++) {
        uint64_t entry = (uint64_t)cpu_trap_entries + 16 * (uint64_t)i;
        bool other = i == NMI || i == DOUBLE_FAULT || i == MACHINE_CHECK;
        idt[i] = (struct gate){
                .offset_0_15 = (uint16_t)entry,
                .selector = SEL_CODE,
                .ist = other ? STACK_OTHER + 1 : STACK_TRAP + 1,
                .type = GATE_INTERRUPT,
                .offset_16_31 = (uint16_t)(entry >> 16),
                .offset_32_63 = (uint32_t)(entry >> 32),
        };
    }
    __asm__ __volatile__("lidt %0" : : "m"(idtr) : "memory");
}

void cpu_init(void)
{
    load_gdt();
    load_tss();
    load_idt();
}

static uint64_t read_cr2(void)
{
    uint64_t address;

    __asm__ __volatile__("movq %%cr2, %0" : "=r"(address));
    return address;
}

void cpu_trap(const struct trap_frame *f)
{
    static bool again;

    cookie.trap = (struct hvt_cookie_x86_64){.cr2 = read_cr2(),
            .ec = f->ec,
            .rip = f->rip,
            .cs = f->cs,
            .rflags = f->rflags,
            .rsp = f->rsp,
            .ss = f->ss,
            .magic = HVT_COOKIE_MAGIC,
            .gpr = f->gpr};
    if (again) /* a trap in here: end without another word */
        target_exit(SOLO5_EXIT_ABORT, &cookie);
    again = true;

    log_at(LOG_ALWAYS,
            "Solo5: trap: type=%s ec=0x%lx rip=0x%lx rsp=0x%lx rflags=0x%lx\n",
            names[f->number % EXCEPTIONS], f->ec, f->rip, f->rsp, f->rflags);
    if (f->number == PAGE_FAULT)
        log_at(LOG_ALWAYS, "Solo5: trap: cr2=0x%lx\n", cookie.trap.cr2);
    PANIC("Fatal trap", &cookie);
}
