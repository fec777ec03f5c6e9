/* SPDX-License-Identifier: ISC */
/*
 * Each condition for an image: the good one with one field spoiled, every byte of its
 * headers with every value, every length.
 *
 * links: tenders/common/image.c tenders/common/manifest.c tenders/common/err.c
 */
#include "fake_elf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define MEM_SIZE 0x400000
#define MIN_BASE 0x100000

static struct err err;

/* What every plan must be, whatever the image: the loader relies on it. */
static void check_plan(const struct elf_plan *plan, uint64_t size)
{
    uint64_t at = MIN_BASE;

    assert_true(plan->count > 0);
    assert_true(plan->entry >= MIN_BASE && plan->entry < MEM_SIZE);
    for (size_t i = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];

        assert_true(s->start >= at && s->start % 4096 == 0 && s->end % 4096 == 0);
        assert_true(s->vaddr >= s->start && s->filesz > 0 && s->memsz >= s->filesz);
        assert_true(s->memsz <= s->end - s->vaddr && s->end <= MEM_SIZE);
        assert_true(s->offset <= size && s->filesz <= size - s->offset);
        assert_true((s->prot & (PROT_WRITE | PROT_EXEC)) != (PROT_WRITE | PROT_EXEC));
        at = s->end;
    }
    assert_int_equal(plan->kernel_end, at);
}

/* Spoil one field of the good image in each row, then try it from the start. */
struct spoil {
    const char *words;   /* of the sentence; NULL: must work */
    size_t offset, size; /* of the field in struct fake_elf */
    uint64_t value;
};

#define FIELD(f) offsetof(struct fake_elf, f), sizeof(((struct fake_elf *)0)->f)

/* Whatever is wrong with an image, the sentence is one line and says where in the file. */
static void check_sentence(void)
{
    if (!strstr(err.text, "offset 0x") || strchr(err.text, '\n'))
        fail_msg("no offset, or two lines: %s", err.text);
}

/* All that a tender checks, of bytes in memory. */
static int try_image(const struct fake_elf *f, size_t size)
{
    struct elf elf;
    struct elf_plan plan;
    struct abi1_info abi;
    struct manifest m;
    uint64_t at;
    int r = -1;

    if (elf_parse(&elf, f, size, elf_host_machine(), &err) != 0)
        return -1;
    if (elf_abi(&elf, &abi, &at, &err) == 0 && manifest_read(&m, &elf, &err) == 0 &&
            elf_plan(&elf, MIN_BASE, MEM_SIZE, &plan, &err) == 0) {
        check_plan(&plan, size);
        elf_plan_free(&plan);
        r = 0;
    }
    elf_free(&elf);
    return r;
}

static void good(void **state)
{
    struct fake_elf f;
    struct elf elf;
    struct elf_plan plan;

    (void)state;
    fake_make(&f);
    int fd = fake_open(&f, FAKE_SIZE);
    assert_works(elf_read(&elf, fd, elf_host_machine(), &err), err);
    assert_works(elf_plan(&elf, MIN_BASE, MEM_SIZE, &plan, &err), err);
    assert_int_equal(plan.count, 3);
    assert_int_equal(plan.entry, 0x100020);
    assert_int_equal(plan.kernel_end, 0x103000);
    assert_int_equal(plan.segment[0].prot, PROT_EXEC);
    assert_int_equal(plan.segment[2].start, 0x102000);
    assert_int_equal(plan.segment[2].end, 0x103000);
    assert_int_equal(plan.segment[2].offset, offsetof(struct fake_elf, data));
    elf_plan_free(&plan);
    elf_free(&elf);
    close(fd);
}

