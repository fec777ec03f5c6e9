/* SPDX-License-Identifier: ISC */
/*
 * Tables of relocations: an input says where the segments of an image are and, in few bytes
 * each, what its entries are: mostly near the edges of segments. The image is loaded at one
 * of its places, copied or mapped, and relocated exactly if rules.h says so. If it is mapped,
 * the file may lose its end in between: that must be a sentence or not be noticed.
 *
 * links: tenders/common/image.c tenders/common/ext.c tenders/common/load.c
 * links: tenders/common/pie.c tenders/common/guest_mem.c tenders/common/err.c
 */
#include "../unit/fake_pie.h"

#include "loaded.h"

#define SEGMENTS 4
#define ENTRIES_MAX 700 /* more than twice as many as are read at a time */
#define FILE_SIZE 0x30000

static uint8_t file[FILE_SIZE];
static Elf64_Rela table[ENTRIES_MAX];
static const uint8_t *input, *input_end;

static uint8_t next_byte(void)
{
    return input < input_end ? *input++ : 0;
}

static uint64_t next_raw(void)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)next_byte() << 8 * i;
    return v;
}

/*
 * The image
 */

/* Behind END of the file and AT of memory. Each is mostly on pages of its own, as linked. */
static void next_segment(Elf64_Phdr *ph, uint64_t *at, uint64_t *end)
{
    static const uint32_t flags[] = {
            PF_X, PF_R, PF_R | PF_W, PF_R | PF_W, PF_R | PF_X, PF_R, PF_W, 0};
    uint8_t how = next_byte(), pages = next_byte();
    uint64_t vaddr = *at + (how >> 3 & 3) * PAGE + (how & 0x20 ? next_byte() : 0);
    uint64_t filesz = (pages >> 4) * PAGE / 2 + (pages & 15) * 17;
    uint64_t offset = *end + (how & 0x40 ? 0 : (vaddr - *end) % PAGE);

    fake_load(ph, flags[how & 7], vaddr, offset, filesz, filesz + (how & 0x80 ? 300 : 0));
    *at = (uint64_t)up(vaddr + ph->p_memsz, PAGE);
    *end = offset + filesz;
}

/* An address as linked: near an edge of a segment, or any. */
static uint64_t next_address(const struct fake_pie *p)
{
    uint8_t which = next_byte();
    const Elf64_Phdr *ph = &p->f.ph[which % SEGMENTS];

    if (which >= 0xf0)
        return next_raw();
    uint64_t length = which & 8 ? ph->p_memsz : ph->p_filesz;
    uint64_t edge = ph->p_vaddr + (which & 4 ? length : 0);
    return edge + next_byte() * (which & 0x10 ? 8 : 1) - (which & 0x20 ? 256 : 0);
}

/* Entry I; or many like the one before, some bytes apart. */
static size_t next_entries(const struct fake_pie *p, size_t i)
{
    uint8_t how = next_byte();

    if (i == 0 || how % 4 != 3) {
        uint64_t offset = next_address(p), addend = next_address(p);
        uint64_t info = how < 0xf0 ? fake_relative(p->f.eh.e_machine) : next_raw();
        table[i] = (Elf64_Rela){offset, info, (int64_t)addend};
        return i + 1;
    }
    uint8_t step = next_byte();
    for (size_t n = 2 * next_byte(); n > 0 && i < ENTRIES_MAX; n--, i++) {
        table[i] = table[i - 1];
        table[i].r_offset += step;
    }
    return i;
}

/* The table is somewhere in a segment, or beyond. */
static void next_table(struct fake_pie *p)
{
    const Elf64_Phdr *ph = &p->f.ph[next_byte() % SEGMENTS];
    uint64_t at = next_byte() * 8;
    uint8_t more = next_byte();
    size_t n = 0;

    while (input < input_end && n < ENTRIES_MAX)
        n = next_entries(p, n);
    p->pie.rela = ph->p_vaddr + at;
    p->pie.rela_size = n * sizeof table[0] + (more >= 0xf8 ? next_raw() : 0);
    if (ph->p_offset + at + n * sizeof table[0] <= FILE_SIZE)
        memcpy(file + ph->p_offset + at, table, n * sizeof table[0]);
}

