/* SPDX-License-Identifier: ISC */
/*
 * Images at any address: which places there are, that a moved plan is the same plan, and
 * that no table of relocations, however bad, writes anything but words of the image that
 * are not code, with addresses of the image.
 *
 * links: tenders/common/pie.c tenders/common/load.c tenders/common/ext.c
 * links: tenders/common/image.c tenders/common/guest_mem.c tenders/common/err.c
 */
#include "fake_pie.h"

#include <stdbool.h>
#include <stdlib.h>

#include "hvt_abi.h"
#include "load.h"
#include "pie.h"

#define MIB 0x100000ULL
#define LOWEST HVT_GUEST_MIN_BASE
#define MEM_SIZE (8 * MIB)

static struct err err;

static struct fake_pie p;

static void make(void)
{
    fake_pie_make(&p, elf_host_machine());
}

static int prot_of(const struct elf_segment *s)
{
    return PROT_READ | (s->prot & PROT_WRITE);
}

/* Load P at LOWEST + DISTANCE of MEM, which the caller unmaps. */
static int load(struct guest_mem *mem, struct elf_plan *plan, uint64_t distance)
{
    struct load_map mapped;
    struct elf elf;
    struct ext ext;
    int r;

    *plan = (struct elf_plan){0};
    assert_works(guest_mem_alloc(mem, MEM_SIZE, false, &err), err);
    if (elf_parse(&elf, &p, sizeof p, elf_host_machine(), &err) != 0)
        return -1;
    r = ext_read(&ext, &elf, TENDER_HVT, &err);
    if (r == 0)
        r = elf_plan(&elf, LOWEST, MEM_SIZE, plan, &err);
    if (r == 0) {
        plan->places = 1;
        pie_move(plan, distance);
        assert_works(load_image(&elf, plan, mem, prot_of, true, &mapped, &err), err);
        free(mapped.range);
        r = pie_relocate(&elf, plan, &ext, mem, &err);
    }
    elf_free(&elf);
    return r;
}

static void unload(struct guest_mem *mem, struct elf_plan *plan)
{
    munmap(mem->host, MEM_SIZE);
    elf_plan_free(plan);
}

static uint64_t word_at(const struct guest_mem *mem, uint64_t gpa)
{
    uint64_t v;

    memcpy(&v, mem->host + gpa, sizeof v);
    return v;
}

static void moved(void **state)
{
    (void)state;
    for (uint64_t distance = 0; distance <= 2 * MIB; distance += EXT_PIE_STEP) {
        const uint64_t base = LOWEST + distance;
        struct guest_mem mem;
        struct elf_plan plan;

        make();
        assert_works(load(&mem, &plan, distance), err);
        assert_int_equal(plan.entry, base + 0x20);
        assert_int_equal(plan.moved, base);
        assert_int_equal(plan.kernel_end, base + 0x3000);
        assert_int_equal(plan.image_end, base + END);
        assert_int_equal(plan.segment[1].start, base + RO);
        assert_int_equal(plan.segment[2].end, base + 0x3000);
        assert_memory_equal(mem.host + base, p.f.text, sizeof p.f.text);
        assert_int_equal(word_at(&mem, base + RO), 0);
        assert_int_equal(word_at(&mem, base + RO + 8), base + 0x20);
        assert_int_equal(word_at(&mem, base + RW), base + RO);
        assert_int_equal(word_at(&mem, base + RW + 13), base + END - 1);
        assert_int_equal(word_at(&mem, base + RW + 24), base + END);
        unload(&mem, &plan);
    }
}

/* Without a table there is nothing to do; an image at its own address stays there. */
static void nothing_to_do(void **state)
{
    struct guest_mem mem = {.size = MEM_SIZE, .end = MEM_SIZE};
    struct elf_plan plan = {.entry = LOWEST};
    struct ext ext = {.rela = 1, .rela_size = 1};

    (void)state;
    assert_works(pie_place(&plan, &ext, &mem, &err), err);
    assert_int_equal(plan.entry, LOWEST);
    assert_int_equal(plan.places, 0);
    assert_works(pie_relocate(NULL, &plan, &ext, &mem, &err), err);
    assert_string_equal(pie_report(&plan).text, "");
    make();
    p.pie.rela = UINT64_MAX;
    p.pie.rela_size = 0;
    assert_works(load(&mem, &plan, 0), err);
    assert_int_equal(word_at(&mem, LOWEST + RO + 8), 0);
    unload(&mem, &plan);
}

#define FIELD(f) offsetof(struct fake_pie, f), sizeof(((struct fake_pie *)0)->f)