static void spoiled(void **state)
{
    static const struct spoil rows[] = {
            {NULL, FIELD(eh.e_ident[EI_OSABI]), 255},
            {NULL, FIELD(eh.e_ident[EI_VERSION]), 9},
            {NULL, FIELD(eh.e_shnum), 7777},
            {NULL, FIELD(eh.e_type), ET_DYN}, /* ext.c asks for more */
            {NULL, FIELD(ph[0].p_paddr), 7777},
            {NULL, FIELD(ph[3].p_vaddr), 1},
            {NULL, FIELD(ph[4].p_flags), 0},
            {NULL, FIELD(ph[7].p_type), 0x12345},
            {NULL, FIELD(eh.e_entry), MEM_SIZE - 1},
            {NULL, FIELD(abi.info.reserved0), 1},
            {NULL, FIELD(abi.info.reserved1), 1},
            {NULL, FIELD(eh.e_shoff), UINT64_MAX},
            {NULL, FIELD(eh.e_flags), 7777},
            {NULL, FIELD(ph[2].p_flags), 0},
            {NULL, FIELD(ph[2].p_memsz), 0x1000},
            {NULL, FIELD(ph[2].p_align), 0x1000},
            {NULL, FIELD(ph[3].p_align), 3},
            {NULL, FIELD(ph[4].p_align), 0},
            {NULL, FIELD(ph[4].p_vaddr), 0x1000},
            {NULL, FIELD(ph[4].p_offset), UINT64_MAX},
            {NULL, FIELD(ph[4].p_flags), PF_R | PF_W | PF_X},
            {NULL, FIELD(ph[5].p_filesz), 36},
            {NULL, FIELD(ph[6].p_filesz), UINT64_MAX},
            {NULL, FIELD(ph[7].p_filesz), 1},
            {"not an ELF file (offset 0x0)", FIELD(eh.e_ident[0]), 'E'},
            {"not a 64-bit ELF file (offset 0x4)", FIELD(eh.e_ident[EI_CLASS]), ELFCLASS32},
            {"not a little-endian ELF file (offset 0x5)", FIELD(eh.e_ident[EI_DATA]), ELFDATA2MSB},
            {"e_version is not 1 (offset 0x14)", FIELD(eh.e_version), 2},
            {"(ET_EXEC or ET_DYN) (offset 0x10)", FIELD(eh.e_type), ET_REL},
            {"(ET_EXEC or ET_DYN) (offset 0x10)", FIELD(eh.e_type), ET_CORE},
            {"not for x86_64 or aarch64 (offset 0x12)", FIELD(eh.e_machine), EM_386},
            {"e_ehsize is not 64 (offset 0x34)", FIELD(eh.e_ehsize), 63},
            {"e_phentsize is not 56 (offset 0x36)", FIELD(eh.e_phentsize), 32},
            {"no program headers (offset 0x38)", FIELD(eh.e_phnum), 0},
            {"program headers at offset", FIELD(eh.e_phnum), 65535},
            {"program headers at offset", FIELD(eh.e_phoff), UINT64_MAX},
            {"program headers at offset", FIELD(eh.e_phoff), INT64_MAX},
            {"out of memory range (offset 0x18)", FIELD(eh.e_entry), 0xfffff},
            {"entry point", FIELD(eh.e_entry), MEM_SIZE},
            /* segments */
            {"program header 0, offset 0x50: segment outside valid memory range: p_vaddr is below",
                    FIELD(ph[0].p_vaddr), 0xff000},
            {"offset 0x50: segment outside valid memory range: p_vaddr, rounded",
                    FIELD(ph[0].p_align), 0x200000},
            {"program header 0, offset 0x70: segment outside valid memory range: p_align",
                    FIELD(ph[0].p_align), 0},
            {"power of two", FIELD(ph[0].p_align), 3},
            {"program header 2, offset 0xc0: segments are not in ascending order",
                    FIELD(ph[2].p_vaddr), 0x100800},
            {"program header 1, offset 0x88: segment overlaps", FIELD(ph[1].p_vaddr), 0x100040},
            {"program header 2, offset 0xe0: segment is not aligned with architectural page size",
                    FIELD(ph[2].p_align), 1},
            {"program header 2, offset 0xd0: file segment out of range",
                    FIELD(ph[2].p_vaddr), MEM_SIZE},
            {"program header 2, offset 0xc0: file segment out of range",
                    FIELD(ph[2].p_vaddr), UINT64_MAX - 10},
            {"program header 2, offset 0xd0: file segment out of range",
                    FIELD(ph[2].p_filesz), UINT64_MAX},
            {"program header 2, offset 0xd8: memory segment out of range: smaller than in the file",
                    FIELD(ph[2].p_memsz), 63},
            {"memory segment out of range", FIELD(ph[2].p_memsz), UINT64_MAX},
            {"memory segment out of range", FIELD(ph[2].p_memsz), MEM_SIZE},
            {"program header 4, offset 0x148: memory segment out of range",
                    FIELD(ph[4].p_memsz), MEM_SIZE},
            {"memory segment out of range", FIELD(ph[4].p_vaddr), UINT64_MAX - 1},
            {"file segment mismatch", FIELD(ph[0].p_offset), FAKE_SIZE - 63},
            {"program header 0, offset 0x48: file segment mismatch",
                    FIELD(ph[0].p_offset), UINT64_MAX},
            {"program header 2, offset 0xb4: segment requests WRITE and EXEC",
                    FIELD(ph[2].p_flags), PF_R | PF_W | PF_X},
            /* notes */
            {"No Solo5 ABI information found in executable: there is no such note in the program "
             "headers at offset 0x40", FIELD(ph[5].p_type), PT_NULL},
            {"No Solo5 ABI information", FIELD(abi.n_namesz), 5},
            {"No Solo5 ABI information", FIELD(abi.name[0]), 's'},
            {"No Solo5 ABI information", FIELD(ph[5].p_filesz), 19},
            {"valid size (program header 5, offset 0x178: shorter than a note header)",
                    FIELD(ph[5].p_filesz), 11},
            {"note does not fall within valid size", FIELD(ph[5].p_filesz), 35},
            {"note does not fall within valid size", FIELD(ph[5].p_offset), FAKE_SIZE - 1},
            {"valid size (program header 5, offset 0x160: beyond the end of the file)",
                    FIELD(ph[5].p_offset), UINT64_MAX},
            {"valid size (program header 5, offset 0x204: n_descsz is out of range)",
                    FIELD(abi.n_descsz), 0},
            {"note does not fall within valid size", FIELD(abi.n_descsz), 4},
            {"valid size (program header 5, offset 0x204: n_descsz is too small for",
                    FIELD(abi.n_descsz), 15},
            {"note does not fall within valid size", FIELD(abi.n_descsz), 1},
            {"note does not fall within valid size", FIELD(abi.n_descsz), 33},
            {"note does not fall within valid size", FIELD(abi.n_descsz), UINT32_MAX},
            {"No Solo5 manifest found in executable: there is no such note in the program "
             "headers at offset 0x40", FIELD(ph[6].p_type), PT_NULL},
            {"n_descsz leaves no content)", FIELD(mft.descsz), 4},
            {"note does not fall within valid size", FIELD(mft.descsz), 6669},
            {"Solo5 manifest is invalid", FIELD(mft.descsz), 5},
            {"Solo5 manifest is invalid", FIELD(mft.descsz), 12 + 2 * 104},
            /* manifest */
            {"unsupported version", FIELD(mft.version), 2},
            {"0 entries", FIELD(mft.entries), 0},
            {"65 entries", FIELD(mft.entries), 65},
            {"don't hold 2 entries", FIELD(mft.entries), 2},
            {"reserved entry", FIELD(mft.e[0].type), MFT_DEV_NET_BASIC},
            {"reserved entry", FIELD(mft.e[0].name[0]), 'x'},
            {"not terminated", FIELD(mft.e[1].name[67]), 'x'},
            {"attached", FIELD(mft.e[1].attached), 1},
            {"attached", FIELD(mft.e[1].attached), 7},
            {"unknown device type", FIELD(mft.e[1].type), 0},
            {"unknown device type", FIELD(mft.e[1].type), 3},
            {NULL, FIELD(mft.e[1].type), 1U << 30},
            {NULL, FIELD(mft.e[1].type), 0x80000001},
            {"entry 1: the name has a character that is no", FIELD(mft.e[1].name[0]), '-'},
            {"entry 1: the name has a character that is no", FIELD(mft.e[1].name[1]), 0x80},
            {"entry 1: the name is empty", FIELD(mft.e[1].name[0]), 0},
            {"entry 1: behind the end of the name", FIELD(mft.e[1].name[5]), 'x'},
            {"entry 2: behind the end of the name", FIELD(mft.e[2].name[66]), 'x'},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct fake_elf f;

        fake_make(&f);
        memcpy((uint8_t *)&f + rows[i].offset, &rows[i].value, rows[i].size);
        if (!rows[i].words) {
            assert_works(try_image(&f, FAKE_SIZE), err);
            continue;
        }
        assert_fails(try_image(&f, FAKE_SIZE), err, rows[i].words);
        check_sentence();
        /* In a note, it names the field. */
        char place[32];
        snprintf(place, sizeof place, "(offset 0x%zx)", rows[i].offset);
        if (rows[i].offset >= offsetof(struct fake_elf, mft.version) &&
                !strstr(err.text, place))
            fail_msg("%s is not in: %s", place, err.text);
    }
}

