/* SPDX-License-Identifier: ISC */
/*
 * hvt_cpu: x86_64. Instructions that KVM intercepts, emulates or should not let through:
 * AMD64 Architecture Programmer's Manual (APM), volume 2, chapter 15.9; MSRs of KVM: the
 * kernel's Documentation/virt/kvm/x86/msr.rst.
 */
#include "hvt.h"

/* A 64-bit interrupt gate (APM2 4.8.4). */
struct gate {
    uint16_t low, selector;
    uint16_t flags, middle;
    uint32_t high, zero;
};

struct __attribute__((packed)) table_at {
    uint16_t limit;
    const void *base;
};

extern const uint8_t cpu_stubs[];
static struct gate idt[256] __attribute__((aligned(16)));
const struct table_at cpu_idt_register = {sizeof idt - 1, idt};

void cpu_prepare(void)
{
    for (unsigned i = 0; i < COUNT(idt); i++) {
        uint64_t to = (uintptr_t)cpu_stubs + 16 * i;

        idt[i] = (struct gate){.low = (uint16_t)to,
                .selector = READ_SELECTOR("cs"),
                .flags = 0x8e00,
                .middle = (uint16_t)(to >> 16),
                .high = (uint32_t)(to >> 32)};
    }
}

/*
 * MSRs
 */

static uint32_t msr;
static uint64_t msr_value;

static void read_one(void)
{
    msr_value = read_msr(msr);
}

static void write_one(void)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)msr_value), "d"((uint32_t)(msr_value >> 32))
                     : "memory");
}

/* What is there takes a few values; then it is what it was. */
static bool try_msr(uint32_t number)
{
    static const uint64_t values[] = {UINT64_MAX, 0x8000000, 1, 0};

    msr = number;
    if (cpu_try(read_one))
        return false;
    uint64_t before = msr_value;
    for (size_t i = 0; i < COUNT(values); i++) {
        msr_value = values[i];
        cpu_try(write_one);
    }
    msr_value = before;
    cpu_try(write_one);
    return true;
}

/* Not EFER, whose loss ends the guest: cpu_single. */
static void msrs(void)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {{0, 0x20}, {0x3a, 0x4a}, {0x79, 0x100}, {0x10a, 0x110}, {0x122, 0x123},
            {0x140, 0x141}, {0x174, 0x1b0}, {0x1c8, 0x210}, {0x250, 0x2a0}, {0x2ff, 0x320},
            {0x345, 0x3b0}, {0x3f0, 0x410}, {0x480, 0x494}, {0x4c1, 0x4c9}, {0x560, 0x572},
            {0x600, 0x612}, {0x680, 0x684}, {0x800, 0x840}, {0xc80, 0xc82}, {0xd90, 0xda1},
            {0x40000000, 0x40000024}, {0x400000f0, 0x40000108}, {0x4b564d00, 0x4b564d09},
            {0xc0000081, 0xc0000085}, {0xc0000102, 0xc0000106}, {0xc0010000, 0xc0010020},
            {0xc0010054, 0xc0010066}, {0xc0010110, 0xc001011c}, {0xc0010130, 0xc0010136},
            {0xc0010200, 0xc001020c}, {0xc0011020, 0xc0011030}, {0xfffffff0, 0xffffffff}};
    unsigned there = 0;

    for (size_t i = 0; i < COUNT(ranges); i++)
        for (uint32_t n = ranges[i].from; n < ranges[i].to; n++)
            there += try_msr(n);
    note("MSRs there", there);
}

/* KVM writes time, stolen time, page faults and more to addresses that the guest chooses. */
static void kvm_msrs(void)
{
    static const uint32_t numbers[] = {0x11, 0x12, 0x4b564d00, 0x4b564d01, 0x4b564d02,
            0x4b564d03, 0x4b564d04};
    const uint64_t places[] = {0x10000, (uintptr_t)cpu_stubs & ~(uint64_t)63,
            mem_size - 64, mem_size, 0x8000000, UINT64_C(1) << 40, UINT64_MAX - 63};
    unsigned taken = 0;

    for (size_t i = 0; i < COUNT(numbers); i++) {
        for (size_t k = 0; k < COUNT(places); k++) {
            msr = numbers[i];
            msr_value = places[k] | 1;
            taken += cpu_try(write_one) == 0;
            solo5_clock_wall(); /* out to the tender and in again */
        }
        msr_value = 0;
        cpu_try(write_one);
    }
    note("addresses taken", taken);
}

/*
 * Other instructions
 */

