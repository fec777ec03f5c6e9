/* SPDX-License-Identifier: ISC */
/*
 * Images: headers, notes, segments, and loading them. The rules of docs/abi.md, sections 3.2
 * and 3.3, are written down here a second time, in numbers that can't overflow: an image is
 * accepted exactly if these say so. What is accepted is then planned, protected and loaded;
 * an image at any address at several of them, and relocated. Segments and relocations are in
 * rules.h.
 *
 * An input is the beginning of a file, which is tried as it is and with zeros behind it, so
 * that segments and notes may be where no mutation would reach.
 *
 * links: tenders/common/image.c tenders/common/manifest.c tenders/common/ext.c
 * links: tenders/common/load.c tenders/common/pie.c tenders/common/guest_mem.c
 * links: tenders/common/err.c tenders/hvt/memmap.c
 */
#include "loaded.h"

#include <sys/auxv.h>

#include "../../tenders/hvt/memmap.h"
#include "elf_abi.h"
#include "ext.h"
#include "manifest.h"

#define MEM_SIZE 0x180000ULL
#define TAIL 0x80000 /* zeros behind the input */
#define INPUT_MAX 0x10000

static uint8_t padded[INPUT_MAX + TAIL];

/*
 * The rules once more
 */

static bool header_allowed(Elf64_Ehdr *h, uint16_t machine)
{
    if (size < sizeof *h)
        return false;
    memcpy(h, data, sizeof *h);
    bool known = h->e_machine == EM_X86_64 || h->e_machine == EM_AARCH64;
    return memcmp(h->e_ident, ELFMAG "\2\1", 6) == 0 && h->e_version == 1 &&
           (h->e_type == ET_EXEC || h->e_type == ET_DYN) && h->e_ehsize == 64 &&
           h->e_phentsize == 56 && known &&
           (machine == ELF_MACHINE_ANY || machine == h->e_machine) && h->e_phnum > 0 &&
           (wide)h->e_phoff + (wide)h->e_phnum * 56 <= size;
}

/* Content of the note of type TYPE: its length, 0 for none, -1 for a bad one. */
static long note_length(const struct elf *elf, uint32_t type, uint32_t pad, uint32_t min,
        uint32_t max, uint64_t *place)
{
    for (size_t i = 0; i < elf->phnum; i++) {
        Elf64_Phdr ph = elf->phdr[i];
        uint32_t word[5];

        if (ph.p_type != PT_NOTE || (ph.p_filesz >= 12 && ph.p_filesz < 20))
            continue;
        if (ph.p_filesz < 12 || (wide)ph.p_offset + 20 > size)
            return -1;
        memcpy(word, data + ph.p_offset, sizeof word);
        if (word[0] != 6 || word[2] != type || memcmp(word + 3, "Solo5", 6) != 0)
            continue;
        uint32_t desc = word[1];
        if (desc == 0 || desc > max || 20 + (uint64_t)desc > ph.p_filesz || desc <= pad ||
                desc - pad < min || (wide)ph.p_offset + 20 + desc > size)
            return -1;
        *place = ph.p_offset + 20 + pad;
        return desc - pad;
    }
    return 0;
}

/* It can be in N places, that are STEP apart. */
static bool place_allowed(const struct place *p, wide n, wide step)
{
    return n == 0 || (n * step <= PIE_SIZE / 4 && p->image_end + n * step + PIE_KEEP <= PIE_SIZE);
}

/*
 * What was accepted
 */

/* DISTANCE above the lowest address it is still the same. */
static void check_plan(const struct elf *elf, const struct elf_plan *plan,
        const struct place *p, uint64_t distance, uint64_t mem_size)
{
    uint64_t at = MIN_BASE + distance;

    MUST(plan->moved == p->linked_at + distance);
    MUST(plan->count == p->count && plan->entry == elf->entry + plan->moved);
    MUST(plan->segment[0].start == p->start + distance && plan->align == p->align);
    MUST(plan->image_end == p->image_end + distance && plan->image_end <= mem_size);
    for (size_t i = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];

        MUST(s->start >= at && s->start % PAGE == 0 && s->end % PAGE == 0);
        MUST(s->vaddr >= s->start && s->filesz > 0 && s->memsz >= s->filesz);
        MUST(s->memsz <= s->end - s->vaddr && s->end <= mem_size);
        MUST(s->offset <= size && s->filesz <= size - s->offset);
        MUST((s->prot & (PROT_WRITE | PROT_EXEC)) != (PROT_WRITE | PROT_EXEC));
        at = s->end;
    }
    MUST(plan->kernel_end == at && at == p->end + distance);
}

