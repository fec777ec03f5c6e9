/* SPDX-License-Identifier: ISC */
/*
 * aarch64 translation tables, walked as the CPU does (DDI 0487, D8.2 and D8.3), and
 * the early vectors.
 *
 * links: tenders/hvt/aarch64/pagetable.c tenders/hvt/memmap.c
 * links: tenders/common/guest_mem.c tenders/common/err.c
 */
#include "pagetable_test.h"
#include "walk_aarch64.h"

static uint8_t *make(const struct test_plan *t, uint64_t mem_size)
{
    struct guest_mem mem = mem_of(mem_size, 0, 0x1000);
    struct elf_plan plan = elf_plan_of(t);
    uint8_t *low = new_low();
    struct memmap map;

    assert_works(memmap_make(&map, &plan, &mem, false, &err), err);
    assert_works(arch_tables(low, &map, &err), err);
    memmap_free(&map);
    return low;
}

/* Bit 50 of the leaf that maps VA: a guarded page. */
static int guarded(const uint8_t *low, uint64_t va)
{
    uint64_t table = TTBR0;

    for (int level = 0;; level++) {
        uint64_t e = entry_of(low, table, va >> (39 - 9 * level) & 511);
        if (level == 3 || !(e & 2))
            return e >> 50 & 1;
        table = e & 0x0000fffffffff000;
    }
}

/* Landing pads are asked for where the image's code is, if it has them, and nowhere else. */
static void landing_pads(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(plans); i++)
        for (int has = 0; has <= 1; has++) {
            struct guest_mem mem = mem_of(plans[i].mem_size, 0, 0x1000);
            struct elf_plan plan = elf_plan_of(&plans[i]);
            uint8_t *low = new_low();
            struct memmap map;

            assert_works(memmap_make(&map, &plan, &mem, false, &err), err);
            map.guarded = has;
            assert_works(arch_tables(low, &map, &err), err);
            for (uint64_t gpa = 0; gpa < plans[i].mem_size; gpa += PAGE) {
                const struct elf_segment *s = segment_at(&plans[i], gpa);
                int want = has && s && (s->prot & X) && !(s->prot & W);
                if (guarded(low, gpa) != want)
                    fail_msg("%s: 0x%lx", plans[i].name, (unsigned long)gpa);
            }
            memmap_free(&map);
            free(low);
        }
}

/*
 * Run a vector as the CPU does: MOVZ, LSL, STR (immediate, unsigned offset), B. Each must
 * store a word to where the tender waits for it, and go nowhere.
 */
static void check_vectors(const uint8_t *low, uint64_t window)
{
    assert_int_equal(VBAR % 0x800, 0);
    for (unsigned at = 0; at < 0x800; at += 0x80) {
        uint32_t code[4];
        memcpy(code, low + VBAR + at, sizeof code);

        /* C6.2 MOVZ: sf 10 100101 hw imm16 Rd */
        assert_int_equal(code[0] & 0xff800000, 0xd2800000);
        uint64_t base = (uint64_t)(code[0] >> 5 & 0xffff) << (code[0] >> 21 & 3) * 16;
        unsigned reg = code[0] & 31;

        /* C6.2 LSL (immediate), 64 bits: UBFM 1 10 100110 1 immr imms Rn Rd */
        assert_int_equal(code[1] & 0xffc00000, 0xd3400000);
        assert_true((code[1] & 31) == reg && (code[1] >> 5 & 31) == reg);
        unsigned shift = 63 - (code[1] >> 10 & 63);
        assert_int_equal(code[1] >> 16 & 63, 64 - shift);

        /* C6.2 STR (immediate), 32 bits: 10 111 0 01 00 imm12 Rn Rt */
        assert_int_equal(code[2] & 0xffc00000, 0xb9000000);
        assert_int_equal(code[2] >> 5 & 31, reg);
        assert_int_equal((base << shift) + (code[2] >> 10 & 0xfff) * 4, window + 0x800);

        assert_int_equal(code[3], 0x14000000); /* B to itself */
    }
    for (unsigned at = 0x800; at < PAGE; at++)
        assert_int_equal(low[VBAR + at], 0);
}

/* The window for hypercalls: 1 GiB of nGnRE device memory above all memory. */
static void device_window(void **state)
{
    uint8_t *low = make(&plans[0], 0x100000000);

    (void)state;
    assert_int_equal(entry_of(low, 0x2000, 4), 0x0060000100000705);
    assert_int_equal(entry_of(low, 0x2000, 3), 0x6003);
    assert_int_equal(entry_of(low, 0x2000, 5), 0);
    free(low);
    low = make(&plans[0], 0x200000);
    assert_int_equal(entry_of(low, 0x2000, 4), 0x0060000100000705);
    assert_int_equal(entry_of(low, 0x2000, 1), 0);
    free(low);
}

/* Above 4 GiB of memory it moves: to the first GiB that has none. */
static void window_moves(void **state)
{
    static const struct {
        uint64_t mem_size, window;
    } rows[] = {{0x200000, 0x100000000}, {0x100000000, 0x100000000},
            {0x100100000, 0x140000000}, {0x140000000, 0x140000000},
            {0x180000000, 0x180000000}, {64 * GIB, 64 * GIB}};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        uint8_t *low = make(&plans[0], rows[i].mem_size);
        uint64_t window = rows[i].window;

        assert_int_equal(arch_hypercall_base(rows[i].mem_size), window);
        assert_int_equal(entry_of(low, 0x2000, window / GIB), 0x0060000000000705 | window);
        if (window > 0x100000000) {
            assert_int_equal(entry_of(low, 0x2000, 4), 0x90003);
            check_vectors(low, window);
        }
        free(low);
    }
}

/* The values that the interface lists. */
static void descriptors(void **state)
{
    uint8_t *low = make(&plans[0], 0x400000);

    (void)state;
    assert_int_equal(entry_of(low, 0x7000, 0x10), 0x0060000000010793);
    assert_int_equal(entry_of(low, 0x7000, 0xff), 0x00600000000ff793);
    assert_int_equal(entry_of(low, 0x7000, 0x80), 0x0040000000080793);
    assert_int_equal(entry_of(low, 0x7000, 0x100), 0x0040000000100713);
    assert_int_equal(entry_of(low, 0x7000, 0x109), 0x0060000000109713);
    assert_int_equal(entry_of(low, 0x3000, 1), 0x0060000000200711);
    free(low);
}

static void vectors(void **state)
{
    uint8_t *low = make(&plans[0], 0x200000);

    (void)state;
    check_vectors(low, 0x100000000);
    free(low);
}

static void too_scattered(void **state)
{
    (void)state;
    check_scattered(9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(landing_pads),
            cmocka_unit_test(every_image),
            cmocka_unit_test(every_size),
            cmocka_unit_test(every_large_size),
            cmocka_unit_test(device_window),
            cmocka_unit_test(window_moves),
            cmocka_unit_test(descriptors),
            cmocka_unit_test(vectors),
            cmocka_unit_test(too_scattered),
    };

    return cmocka_run_group_tests_name("pagetable_aarch64", tests, NULL, NULL);
}