static void cpuid(void)
{
    static const uint32_t bases[] = {0, 0x40000000, 0x40000100, 0x80000000, 0xc0000000};
    uint32_t a, b, c, d;

    for (size_t i = 0; i < COUNT(bases); i++)
        for (uint32_t k = 0; k < 64; k++)
            __asm__ volatile("cpuid"
                             : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
                             : "a"(bases[i] + k / 2), "c"(k % 2));
}

#define TRIED(X)                                                                               \
    X(ud2, "ud2")                                                                              \
    X(int3, "int3")                                                                            \
    X(icebp, ".byte 0xf1")                                                                     \
    X(int_0x80, "int $0x80")                                                                   \
    X(int_nmi, "int $2")                                                                       \
    X(syscall, "syscall")                                                                      \
    X(sysret, "sysretq")                                                                       \
    X(vmxon, "push $0; vmxon (%%rsp); pop %%rax")                                              \
    X(vmrun, "mov $0x1000, %%eax; vmrun")                                                      \
    X(vmload, "mov $0x1000, %%eax; vmload")                                                    \
    X(stgi, "stgi; clgi; stgi")                                                                \
    X(skinit, "xor %%eax, %%eax; skinit %%eax")                                                \
    X(rsm, "rsm")                                                                              \
    X(getsec, "xor %%eax, %%eax; .byte 0x0f, 0x37")                                            \
    X(encls, "xor %%eax, %%eax; .byte 0x0f, 0x01, 0xcf")                                       \
    X(rdpmc, "xor %%ecx, %%ecx; rdpmc")                                                        \
    X(rdtsc, "rdtsc")                                                                          \
    X(rdtscp, "rdtscp")                                                                        \
    X(rdrand, "rdrand %%rax")                                                                  \
    X(monitor, "mov %%rsp, %%rax; xor %%ecx, %%ecx; xor %%edx, %%edx; monitor")                \
    X(wbinvd, "wbinvd")                                                                        \
    X(invd, "clflush (%%rsp); mfence")                                                         \
    X(invlpg, "invlpg 0x1000")                                                                 \
    X(invpcid, "xor %%eax, %%eax; sub $16, %%rsp; invpcid (%%rsp), %%rax; add $16, %%rsp")     \
    X(xsetbv, "mov $-1, %%eax; mov $-1, %%edx; xor %%ecx, %%ecx; xsetbv")                      \
    X(dr_read, "mov %%dr0, %%rax; mov %%dr6, %%rax; mov %%dr7, %%rax")                         \
    X(dr_watch, "lea (%%rip), %%rax; mov %%rax, %%dr0; mov $0x403, %%eax; mov %%rax, %%dr7;"   \
                "nop; nop")                                                                    \
    X(dr_off, "xor %%eax, %%eax; mov %%rax, %%dr0; mov $0x400, %%eax; mov %%rax, %%dr7")       \
    X(dr_detect, "mov $0x2400, %%eax; mov %%rax, %%dr7; mov %%dr0, %%rax")                     \
    X(dr_off_again, "mov $0x400, %%eax; mov %%rax, %%dr7")                                     \
    X(dr_high, "mov $-1, %%rax; mov %%rax, %%dr7")                                             \
    X(single_step, "pushfq; orl $0x100, (%%rsp); popfq; nop; nop")                             \
    X(cr0_off, "mov %%cr0, %%rax; btr $31, %%rax; mov %%rax, %%cr0")                           \
    X(cr4_off, "mov %%cr4, %%rax; btr $5, %%rax; mov %%rax, %%cr4")                            \
    X(cr4_all, "mov $-1, %%rax; mov %%rax, %%cr4")                                             \
    X(cr4_vmx, "mov %%cr4, %%rax; bts $13, %%rax; mov %%rax, %%cr4")                           \
    X(cr4_vmx_off, "mov %%cr4, %%rax; btr $13, %%rax; mov %%rax, %%cr4")                       \
    X(cr8_read, "mov %%cr8, %%rax")                                                            \
    X(cr8_reserved, "mov $-1, %%rax; mov %%rax, %%cr8")                                        \
    X(clts, "clts")                                                                            \
    X(interrupts, "sti; nop; cli")                                                             \
    X(swapgs, "swapgs; swapgs")                                                                \
    X(ltr, "mov $0xfff8, %%eax; ltr %%ax")                                                     \
    X(lldt, "mov $0xfff8, %%eax; lldt %%ax")                                                   \
    X(bad_segment, "mov $0xfff8, %%eax; mov %%eax, %%ds")                                      \
    X(far_jump, "push $0xfff8; push $0; lretq")                                                \
    X(to_ring_3, "push $0x23; push $0x1000; push $2; push $0x1b; push $0x1000; iretq")         \
    X(non_canonical, "mov $0x8000000000000000, %%rax; mov (%%rax), %%rax")                     \
    X(odd_jump, "mov $0x8000000000000000, %%rax; jmp *%%rax")                                  \
    X(tables_unmapped, "mov $0x2000, %%eax; mov (%%rax), %%rax")