static void spoiled(void **state)
{
    static const struct {
        const char *words; /* NULL: it works */
        size_t offset, size;
        uint64_t value;
    } rows[] = {
            {"a multiple of 24", FIELD(pie.rela_size), 25},
            {"it does not end within its segment", FIELD(pie.rela_size), 24 * 5},
            {"it does not end within its segment", FIELD(pie.rela_size), UINT64_MAX / 24 * 24},
            {"not in the file's part", FIELD(pie.rela), UINT64_MAX},
            {"not in the file's part", FIELD(pie.rela), UINT64_MAX - LOWEST + 1},
            {"not in the file's part", FIELD(pie.rela), 0x4000},
            {"not in the file's part", FIELD(pie.rela), 64},
            {"it does not end within its segment", FIELD(pie.rela), 0},
            {"not a relative relocation", FIELD(pie.rela), RO},
            {NULL, FIELD(pie.rela_size), 24},
            {"not a relative relocation", FIELD(ro.rela[1].r_info), 0},
            {"not a relative relocation", FIELD(ro.rela[1].r_info), 1},
            {"not a relative relocation", FIELD(ro.rela[1].r_info), UINT64_MAX},
            /* of a symbol */
            {"not a relative relocation", offsetof(struct fake_pie, ro.rela[1].r_info) + 4, 4, 1},
            {"in the file's part", FIELD(ro.rela[3].r_offset), UINT64_MAX},
            {"in the file's part", FIELD(ro.rela[3].r_offset), UINT64_MAX - LOWEST + 1},
            {"in the file's part", FIELD(ro.rela[3].r_offset), UINT64_MAX - 6},
            {"in the file's part", FIELD(ro.rela[3].r_offset), RW + 25},
            {"in the file's part", FIELD(ro.rela[3].r_offset), RW + 32},
            {"in the file's part", FIELD(ro.rela[3].r_offset), RO - 1},
            {"in the file's part", FIELD(ro.rela[3].r_offset), RO + sizeof p.ro - 7},
            {"in the file's part", FIELD(ro.rela[3].r_offset), 0x3000},
            {"executable segment", FIELD(ro.rela[3].r_offset), 0},
            {"executable segment", FIELD(ro.rela[3].r_offset), 56},
            {NULL, FIELD(ro.rela[3].r_offset), RO + sizeof p.ro - 8},
            {NULL, FIELD(ro.rela[3].r_offset), TABLE}, /* it was read before */
            {NULL, FIELD(ro.rela[3].r_addend), 0},
            {"the address is not in the image", FIELD(ro.rela[3].r_addend), END + 1},
            {"the address is not in the image", FIELD(ro.rela[3].r_addend), UINT64_MAX},
            {"the address is not in the image", FIELD(ro.rela[3].r_addend), -LOWEST},
            {"the address is not in the image", FIELD(ro.rela[3].r_addend), INT64_MAX},
            {"too short for the table", FIELD(f.ph[0].p_type), PT_LOAD},
            {"not linked with -z solo5-pie (offset 0x10)", FIELD(pie.info.features), 0},
            {"not linked with -z solo5-pie (offset 0x10)", FIELD(f.ph[7].p_type), PT_NULL},
            {"p_vaddr", FIELD(f.ph[2].p_vaddr), 0},
            {"outside valid memory range", FIELD(f.ph[2].p_vaddr), UINT64_MAX},
            {"outside valid memory range", FIELD(f.ph[4].p_vaddr), UINT64_MAX},
            {"out of range", FIELD(f.ph[4].p_vaddr), MEM_SIZE - LOWEST},
            {"entry point", FIELD(f.eh.e_entry), UINT64_MAX},
            {"entry point", FIELD(f.eh.e_entry), MEM_SIZE - LOWEST},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct guest_mem mem;
        struct elf_plan plan;

        make();
        memcpy((uint8_t *)&p + rows[i].offset, &rows[i].value, rows[i].size);
        if (rows[i].words && strstr(rows[i].words, "too short")) {
            uint32_t size = sizeof p.pie - 1;
            memcpy((uint8_t *)&p.pie - SOLO5_NOTE_DESC_OFFSET + 4, &size, sizeof size);
        }
        err.text[0] = 0;
        int r = load(&mem, &plan, 0x30000);
        if (r != (rows[i].words ? -1 : 0))
            fail_msg("row %zu: %s", i, err.text);
        if (r != 0 && !strstr(err.text, "offset 0x"))
            fail_msg("row %zu: no offset: %s", i, err.text);
        /* Where only one word can be wrong, the sentence names its place. */
        if (r != 0 && strcmp(rows[i].words, "p_vaddr") != 0 && !strstr(err.text, rows[i].words))
            fail_msg("'%s' is not in: %s", rows[i].words, err.text);
        unload(&mem, &plan);
    }
}