static const struct elf_segment *segment_at(const struct elf_plan *plan, uint64_t gpa)
{
    for (size_t i = 0; i < plan->count; i++)
        if (gpa >= plan->segment[i].start && gpa < plan->segment[i].end)
            return &plan->segment[i];
    return NULL;
}

static bool is_in(const struct guest_mem_range *r, size_t n, uint64_t gpa)
{
    for (size_t i = 0; i < n; i++)
        if (gpa >= r[i].start && gpa < r[i].end)
            return true;
    return false;
}

/* Nothing is writable by any layer unless its segment is, nor executable. */
static void check_range(const struct elf_plan *plan, const struct memmap *map,
        const struct guest_mem *mem, size_t *at, uint64_t gpa, uint64_t end)
{
    const struct elf_segment *s = segment_at(plan, gpa);
    bool writable = !s || (s->prot & PROT_WRITE);
    bool code = s && (s->prot & PROT_EXEC);
    bool host_ro = is_in(map->ro, map->n_ro, gpa);
    int prot = memmap_prot(map, at, gpa, end);

    MUST(prot >= 0 && (prot & PROT_READ));
    MUST(((prot & PROT_WRITE) && !host_ro) == writable);
    MUST(!!(prot & PROT_EXEC) == code);
    MUST((guest_mem_write(mem, gpa, end - gpa) != NULL) == !!(prot & PROT_WRITE));
}

/* The lowest edge above GPA of those that matter, at most END. */
static uint64_t next_edge(const struct elf_plan *plan, const struct memmap *map, uint64_t gpa,
        uint64_t end)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];
        end = s->start > gpa && s->start < end ? s->start : end;
        end = s->end > gpa && s->end < end ? s->end : end;
    }
    for (size_t i = 0; i < map->n; i++)
        end = map->region[i].end > gpa && map->region[i].end < end ? map->region[i].end : end;
    for (size_t i = 0; i < map->n_ro; i++) {
        end = map->ro[i].start > gpa && map->ro[i].start < end ? map->ro[i].start : end;
        end = map->ro[i].end > gpa && map->ro[i].end < end ? map->ro[i].end : end;
    }
    return end;
}

/* Host page size: the input's choice. */
static uint64_t host_page(void)
{
    return 0x1000ULL << 2 * (size % 3);
}

static void check_protection(const struct elf_plan *plan, uint64_t mem_size)
{
    const uint64_t page = host_page();
    struct guest_mem mem = {.size = mem_size, .end = mem_size, .page = page};
    struct memmap map;
    uint64_t at = MIN_BASE;
    size_t k = 0;

    MUST(memmap_make(&map, plan, &mem, false, &err) == 0);
    MUST(memmap_forbid(&map, &mem, &err) == 0);
    for (size_t i = 0; i < map.n; i++) {
        MUST(map.region[i].start == at && map.region[i].end > at);
        at = map.region[i].end;
    }
    MUST(at == mem_size);
    for (size_t i = 0; i < map.n_ro; i++)
        MUST(map.ro[i].start % page == 0 && map.ro[i].end % page == 0);
    for (uint64_t gpa = MIN_BASE, end; gpa < mem_size; gpa = end) {
        end = next_edge(plan, &map, gpa, mem_size);
        check_range(plan, &map, &mem, &k, gpa, gpa + PAGE);
        check_range(plan, &map, &mem, &k, gpa, end);
        check_range(plan, &map, &mem, &k, end - PAGE, end);
    }
    memmap_free(&map);
    free(mem.ro);
}

static int keep_writable(const struct elf_segment *s)
{
    (void)s;
    return PROT_READ | PROT_WRITE;
}

/* The segment's bytes, and zeros up to its end and around it. */
static void check_loaded(const uint8_t *host, const struct elf_segment *s)
{
    uint64_t file_end = s->vaddr + s->filesz;

    MUST(memcmp(host + s->vaddr, data + s->offset, s->filesz) == 0);
    check_zero(host, s->start, s->vaddr);
    check_zero(host, file_end, s->end - file_end > 2 * PAGE ? file_end + 2 * PAGE : s->end);
}