/* Below the red zone, if there is one: they push. */
#define DEFINE(name, text)                                                     \
    static void name(void)                                                     \
    {                                                                          \
        __asm__ volatile("sub $256, %%rsp;" text "; add $256, %%rsp"           \
                         :                                                     \
                         :                                                     \
                         : "rax", "rcx", "rdx", "r11", "memory", "cc");        \
    }
#define ROW(name, text) {#name, name},

TRIED(DEFINE)

const struct attack cpu_tried[] = {TRIED(ROW){"cpuid", cpuid}, {NULL, NULL}};

/*
 * What a guest has no use for: not in CPUID, and refused.
 */

/* The switch first, without which it is an undefined instruction whatever the host offers. */
static void svm(void)
{
    __asm__ volatile("mov $0xc0000080, %%ecx; rdmsr; bts $12, %%eax; wrmsr;"
                     "mov $0x1000, %%eax; vmrun"
                     :
                     :
                     : "rax", "rcx", "rdx", "memory", "cc");
}

static void vmx(void)
{
    uint64_t region = 0x1000;

    __asm__ volatile("mov %%cr4, %%rax; bts $13, %%rax; mov %%rax, %%cr4; vmxon %0"
                     :
                     : "m"(region)
                     : "rax", "memory", "cc");
}

static void ask_cpuid(uint32_t function, uint32_t reg[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(reg[0]), "=b"(reg[1]), "=c"(reg[2]), "=d"(reg[3])
                     : "a"(function), "c"(0));
}

/* Functions that a CPU does not have may answer anything (SDM volume 2, CPUID). */
static bool has_function(uint32_t function)
{
    uint32_t reg[4];

    ask_cpuid(function & 0x80000000, reg);
    return function <= reg[0];
}