/* A short PT_NOTE counts only if it is looked at: after both notes nobody does. */
static void notes_in_order(void **state)
{
    struct fake_elf f;

    (void)state;
    fake_make(&f);
    f.ph[7] = (Elf64_Phdr){.p_type = PT_NOTE, .p_filesz = 3};
    assert_works(try_image(&f, FAKE_SIZE), err);
    f.ph[3] = f.ph[7];
    assert_fails(try_image(&f, FAKE_SIZE), err, "program header 3, offset 0x108: shorter");
    f.ph[3].p_filesz = 12;
    f.ph[3].p_offset = UINT64_MAX;
    assert_works(try_image(&f, FAKE_SIZE), err);
    /* Two of a kind: the first one counts. */
    f.ph[7] = f.ph[5];
    f.ph[7].p_offset = UINT64_MAX;
    assert_works(try_image(&f, FAKE_SIZE), err);
    f.ph[3] = f.ph[7];
    assert_fails(try_image(&f, FAKE_SIZE), err, "program header 3, offset 0xf0: beyond");
}

/* Each descriptor length below the structure's is refused. */
static void short_abi_note(void **state)
{
    (void)state;
    for (uint32_t size = 0; size <= 33; size++) {
        struct fake_elf f;

        fake_make(&f);
        f.abi.n_descsz = size;
        f.ph[5].p_filesz = 64;
        if (size >= 16 && size <= 32)
            assert_works(try_image(&f, FAKE_SIZE), err);
        else
            assert_fails(try_image(&f, FAKE_SIZE), err, "note does not fall within valid size");
    }
}

