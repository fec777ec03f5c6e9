/* SPDX-License-Identifier: ISC */
/*
 * The clock in the vDSO: this kernel's, and images as no kernel makes them.
 *
 * links: tenders/spt/vdso.c tenders/common/err.c
 */
#include "unit.h"

#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <time.h>

#include "../../tenders/spt/vdso.h"

/* Of the CPU that builds. A test of a test machine, not code of a tender. */
const struct vdso_name vdso_clock = {"clock", "V1"};

static struct err err;

#define BASE 0xffffffffff700000 /* of old kernels */

static const char strings[] = "\0clock\0V1\0V2\0data\0";
enum { CLOCK = 1, V1 = 7, V2 = 10, DATA = 13 };

#define TAGS 7

struct fake {
    Elf64_Ehdr eh;
    Elf64_Phdr ph[3];
    Elf64_Dyn dyn[TAGS];
    Elf64_Sym sym[4];
    uint16_t version[4];
    struct {
        Elf64_Verdef def;
        Elf64_Verdaux aux;
    } ver[3];
    uint32_t hash[2]; /* only the number matters */
    uint32_t gnu_hash[4 + 2 + 2 + 3];
    char strings[sizeof strings];
    uint8_t code[64];
};

static struct fake make(uint64_t base)
{
#define AT(field) (base + offsetof(struct fake, field))
    struct fake f = {
            .eh = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64},
                    .e_phoff = offsetof(struct fake, ph),
                    .e_phentsize = sizeof(Elf64_Phdr),
                    .e_phnum = 3},
            .ph = {{.p_type = PT_DYNAMIC, .p_offset = offsetof(struct fake, dyn)},
                    {.p_type = PT_LOAD, .p_vaddr = base, .p_flags = PF_R | PF_X,
                            .p_filesz = sizeof f},
                    {.p_type = PT_NOTE}},
            .dyn = {{.d_tag = DT_HASH, .d_un.d_ptr = AT(hash)},
                    {.d_tag = DT_GNU_HASH, .d_un.d_ptr = AT(gnu_hash)},
                    {.d_tag = DT_STRTAB, .d_un.d_ptr = AT(strings)},
                    {.d_tag = DT_SYMTAB, .d_un.d_ptr = AT(sym)},
                    {.d_tag = DT_VERSYM, .d_un.d_ptr = AT(version)},
                    {.d_tag = DT_VERDEF, .d_un.d_ptr = AT(ver)},
                    {.d_tag = DT_NULL}},
            /* Not there, data, of another version, and the one. */
            .sym = {{.st_name = CLOCK, .st_info = STT_FUNC},
                    {.st_name = CLOCK, .st_info = STT_OBJECT, .st_shndx = 1, .st_value = AT(code)},
                    {.st_name = CLOCK, .st_info = STT_FUNC, .st_shndx = 1, .st_value = AT(code[8])},
                    {.st_name = CLOCK, .st_info = STT_FUNC, .st_shndx = 1,
                            .st_value = AT(code[16])}},
            .version = {1, 2, 3, 0x8002},
            .ver = {{{.vd_ndx = 1, .vd_aux = sizeof(Elf64_Verdef), .vd_next = sizeof f.ver[0]},
                            {.vda_name = DATA}},
                    {{.vd_ndx = 2, .vd_aux = sizeof(Elf64_Verdef), .vd_next = sizeof f.ver[0]},
                            {.vda_name = V1}},
                    {{.vd_ndx = 3, .vd_aux = sizeof(Elf64_Verdef)}, {.vda_name = V2}}},
            .hash = {1, 4},
            /* Two buckets, symbols from 1 on, one word of filter; the last of a chain is odd. */
            .gnu_hash = {2, 1, 1, 0, 0, 0, 1, 2, 1, 2, 5},
    };
    memcpy(f.strings, strings, sizeof strings);
    return f;
}

static const uint64_t found = offsetof(struct fake, code[16]);

/* In memory of just its size, which the sanitizer watches. */
static uint64_t look(const struct fake *f, size_t size)
{
    void *copy = malloc(size ? size : 1);

    assert_non_null(copy);
    memcpy(copy, f, size);
    uint64_t offset = vdso_function(copy, size, &vdso_clock);
    free(copy);
    return offset;
}