static void check_load(const struct elf *elf, const struct elf_plan *plan,
        const struct place *p, const struct ext *ext, bool copy)
{
    const uint64_t mem_size = elf->type == ET_DYN ? PIE_SIZE : MEM_SIZE;
    struct guest_mem mem = zero_memory(mem_size, host_page());
    struct load_map mapped;

    MUST(load_image(elf, plan, &mem, keep_writable, copy, &mapped, &err) == 0);
    check_mapped(&mem, plan, &mapped);
    MUST(!copy || mapped.count == 0);
    for (size_t i = 0; i < plan->count; i++)
        check_loaded(mem.host, &plan->segment[i]);
    if (plan->places > 0)
        check_relocated(elf, plan, p, ext, &mem);
    check_zero(mem.host, plan->segment[0].start - PAGE, plan->segment[0].start);
    check_zero(mem.host, plan->kernel_end,
            plan->kernel_end < mem_size ? plan->kernel_end + PAGE : mem_size);
    clear_memory(&mem, plan, &mapped);
}

/* The same from a file: what is mapped must look like what is copied. */
static void check_file(const struct elf_plan *plan, const struct place *p, const struct ext *ext)
{
    int fd = file_of(data, size < INPUT_MAX ? size : INPUT_MAX, size);
    struct elf elf;

    MUST(elf_read(&elf, fd, ELF_MACHINE_ANY, &err) == 0);
    check_load(&elf, plan, p, ext, false);
    elf_free(&elf);
}

/* To a place of it, at which all must be as before. */
static void move(const struct elf *elf, struct elf_plan *plan, const struct place *p,
        uint64_t distance)
{
    pie_move(plan, MIN_BASE + distance - plan->moved);
    check_plan(elf, plan, p, distance, PIE_SIZE);
    check_protection(plan, PIE_SIZE);
}

static void try_places(const struct elf *elf, struct elf_plan *plan, const struct place *p,
        const struct ext *ext)
{
    struct guest_mem mem = {.size = PIE_SIZE, .end = PIE_SIZE};
    uint64_t step, n = pie_places(plan, &mem, &step);

    MUST(n > 0 && step == (p->align > EXT_PIE_STEP ? p->align : EXT_PIE_STEP));
    MUST(place_allowed(p, n - 1, step) && !place_allowed(p, n, step));
    plan->places = n;
    move(elf, plan, p, (n - 1) * step);
    check_load(elf, plan, p, ext, true);
    move(elf, plan, p, size % n * step);
    check_file(plan, p, ext);
}

static void try_plan(const struct elf *elf)
{
    const uint64_t mem_size = elf->type == ET_DYN ? PIE_SIZE : MEM_SIZE;
    struct elf_plan plan;
    struct place p;
    struct ext ext;
    bool good = elf_plan(elf, MIN_BASE, mem_size, &plan, &err) == 0;

    MUST(good == plan_allowed(elf, mem_size, &p));
    if (!good) {
        MUST(!plan.segment);
        check_sentence();
        return;
    }
    check_plan(elf, &plan, &p, 0, mem_size);
    check_protection(&plan, mem_size);
    if (ext_read(&ext, elf, TENDER_HVT, &err) == 0 && (ext.features & EXT_F_PIE)) {
        try_places(elf, &plan, &p, &ext);
    } else {
        check_load(elf, &plan, &p, NULL, true);
        check_file(&plan, &p, NULL);
    }
    elf_plan_free(&plan);
}

static void try_abi(const struct elf *elf)
{
    struct abi1_info info;
    uint64_t place = 0, want_place = 0;
    long want = note_length(elf, ABI1_NOTE_TYPE, 0, 16, 32, &want_place);
    bool good = elf_abi(elf, &info, &place, &err) == 0;

    MUST(good == (want > 0));
    if (!good) {
        check_sentence();
        return;
    }
    MUST(place == want_place && memcmp(&info, data + place, sizeof info) == 0);
}

static void try_manifest(const struct elf *elf)
{
    struct manifest m = {0}, same = {0};
    uint64_t place;
    long want = note_length(elf, MFT1_NOTE_TYPE, 4, 0, MFT1_NOTE_MAX_SIZE, &place);
    bool good = manifest_read(&m, elf, &err) == 0;

    if (!good)
        check_sentence();
    MUST(good == (want > 0 &&
            manifest_check(&same, data + place, (size_t)want, place, &err) == 0));
    MUST(!good || memcmp(&m, &same, sizeof m) == 0);
}

#define ANSWER 640