/* Nothing but the image's words is ever written, and never with anything else. */
static void check_memory(const struct guest_mem *mem, const struct elf_plan *plan)
{
    const uint64_t base = plan->moved;

    for (uint64_t gpa = 0; gpa < MEM_SIZE; gpa += 8) {
        if (gpa >= base + RO && gpa < base + RW + sizeof p.rw)
            continue;
        if (gpa >= base && gpa < base + sizeof p.f.text)
            assert_memory_equal(mem->host + gpa, (uint8_t *)p.f.text + (gpa - base), 8);
        else if (word_at(mem, gpa) != 0)
            fail_msg("0x%lx was written", (unsigned long)gpa);
    }
}

/* Each byte of the note's end and of the table, with every value. */
static void every_byte(void **state)
{
    static const struct {
        size_t offset, size;
    } parts[] = {{FIELD(pie)}, {FIELD(ro.rela)}};
    unsigned refused = 0;

    (void)state;
    for (size_t i = 0; i < N_OF(parts); i++)
        for (size_t at = parts[i].offset; at < parts[i].offset + parts[i].size; at++)
            for (unsigned value = 0; value < 256; value += at % 8 == 0 ? 1 : 5) {
                struct guest_mem mem;
                struct elf_plan plan;

                make();
                ((uint8_t *)&p)[at] = (uint8_t)value;
                err.text[0] = 0;
                if (load(&mem, &plan, 0x50000) != 0) {
                    refused++;
                    if (!strstr(err.text, "offset 0x") || strchr(err.text, '\n'))
                        fail_msg("no offset, or two lines: %s", err.text);
                }
                if (plan.count > 0 && value % 16 == 0)
                    check_memory(&mem, &plan);
                unload(&mem, &plan);
            }
    assert_true(refused > 1000);
}

/* Every length of the file: a table that isn't whole is not used. */
static void truncated(void **state)
{
    struct elf_plan plan;
    struct guest_mem mem;
    struct elf elf;
    struct ext ext;

    (void)state;
    make();
    assert_works(load(&mem, &plan, 0), err);
    assert_works(elf_parse(&elf, &p, sizeof p, elf_host_machine(), &err), err);
    assert_works(ext_read(&ext, &elf, TENDER_SPT, &err), err);
    for (size_t size = 0; size < offsetof(struct fake_pie, ro.more); size++) {
        elf.size = size;
        assert_fails(pie_relocate(&elf, &plan, &ext, &mem, &err), err, "became shorter");
    }
    elf_free(&elf);
    unload(&mem, &plan);
}

/* Words on pages that are mapped from a file, whatever the host's: of 64 KiB at most. */
#define FAR_RW 0x10000ULL
#define FAR_SIZE 0x20000ULL

static int open_far(void)
{
    int fd;

    make();
    fake_load(&p.f.ph[2], PF_R | PF_W, FAR_RW, FAR_RW, FAR_SIZE, FAR_SIZE);
    p.f.ph[4].p_type = PT_NULL;
    p.ro.rela[1].r_offset = FAR_RW + 8;
    p.ro.rela[2].r_offset = FAR_RW + FAR_SIZE - 8;
    p.ro.rela[2].r_addend = p.ro.rela[3].r_addend = FAR_RW + FAR_SIZE;
    p.ro.rela[3].r_offset = FAR_RW + 0x10000 - 4;
    fd = memfd_create("image", MFD_CLOEXEC);
    assert_int_equal(write(fd, &p, sizeof p), sizeof p);
    assert_int_equal(ftruncate(fd, FAR_RW + FAR_SIZE), 0);
    return fd;
}

/* Map P from FD, cut the file off at END, relocate; returns what that returns. */
static int load_cut(int fd, off_t end, struct guest_mem *mem)
{
    struct load_map mapped;
    struct elf_plan plan;
    struct elf elf;
    struct ext ext;

    assert_works(guest_mem_alloc(mem, MEM_SIZE, false, &err), err);
    assert_works(elf_read(&elf, fd, elf_host_machine(), &err), err);
    assert_works(ext_read(&ext, &elf, TENDER_HVT, &err), err);
    assert_works(elf_plan(&elf, LOWEST, MEM_SIZE, &plan, &err), err);
    plan.places = 1;
    assert_works(load_image(&elf, &plan, mem, prot_of, false, &mapped, &err), err);
    assert_int_equal(mapped.count, 1);
    assert_int_equal(ftruncate(fd, end), 0);
    int r = pie_relocate(&elf, &plan, &ext, mem, &err);
    free(mapped.range);
    elf_plan_free(&plan);
    elf_free(&elf);
    return r;
}