/* No byte is 0. */
static const uint8_t *pattern(void)
{
    static uint8_t bytes[FILE_SIZE];

    for (size_t i = 0; bytes[FILE_SIZE - 1] == 0; i++)
        bytes[i] = (uint8_t)(1 + i % 251);
    return bytes;
}

static void make_file(uint8_t how)
{
    struct fake_pie p;
    uint64_t at = 0, end = sizeof p;

    fake_pie_make(&p, how & 1 ? EM_AARCH64 : EM_X86_64);
    for (size_t i = 0; i < SEGMENTS; i++)
        next_segment(&p.f.ph[i], &at, &end);
    memcpy(file, pattern(), end);
    p.f.ph[4] = (Elf64_Phdr){0};
    if (how & 2) /* BSS */
        fake_load(&p.f.ph[4], PF_R | PF_W, at, 0, 0, next_byte() * 16ULL);
    next_table(&p);
    memcpy(file, &p, sizeof p);
    data = file;
    size = end;
}

/*
 * What becomes of it
 */

static int keep_writable(const struct elf_segment *s)
{
    (void)s;
    return PROT_READ | PROT_WRITE;
}

/* CUT bytes of what is mapped are gone. */
static void check_cut(const struct elf *elf, const struct elf_plan *plan, const struct ext *ext,
        struct guest_mem *mem, uint64_t cut)
{
    MUST(ftruncate(elf->fd, (off_t)(size - cut % size)) == 0);
    if (pie_relocate(elf, plan, ext, mem, &err) != 0)
        check_sentence();
}

static void check_load(const struct elf *elf, const struct elf_plan *plan,
        const struct place *p, const struct ext *ext, uint64_t cut)
{
    struct guest_mem mem = zero_memory(PIE_SIZE, 0x1000ULL << 2 * (cut % 3));
    struct load_map mapped;

    MUST(load_image(elf, plan, &mem, keep_writable, false, &mapped, &err) == 0);
    check_mapped(&mem, plan, &mapped);
    if (cut > 0)
        check_cut(elf, plan, ext, &mem, cut);
    else
        check_relocated(elf, plan, p, ext, &mem);
    clear_memory(&mem, plan, &mapped);
}

static void try_place(const struct elf *elf, uint64_t place, uint64_t cut)
{
    struct guest_mem mem = {.size = PIE_SIZE, .end = PIE_SIZE};
    struct elf_plan plan;
    struct place p;
    struct ext ext;
    uint64_t step;
    bool good = elf_plan(elf, MIN_BASE, PIE_SIZE, &plan, &err) == 0;

    MUST(good == plan_allowed(elf, PIE_SIZE, &p));
    if (!good)
        return;
    MUST(ext_read(&ext, elf, TENDER_SPT, &err) == 0 && (ext.features & EXT_F_PIE));
    plan.places = pie_places(&plan, &mem, &step);
    pie_move(&plan, place % plan.places * step);
    check_load(elf, &plan, &p, &ext, cut);
    elf_plan_free(&plan);
}

static void try_mapped(uint64_t place, uint64_t cut)
{
    struct elf elf;

    MUST(elf_read(&elf, file_of(data, size, size), ELF_MACHINE_ANY, &err) == 0);
    try_place(&elf, place, cut);
    elf_free(&elf);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct elf elf;

    input = bytes;
    input_end = bytes + n;
    uint8_t how = next_byte(), place = next_byte();
    uint64_t cut = how & 4 ? next_byte() * 64 : 0;
    make_file(how);
    if (how & 8) {
        try_mapped(place, cut);
        return 0;
    }
    MUST(elf_parse(&elf, data, size, ELF_MACHINE_ANY, &err) == 0);
    try_place(&elf, place, 0);
    elf_free(&elf);
    return 0;
}