/* Every byte of headers and notes with every value: a plan that holds, or a sentence. */
static void every_byte(void **state)
{
    struct fake_elf good, f;

    (void)state;
    fake_make(&good);
    for (size_t at = 0; at < offsetof(struct fake_elf, text); at++)
        for (unsigned value = 0; value < 256; value++) {
            f = good;
            ((uint8_t *)&f)[at] = (uint8_t)value;
            err.text[0] = 0;
            if (try_image(&f, FAKE_SIZE) != 0)
                check_sentence();
        }
}

/* Numbers that are near a border somewhere. */
static uint64_t odd_number(uint64_t *seed)
{
    static const uint64_t some[] = {0, 1, 11, 12, 19, 20, 56, 4095, 4096, MIN_BASE,
            MEM_SIZE, FAKE_SIZE, INT64_MAX, UINT32_MAX, UINT64_MAX};

    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    uint64_t r = *seed >> 33;
    return some[r % N_OF(some)] + (r >> 16) % 5 - 2;
}

/* Several fields at once, the same ones in every run. */
static void many_fields(void **state)
{
    struct fake_elf good, f;
    uint64_t seed = 1;

    (void)state;
    fake_make(&good);
    for (unsigned round = 0; round < 100000; round++) {
        f = good;
        for (unsigned n = 0; n <= round % 4; n++) {
            Elf64_Phdr *ph = &f.ph[odd_number(&seed) % N_OF(f.ph)];
            uint64_t *fields[] = {&ph->p_offset, &ph->p_vaddr, &ph->p_filesz, &ph->p_memsz,
                    &ph->p_align, &f.eh.e_entry, &f.eh.e_phoff};
            *fields[odd_number(&seed) % N_OF(fields)] = odd_number(&seed);
        }
        err.text[0] = 0;
        if (try_image(&f, FAKE_SIZE) != 0)
            check_sentence();
    }
}

static void nothing_to_load(void **state)
{
    struct fake_elf f;

    (void)state;
    fake_make(&f);
    for (size_t i = 0; i < 5; i++)
        f.ph[i].p_filesz = 0;
    assert_fails(try_image(&f, FAKE_SIZE), err, "nothing to load: no PT_LOAD");
    check_sentence();
}

static void duplicate_name(void **state)
{
    struct fake_elf f;

    (void)state;
    fake_make(&f);
    memcpy(f.mft.e[2].name, f.mft.e[1].name, MFT_NAME_SIZE);
    assert_fails(try_image(&f, FAKE_SIZE), err, "entry 2: the name stands twice (offset 0x");
    check_sentence();
}

