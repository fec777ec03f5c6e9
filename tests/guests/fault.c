/* SPDX-License-Identifier: ISC */
/*
 * fault: does one thing that a guest may not do; which, is its argument. What
 * survives prints "survived" and fails, unless it is allowed: then it prints
 * what it got.
 */
#include "cpu.h"
#include "ext_abi.h"
#include "lib.h"

static const uint8_t rodata_code[] __attribute__((aligned(16))) = {CPU_CODE_42};
static uint8_t data_code[] __attribute__((aligned(16))) = {CPU_CODE_42};
static uint8_t bss_code[64] __attribute__((aligned(16)));
static const struct solo5_start_info *start;

/* Never called with what it compares: it is here to be read and overwritten. */
static int __attribute__((noinline)) victim(int n)
{
    return OPAQUE(n) + 1;
}

static void execute(const void *code)
{
    int (*f)(void);
    int result;

    memcpy(&f, &(const void *){OPAQUE(code)}, sizeof f);
    result = f();
    put("executed=");
    put_u64((uint64_t)result);
    put("\n");
}

static void execute_copy(void *where)
{
    memcpy(where, rodata_code, sizeof rodata_code);
    cpu_sync_code(where, sizeof rodata_code);
    execute(where);
}

static void write_to(const void *p)
{
    *(volatile uint8_t *)OPAQUE((uintptr_t)p) = 0;
    FAIL("survived the write");
}

static void read_from(uintptr_t p)
{
    put_value("read", *(volatile uint8_t *)OPAQUE(p));
    FAIL("survived the read");
}

static void undefined(void)
{
    cpu_undefined();
    FAIL("survived");
}

static void breakpoint(void)
{
    cpu_breakpoint();
    FAIL("survived");
}

static void bad_stack(void)
{
    cpu_bad_stack();
}

static void read_unmapped(void)
{
    /* Above all memory, and above what hvt maps for hypercalls. */
    read_from(0x7ff00000000);
}

static void read_zero(void)
{
    read_from(0);
}

static void write_zero(void)
{
    write_to((void *)8);
}

static void execute_zero(void)
{
    execute((void *)16);
}

static void read_above(void)
{
    read_from(start->heap_start + start->heap_size);
}

static void write_low(void)
{
    /* Boot information is there; only hvt keeps it read-only. */
    write_to((void *)0x10000);
}

static void write_ext(void)
{
    write_to((void *)EXT_INFO_BASE);
}

static void write_text(void)
{
    write_to((void *)victim);
}

static void write_rodata(void)
{
    write_to(rodata_code);
}

/* Constants that are addresses: at any address, the tender has written them. */
static const char *const pointers[] = {"first", "second"};

static void write_pointers(void)
{
    CHECK(strcmp(OPAQUE(&pointers[0])[1], "second") == 0);
    write_to(pointers);
}

static void read_text(void)
{
    put_value("text", *(volatile uint8_t *)OPAQUE((uintptr_t)victim));
    put("SUCCESS\n");
}

static void miss_landing_pad(void)
{
    cpu_miss_landing_pad();
    put("no landing pad needed\n");
}

static void execute_rodata(void)
{
    execute(rodata_code);
}

static void execute_data(void)
{
    execute(data_code);
}

static void execute_bss(void)
{
    execute_copy(bss_code);
}

static void execute_heap(void)
{
    execute_copy((void *)start->heap_start);
}

static void execute_stack(void)
{
    uint8_t code[64] __attribute__((aligned(16)));

    execute_copy(code);
}

static void __attribute__((noinline)) overrun(size_t n)
{
    char small[16];
    char *p = OPAQUE(&small[0]);

    while (n--)
        *p++ = 'x';
    OPAQUE(p);
}

static void smash_stack(void)
{
    overrun(OPAQUE((size_t)48));
    FAIL("survived");
}

static const struct fault {
    const char *name;
    void (*run)(void);
} faults[] = {
        {"undefined", undefined},
        {"breakpoint", breakpoint},
        {"bad-stack", bad_stack},
        {"read-unmapped", read_unmapped},
        {"read-zero", read_zero},
        {"write-zero", write_zero},
        {"execute-zero", execute_zero},
        {"read-above", read_above},
        {"write-low", write_low},
        {"write-ext", write_ext},
        {"write-text", write_text},
        {"write-rodata", write_rodata},
        {"write-pointers", write_pointers},
        {"read-text", read_text},
        {"miss-landing-pad", miss_landing_pad},
        {"execute-rodata", execute_rodata},
        {"execute-data", execute_data},
        {"execute-bss", execute_bss},
        {"execute-heap", execute_heap},
        {"execute-stack", execute_stack},
        {"smash-stack", smash_stack},
};

int solo5_app_main(const struct solo5_start_info *info)
{
    start = info;
    CHECK(victim(1) == 2);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (strcmp(info->cmdline, faults[i].name) == 0) {
            put("doing it\n");
            faults[i].run();
            return SOLO5_EXIT_SUCCESS;
        }
    }
    FAIL("unknown fault");
}