static void hidden(void)
{
    static const struct {
        uint32_t function, mask[4]; /* EAX to EDX */
    } rows[] = {
            {1, {0, 0, 1 << 2 | 1 << 5 | 1 << 15, 1 << 21}},
            {0xa, {~0U, ~0U, ~0U, ~0U}},
            {0x40000000, {~0U, ~0U, ~0U, ~0U}},
            {0x40000001, {~0U, ~0U, ~0U, ~0U}},
            {0x80000001, {0, 0, 1 << 2 | 1 << 23 | 1 << 24 | 1 << 28, 0}},
            {0x8000000a, {~0U, ~0U, ~0U, ~0U}},
            {0x80000022, {~0U, ~0U, ~0U, ~0U}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        bool own = rows[i].function >> 28 == 4;
        uint32_t reg[4];

        if (!own && !has_function(rows[i].function))
            continue;
        ask_cpuid(rows[i].function, reg);
        note("without features, function", rows[i].function);
        for (size_t r = 0; r < 4; r++)
            CHECK((reg[r] & rows[i].mask[r]) == 0);
    }
    CHECK(cpu_try(svm) != 0);
    CHECK(cpu_try(vmx) != 0);
}

void cpu_probe(void)
{
    hidden();
    msrs();
    kvm_msrs();
}

/*
 * Ports, and what else leaves the guest for good
 */

/* In a loop: after an interrupt nobody sends. */
static void sleep_forever(void)
{
    for (;;)
        __asm__ volatile("sti; hlt");
}

/* KVM's hypercalls. Where this is the other maker's instruction KVM would like to change it. */
static void vmcalls(void)
{
    for (uint64_t nr = 0; nr < 16; nr++) {
        uint64_t a = nr, b = nr;

        __asm__ volatile("vmmcall" : "+a"(a) : "b"(0), "c"(~0UL), "d"(1), "S"(0) : "memory");
        __asm__ volatile("vmmcall"
                         : "+a"(b)
                         : "b"(mem_size), "c"(~0UL), "d"(0), "S"(1)
                         : "memory");
    }
}

static void apic(void)
{
    static uint8_t room[CPU_TABLES_SIZE] __attribute__((aligned(4096)));

    cpu_map_everything(room);
    note("APIC", *(volatile uint32_t *)OPAQUE((uintptr_t)0xfee00020));
    *(volatile uint32_t *)OPAQUE((uintptr_t)0xfee00300) = 0x000c4500; /* INIT, all but self */
}

#define SINGLE(X)                                                                              \
    X(port_8, "mov $0x502, %%edx; outb %%al, %%dx")                                            \
    X(port_16, "mov $0x502, %%edx; outw %%ax, %%dx")                                           \
    X(port_read_8, "mov $0x502, %%edx; inb %%dx, %%al")                                        \
    X(port_read_16, "mov $0x502, %%edx; inw %%dx, %%ax")                                       \
    X(port_read_32, "mov $0x502, %%edx; inl %%dx, %%eax")                                      \
    X(port_string, "mov $0x502, %%edx; mov %%rsp, %%rsi; mov $2, %%ecx; rep outsl")            \
    X(port_string_read, "mov $0x502, %%edx; mov %%rsp, %%rdi; mov $2, %%ecx; rep insl")        \
    X(port_between, "mov $0x4ff, %%edx; outl %%eax, %%dx")                                     \
    X(port_reset, "mov $6, %%eax; mov $0xcf9, %%edx; outb %%al, %%dx")                         \
    X(port_keyboard, "mov $0xfe, %%eax; outb %%al, $0x64")                                     \
    X(port_pci, "mov $0xcf8, %%edx; mov $0x80000000, %%eax; outl %%eax, %%dx")                 \
    X(port_serial, "mov $0x3f8, %%edx; outb %%al, %%dx")                                       \
    X(port_last, "mov $0xffff, %%edx; outl %%eax, %%dx")                                       \
    X(port_kick_16, "mov $0x600, %%edx; outw %%ax, %%dx")                                      \
    X(port_kick_read, "mov $0x600, %%edx; inl %%dx, %%eax")                                    \
    X(sysenter, "sysenter")                                                                    \
    X(vmcall, "mov $-1, %%rax; vmcall")                                                        \
    X(vmmcall, "mov $-1, %%rax; vmmcall")                                                      \
    X(cr0_reserved, "mov $-1, %%rax; mov %%rax, %%cr0")                                        \
    X(cr3_reserved, "mov $-1, %%rax; mov %%rax, %%cr3")                                        \
    X(hlt, "hlt")                                                                              \
    X(mwait, "mov %%rsp, %%rax; xor %%ecx, %%ecx; xor %%edx, %%edx; monitor;"                  \
             "xor %%eax, %%eax; mwait")                                                        \
    X(cr8, "mov $15, %%eax; mov %%rax, %%cr8; xor %%eax, %%eax; mov %%rax, %%cr8")             \
    X(efer, "mov $0xc0000080, %%ecx; xor %%edx, %%edx; mov $-1, %%eax; wrmsr")                 \
    X(efer_nx, "mov $0xc0000080, %%ecx; xor %%edx, %%edx; mov $0x500, %%eax; wrmsr")           \
    X(no_handlers, "push $0; push $0; lidt (%%rsp); ud2")                                      \
    X(no_segments, "push $0; push $0; lgdt (%%rsp); mov $0x10, %%eax; mov %%eax, %%ds")        \
    X(no_stack, "xor %%esp, %%esp; push %%rax")

#define DEFINE_SINGLE(name, text)                                              \
    static void name(void)                                                     \
    {                                                                          \
        __asm__ volatile("sub $256, %%rsp;" text "; add $256, %%rsp"           \
                         :                                                     \
                         :                                                     \
                         : "rax", "rcx", "rdx", "rsi", "rdi", "memory", "cc"); \
    }

SINGLE(DEFINE_SINGLE)

const struct attack cpu_single[] = {SINGLE(ROW){"apic", apic}, {"vmcalls", vmcalls},
        {"sleep_forever", sleep_forever}, {NULL, NULL}};

/*
 * Tables: 2 MiB pages, present, writable, executable (APM2 5.3.3).
 */
#define PAGE_ALL 0x83
#define TABLE 3

static void use_tables(uint64_t pml4)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(pml4) : "memory");
}

void cpu_map_everything(void *room)
{
    uint64_t *pml4 = room, *pdpt = pml4 + 512, *pd = pdpt + 512;

    memset(room, 0, 8192);
    pml4[0] = (uintptr_t)pdpt | TABLE;
    for (uint64_t i = 0; i < 4; i++)
        pdpt[i] = (uintptr_t)(pd + i * 512) | TABLE;
    for (uint64_t i = 0; i < 2048; i++)
        pd[i] = i << 21 | PAGE_ALL;
    use_tables((uintptr_t)pml4);
}

void cpu_map_nothing(void)
{
    use_tables(0x8000000000);
}