/* It is that many bytes and nothing around them. */
static void check_answer(const struct ext *ext)
{
    static uint8_t low[EXT_INFO_END];
    struct guest_mem mem = {
            .shift = (uintptr_t)low, .size = MEM_SIZE, .end = MEM_SIZE + 0x10000};
    struct ext_info info;

    memset(low + EXT_INFO_BASE - 64, 0x5a, 64 + ANSWER + 64);
    bool fits = ext_check_memory(ext, &mem, &err) == 0;
    MUST(fits == (ext->min_memory <= MEM_SIZE));
    MUST(fits || strstr(err.text, "use --mem="));
    MUST(ext_write(ext, &mem, 0x140000000, &err) == 0);
    for (size_t i = 0; i < 64; i++) {
        MUST(low[EXT_INFO_BASE - 64 + i] == 0x5a);
        MUST(low[EXT_INFO_BASE + ANSWER + i] == 0x5a);
    }
    memcpy(&info, low + EXT_INFO_BASE, sizeof info);
    if (!ext->declared)
        MUST(info.magic == 0x5a5a5a5a5a5a5a5a);
    else
        MUST(info.magic == EXT_MAGIC && info.size == ANSWER && info.features == ext->features);
}

/* What both tenders offer. */
#define BOTH (EXT_F_BLOCK_RANGE | EXT_F_BLOCK_FLUSH | EXT_F_RANDOM | EXT_F_PIE | EXT_F_BTI)

/* An image has an address or it can be anywhere; landing pads are of one CPU. */
static uint64_t features_of(const struct elf *elf)
{
    bool pads = elf->machine == EM_AARCH64 && elf_host_machine() == EM_AARCH64 &&
            (getauxval(AT_HWCAP2) & 1UL << 17);

    return ~0ULL & ~(elf->type == ET_DYN ? 0 : EXT_F_PIE) & ~(pads ? 0 : EXT_F_BTI);
}

/* The table's place and size, which an image at its own address has no use for. */
static void check_table(const struct ext *ext, uint64_t place)
{
    uint64_t table[2] = {0};

    if (ext->features & EXT_F_PIE)
        memcpy(table, data + place + sizeof(struct ext1_info), sizeof table);
    MUST(ext->rela == table[0] && ext->rela_size == table[1]);
}

static void try_ext(const struct elf *elf, enum tender_target target, uint64_t offered)
{
    struct ext1_info info = {0};
    struct ext ext;
    uint64_t place = 0;
    long want = note_length(elf, EXT1_NOTE_TYPE, 0, 20, 128, &place);
    bool good = ext_read(&ext, elf, target, &err) == 0;

    if (want > 0)
        memcpy(&info, data + place, sizeof info);
    bool known = want == 0 || (want > 0 && info.version != 0);
    bool placed = elf->type == ET_EXEC || (want >= 36 && (info.features & EXT_F_PIE));
    MUST(good == (known && placed));
    if (!good) {
        check_sentence();
        return;
    }
    MUST(ext.declared == (want > 0));
    MUST(ext.features == (info.features & offered & features_of(elf)));
    MUST(ext.min_memory == info.min_memory);
    check_table(&ext, place);
    check_answer(&ext);
}

static void try_machine(uint16_t machine)
{
    struct elf elf;
    Elf64_Ehdr h;
    bool good = elf_parse(&elf, data, size, machine, &err) == 0;

    MUST(good == header_allowed(&h, machine));
    if (!good) {
        MUST(!elf.phdr && !elf.note);
        check_sentence();
        return;
    }
    MUST(elf.entry == h.e_entry && elf.machine == h.e_machine && elf.phnum == h.e_phnum);
    MUST(elf.type == h.e_type);
    if (machine == ELF_MACHINE_ANY) {
        try_abi(&elf);
        try_manifest(&elf);
        try_ext(&elf, TENDER_HVT,
                BOTH | EXT_F_LARGE_MEMORY | EXT_F_NET_BATCH | EXT_F_PAC | EXT_F_NET_VHOST);
        try_ext(&elf, TENDER_SPT,
                BOTH | EXT_F_NET_FORGET | EXT_F_CLOCK_VDSO | EXT_F_BLOCK_MAP);
        try_plan(&elf);
    }
    elf_free(&elf);
}

static void try_file(const uint8_t *bytes, size_t n)
{
    data = bytes;
    size = n;
    try_machine(ELF_MACHINE_ANY);
    try_machine(EM_X86_64);
    try_machine(EM_AARCH64);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n > INPUT_MAX)
        return -1;
    try_file(bytes, n);
    memcpy(padded, bytes, n);
    try_file(padded, n + TAIL);
    memset(padded, 0, n);
    return 0;
}