static void finds(void **state)
{
    static const uint64_t bases[] = {0, BASE};

    (void)state;
    for (size_t i = 0; i < N_OF(bases); i++) {
        struct fake f = make(bases[i]);
        assert_int_equal(look(&f, sizeof f), found);
        /* Either table says how many there are. */
        f.dyn[0].d_tag = DT_DEBUG;
        assert_int_equal(look(&f, sizeof f), found);
        f.dyn[1].d_tag = DT_DEBUG;
        assert_int_equal(look(&f, sizeof f), 0);
        f.dyn[0].d_tag = DT_HASH;
        assert_int_equal(look(&f, sizeof f), found);
        f.hash[1] = 3;
        assert_int_equal(look(&f, sizeof f), 0);
    }
}

/* What spoils it: a field of the struct becomes a value. */
static void spoiled(void **state)
{
#define FIELD(field, v) {offsetof(struct fake, field), sizeof(((struct fake *)0)->field), v}
    static const struct {
        size_t offset, size;
        uint64_t value;
    } rows[] = {
            FIELD(eh.e_ident[0], 'e'),
            FIELD(eh.e_ident[EI_CLASS], ELFCLASS32),
            FIELD(eh.e_phentsize, 32),
            FIELD(eh.e_phnum, 0),
            FIELD(eh.e_phoff, ~0ULL),
            FIELD(ph[0].p_type, PT_NULL),
            FIELD(ph[0].p_offset, ~0ULL - 8),
            FIELD(ph[1].p_flags, PF_R),
            FIELD(ph[1].p_filesz, offsetof(struct fake, code[16])),
            FIELD(dyn[2].d_tag, DT_NULL),
            FIELD(dyn[2].d_un.d_ptr, sizeof(struct fake)),
            FIELD(dyn[3].d_un.d_ptr, ~0ULL),
            FIELD(dyn[4].d_tag, DT_DEBUG),
            FIELD(dyn[5].d_tag, DT_DEBUG),
            FIELD(sym[3].st_name, 0xffffffff),
            FIELD(sym[3].st_name, CLOCK + 1),
            FIELD(sym[3].st_info, STT_OBJECT),
            FIELD(sym[3].st_shndx, SHN_UNDEF),
            FIELD(sym[3].st_value, sizeof(struct fake)),
            FIELD(sym[3].st_value, ~0ULL),
            FIELD(version[3], 3),
            FIELD(version[3], 4),
            FIELD(ver[1].aux.vda_name, V2),
            FIELD(ver[1].def.vd_aux, 0xffffffff),
            FIELD(ver[0].def.vd_next, 0),
            FIELD(ver[0].def.vd_next, 0xffffffff),
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct fake f = make(0);
        memcpy((uint8_t *)&f + rows[i].offset, &rows[i].value, rows[i].size);
        if (look(&f, sizeof f) != 0)
            fail_msg("row %zu", i);
    }
}

/* Nothing outside is read, and it ends, whatever a byte is and wherever the file does. */
static void every_byte(void **state)
{
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};

    (void)state;
    for (int newer = 0; newer < 2; newer++) {
        struct fake good = make(0);
        good.dyn[0].d_tag = newer ? DT_DEBUG : DT_HASH;
        for (size_t size = 0; size < sizeof good; size++)
            assert_true(look(&good, size) <= found);
        for (size_t i = 0; i < sizeof good; i++) {
            for (size_t k = 0; k < N_OF(values); k++) {
                struct fake f = good;
                ((uint8_t *)&f)[i] = values[k];
                assert_true(look(&f, sizeof f) < sizeof f);
            }
        }
    }
}

/* Long chains and lists, as far as the image goes. */
static void endless(void **state)
{
    struct fake f = make(0);

    (void)state;
    f.dyn[0].d_tag = DT_DEBUG;
    f.gnu_hash[0] = UINT32_MAX;
    assert_int_equal(look(&f, sizeof f), 0);
    f = make(0);
    f.dyn[0].d_tag = DT_DEBUG;
    f.gnu_hash[10] = 4;
    assert_true(look(&f, sizeof f) == 0 || look(&f, sizeof f) == found);
    f = make(0);
    f.hash[1] = UINT32_MAX;
    assert_int_equal(look(&f, sizeof f), found);
    f.sym[3].st_name = 0;
    assert_true(look(&f, sizeof f) < sizeof f);
}