/* The file loses words that have to be written: no SIGBUS, but a sentence. */
static void lost(void **state)
{
    static const uint64_t ends[] = {FAR_RW, FAR_RW + 0x10000, FAR_RW + FAR_SIZE};

    (void)state;
    for (size_t i = 0; i < N_OF(ends); i++) {
        const bool whole = ends[i] == FAR_RW + FAR_SIZE;
        const uint64_t base = LOWEST + FAR_RW;
        struct guest_mem mem;
        int fd = open_far();
        int r = load_cut(fd, (off_t)ends[i], &mem);

        assert_int_equal(r, whole ? 0 : -1);
        if (!whole && !strstr(err.text, "the file became shorter or could not be read while"))
            fail_msg("%s", err.text);
        if (whole) {
            assert_int_equal(word_at(&mem, base + 8), LOWEST + RO);
            assert_int_equal(word_at(&mem, base + 0xfffc), base + FAR_SIZE);
            assert_int_equal(word_at(&mem, base + FAR_SIZE - 8), base + FAR_SIZE);
        }
        munmap(mem.host, MEM_SIZE);
        close(fd);
    }
}

static void places(void **state)
{
    static const struct {
        uint64_t size, reserved, image_end, align, places, step;
    } rows[] = {
            /* 2 MiB leave nothing, 4 a little */
            {2 * MIB, 0, 0x110000, 0x1000, 1, 0x10000},
            {2 * MIB, 0, 2 * MIB, 0x1000, 1, 0x10000},
            {3 * MIB, 0, 0x1e0000, 0x1000, 3, 0x10000},
            {3 * MIB, 0x10000, 0x1e0000, 0x1000, 2, 0x10000},
            {4 * MIB, 0, 0x110000, 0x10000, 17, 0x10000},
            {16 * MIB, 0, 0x110000, 0x10000, 65, 0x10000},
            {16 * MIB, 0x10000, 0x110000, 0x10000, 65, 0x10000},
            {128 * MIB, 0, 0x110000, 0x10000, 513, 0x10000},
            {512 * MIB, 0, 0x110000, 0x10000, 2049, 0x10000},
            {512 * MIB, 0, 511 * MIB, 0x10000, 1, 0x10000},
            {512 * MIB, 0, 510 * MIB, 0x10000, 17, 0x10000},
            /* sections of larger alignment stay aligned */
            {16 * MIB, 0, 0x110000, 0x40000, 17, 0x40000},
            {16 * MIB, 0, 0x110000, 1ULL << 63, 1, 1ULL << 63},
            /* all that can be wrong with a plan that nobody made */
            {16 * MIB, 0, UINT64_MAX, 0x10000, 1, 0x10000},
            {65536 * MIB, 0, 0x110000, 0, 262145, 0x10000},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct elf_plan plan = {.image_end = rows[i].image_end, .align = rows[i].align};
        struct guest_mem mem = {.size = rows[i].size - rows[i].reserved, .end = rows[i].size};
        uint64_t step;
        uint64_t n = pie_places(&plan, &mem, &step);

        if (n != rows[i].places || step != rows[i].step)
            fail_msg("row %zu: %lu places", i, (unsigned long)n);
        if (n > 1) {
            uint64_t last = (n - 1) * step;
            assert_true(last <= mem.end / 4);
            assert_true(plan.image_end + last + PIE_KEEP <= mem.size);
        }
    }
}

/* All of them are used: 65 places, and 3,000 starts. */
static void chosen(void **state)
{
    unsigned seen[65] = {0};
    struct guest_mem mem = {.size = 16 * MIB, .end = 16 * MIB};
    struct ext ext = {.features = EXT_F_PIE};

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        struct elf_segment s = {.vaddr = LOWEST + 8, .start = LOWEST, .end = LOWEST + 0x1000};
        struct elf_plan plan = {.image_end = 0x110000,
                .moved = LOWEST,
                .align = 0x1000,
                .count = 1,
                .segment = &s};

        assert_works(pie_place(&plan, &ext, &mem, &err), err);
        assert_int_equal(plan.places, 65);
        assert_true(s.start >= LOWEST && (s.start - LOWEST) % 0x10000 == 0);
        assert_int_equal(s.vaddr, s.start + 8);
        seen[(s.start - LOWEST) / 0x10000]++;
        assert_non_null(strstr(pie_report(&plan).text, ", 6 random bits)"));
    }
    for (size_t i = 0; i < N_OF(seen); i++)
        assert_true(seen[i] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(moved),
            cmocka_unit_test(nothing_to_do),
            cmocka_unit_test(spoiled),
            cmocka_unit_test(every_byte),
            cmocka_unit_test(truncated),
            cmocka_unit_test(lost),
            cmocka_unit_test(places),
            cmocka_unit_test(chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