static void device_fields_are_zeroed(void **state)
{
    struct fake_elf f;
    struct elf elf;
    struct manifest m;

    (void)state;
    fake_make(&f);
    memset(&f.mft.e[2].u, 0xff, sizeof f.mft.e[2].u);
    memset(&f.mft.e[2].b, 0xff, sizeof f.mft.e[2].b);
    int fd = fake_open(&f, FAKE_SIZE);
    assert_works(elf_read(&elf, fd, elf_host_machine(), &err), err);
    assert_works(manifest_read(&m, &elf, &err), err);
    assert_int_equal(m.e[2].u.block_basic.capacity, 0);
    assert_int_equal(m.e[2].u.block_basic.block_size, 0);
    assert_int_equal(m.e[2].b.hostfd, 0);
    assert_int_equal(manifest_find(&m, "b0", MFT_DEV_BLOCK_BASIC), 2);
    assert_int_equal(manifest_find(&m, "b0", MFT_DEV_NET_BASIC), 0);
    assert_int_equal(manifest_find(&m, "", MFT_DEV_NET_BASIC), 0);
    assert_int_equal(manifest_size(&m), 8 + 3 * 104);
    elf_free(&elf);
    close(fd);
}

/* Counts that fit the size, and don't fit a manifest. */
static void manifest_counts(void **state)
{
    static const struct {
        uint32_t entries;
        const char *words;
    } rows[] = {{0, "0 entries, 1 to 64"}, {1, NULL}, {65, "65 entries, 1 to 64"}};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        size_t size = 8 + rows[i].entries * sizeof(struct mft_entry);
        struct mft *raw = calloc(1, size + sizeof(struct mft_entry));
        struct manifest m;

        raw->version = MFT_VERSION;
        raw->entries = rows[i].entries;
        raw->e[0].type = MFT_RESERVED_FIRST;
        if (rows[i].words)
            assert_fails(manifest_check(&m, raw, size, 0, &err), err, rows[i].words);
        else
            assert_works(manifest_check(&m, raw, size, 0, &err), err);
        assert_fails(manifest_check(&m, raw, 7, 0x500, &err), err, "too few (offset 0x500)");
        free(raw);
    }
}

/* Every length of the file up to the whole ends in a sentence, not in a crash. */
static void truncated(void **state)
{
    struct fake_elf f;

    (void)state;
    fake_make(&f);
    for (size_t size = 0; size < FAKE_SIZE; size++) {
        err.text[0] = 0;
        assert_int_equal(try_image(&f, size), -1);
        check_sentence();
    }
    assert_works(try_image(&f, FAKE_SIZE), err);
}

static void not_a_file(void **state)
{
    struct elf elf;
    int dir = open("/", O_RDONLY), null = open("/dev/null", O_RDONLY);

    (void)state;
    assert_fails(elf_read(&elf, dir, ELF_MACHINE_ANY, &err), err, "is a directory");
    assert_fails(elf_read(&elf, null, ELF_MACHINE_ANY, &err), err, "not a regular file");
    assert_fails(elf_read(&elf, -1, ELF_MACHINE_ANY, &err), err, "Bad file descriptor");
    close(dir);
    close(null);
}

static void other_machine(void **state)
{
    struct fake_elf f;
    struct elf elf;

    (void)state;
    fake_make(&f);
    f.eh.e_machine = elf_host_machine() == EM_X86_64 ? EM_AARCH64 : EM_X86_64;
    int fd = fake_open(&f, FAKE_SIZE);
    assert_fails(elf_read(&elf, fd, elf_host_machine(), &err), err, "for another CPU");
    assert_works(elf_read(&elf, fd, ELF_MACHINE_ANY, &err), err);
    assert_int_equal(elf.machine, f.eh.e_machine);
    elf_free(&elf);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(good),
            cmocka_unit_test(spoiled),
            cmocka_unit_test(notes_in_order),
            cmocka_unit_test(short_abi_note),
            cmocka_unit_test(every_byte),
            cmocka_unit_test(many_fields),
            cmocka_unit_test(nothing_to_load),
            cmocka_unit_test(duplicate_name),
            cmocka_unit_test(device_fields_are_zeroed),
            cmocka_unit_test(manifest_counts),
            cmocka_unit_test(truncated),
            cmocka_unit_test(not_a_file),
            cmocka_unit_test(other_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