/* It tells the time. Names as this CPU's kernels have them. */
static void this_kernel(void **state)
{
    static const struct vdso_name names[] = {
            {"__vdso_clock_gettime", "LINUX_2.6"}, {"__kernel_clock_gettime", "LINUX_2.6.39"}};
    static const struct vdso_name other = {"__vdso_clock_gettime", "LINUX_2.7"};
    uint64_t start = getauxval(AT_SYSINFO_EHDR), offset = 0;
    const void *image = (const void *)(uintptr_t)start;
    struct timespec before, now, after;
    struct guest_mem_range code;
    struct vdso v = {0};

    (void)state;
    if (start == 0) {
        assert_fails(vdso_find(&v, &err), err, "the kernel offers no vDSO");
        return;
    }
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    static char text[64 << 10];
    text[fread(text, 1, sizeof text - 1, maps)] = '\0';
    fclose(maps);
    assert_works(vdso_pieces(&v, text, start, &code, &err), err);
    assert_true(code.start == start && code.end > start && v.n >= 2);
    for (size_t i = 0; i < N_OF(names) && offset == 0; i++)
        offset = vdso_function(image, code.end - code.start, &names[i]);
    assert_int_not_equal(offset, 0);
    assert_int_equal(vdso_function(image, code.end - code.start, &other), 0);
    /* Not what this program calls it. */
    assert_fails(vdso_find(&v, &err), err, "the vDSO has no clock of version V1");
    assert_true(v.n == 0 && v.clock == 0);

    int (*clock)(int, struct timespec *) =
            (int (*)(int, struct timespec *))(uintptr_t)(start + offset);
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(clock(CLOCK_MONOTONIC, &now), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(now.tv_sec >= before.tv_sec && now.tv_sec <= after.tv_sec);
}

#define LINE(range, may, name) range " " may " 00000000 00:00 0                  " name "\n"
#define SELF LINE("7f0000002000-7f0000004000", "r-xp", "[vdso]")
#define DATA_LINE LINE("7f0000000000-7f0000002000", "r--p", "[vvar]")

static void maps(void **state)
{
    static const struct {
        const char *text, *words; /* why not, or NULL and */
        size_t n;                 /* so many pieces */
    } rows[] = {
            {DATA_LINE SELF, NULL, 2},
            {SELF, NULL, 1},
            {SELF DATA_LINE LINE("7f0000008000-7f0000009000", "r--p", "[vvar_vclock]"), NULL, 3},
            {"400000-401000 r-xp 00000000 fe:00 7  /a b/[vdso]\n" SELF
             "401000-402000 r--p 00000000 fe:00 7  /[vvar]\n"
             "402000-403000 r--p 00000000 fe:00 7  /a [vvar]\n"
             "7fff00000000-7fff00100000 rw-p 00000000 00:00 0   [stack]\n"
             "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]\n", NULL, 1},
            {"", "not in the list", 0},
            {DATA_LINE, "not in the list", 0},
            {LINE("7f0000001000-7f0000004000", "r-xp", "[vdso]"), "not in the list", 0},
            {" [vdso]\n [vvar]\n7f0000002000 [vdso]\n7f0000002000-7f0000004000 [vdso]\n",
                    "not in the list", 0},
            {SELF LINE("7f0000000000-7f0000002000", "rw-p", "[vvar]"), "can be written", 0},
            {DATA_LINE DATA_LINE DATA_LINE DATA_LINE DATA_LINE DATA_LINE DATA_LINE DATA_LINE SELF,
                    "more than 8 pieces", 0},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct guest_mem_range code;
        struct vdso v = {0};
        char text[1024];
        snprintf(text, sizeof text, "%s\nno end of line", rows[i].text);
        if (rows[i].words) {
            assert_fails(vdso_pieces(&v, text, 0x7f0000002000, &code, &err), err, rows[i].words);
        } else {
            assert_works(vdso_pieces(&v, text, 0x7f0000002000, &code, &err), err);
            assert_true(code.start == 0x7f0000002000 && code.end == 0x7f0000004000);
            assert_int_equal(v.n, rows[i].n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(finds),
            cmocka_unit_test(spoiled),
            cmocka_unit_test(every_byte),
            cmocka_unit_test(endless),
            cmocka_unit_test(this_kernel),
            cmocka_unit_test(maps),
    };

    return cmocka_run_group_tests_name("vdso", tests, NULL, NULL);
}
