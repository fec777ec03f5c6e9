/* SPDX-License-Identifier: ISC */
#include "image.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf_abi.h"

/* Segments are protected in units of this on every CPU, whatever the host's page. */
#define PAGE 4096ULL

uint16_t elf_host_machine(void)
{
    Elf64_Ehdr self;

    /* Our own header says it: no list of CPUs here. */
    extern const char __ehdr_start[] __attribute__((visibility("hidden")));
    memcpy(&self, __ehdr_start, sizeof self);
    return self.e_machine;
}

static int pread_all(int fd, uint8_t *p, uint64_t len, uint64_t offset)
{
    while (len > 0) {
        ssize_t n = pread(fd, p, len > (1U << 30) ? (1U << 30) : len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            return 1;
        p += n;
        len -= (uint64_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

int elf_bytes(const struct elf *elf, void *buf, uint64_t len, uint64_t offset)
{
    if (offset > elf->size || len > elf->size - offset)
        return 1;
    if (!elf->bytes)
        return pread_all(elf->fd, buf, len, offset);
    memcpy(buf, elf->bytes + offset, len);
    return 0;
}

/*
 * What headers say stands in a few places: it is read with what is behind it, which is mostly what
 * is asked for next.
 */

struct window {
    uint64_t offset;
    uint64_t size; /* 0: nothing is here */
    uint8_t bytes[1024];
};

static int fill(const struct elf *elf, struct window *w, uint64_t offset)
{
    uint64_t rest = elf->size - offset;

    w->size = 0;
    w->offset = offset;
    uint64_t size = rest < sizeof w->bytes ? rest : sizeof w->bytes;
    int r = elf_bytes(elf, w->bytes, size, offset);
    if (r == 0)
        w->size = size;
    return r;
}

/* As elf_bytes(), with a window. */
static int look(const struct elf *elf, struct window *w, void *buf, uint64_t len, uint64_t offset)
{
    if (offset > elf->size || len > elf->size - offset)
        return 1;
    if (len > sizeof w->bytes)
        return elf_bytes(elf, buf, len, offset);
    if (offset < w->offset || offset - w->offset > w->size ||
            len > w->size - (offset - w->offset)) {
        int r = fill(elf, w, offset);
        if (r != 0) /* the file became shorter, but perhaps not as far */
            return r < 0 ? r : elf_bytes(elf, buf, len, offset);
    }
    memcpy(buf, w->bytes + (offset - w->offset), len);
    return 0;
}

/*
 * Header
 */

/* What a field of the ELF header must be. */
static const struct header_rule {
    size_t offset, size;
    uint64_t value;
    const char *otherwise;
} header_rules[] = {
#define FIELD(f) offsetof(Elf64_Ehdr, f), sizeof(((Elf64_Ehdr *)0)->f)
        {0, SELFMAG, 0x464c457f /* ELFMAG */, "not an ELF file"},
        {FIELD(e_ident[EI_CLASS]), ELFCLASS64, "not a 64-bit ELF file"},
        {FIELD(e_ident[EI_DATA]), ELFDATA2LSB, "not a little-endian ELF file"},
        {FIELD(e_version), EV_CURRENT, "e_version is not 1"},
        {FIELD(e_ehsize), sizeof(Elf64_Ehdr), "e_ehsize is not 64"},
        {FIELD(e_phentsize), sizeof(Elf64_Phdr), "e_phentsize is not 56"},
#undef FIELD
};

static const char *machine_fault(uint16_t is, uint16_t wanted)
{
    if (is != EM_X86_64 && is != EM_AARCH64)
        return "not for x86_64 or aarch64";
    if (wanted == ELF_MACHINE_ANY || is == wanted)
        return NULL;
    return wanted == EM_AARCH64 ? "for another CPU, not for aarch64"
                                : "for another CPU, not for x86_64";
}

/* Why H is not the header of an image for MACHINE, and *AT which offset; NULL if it is. */
static const char *header_fault(const Elf64_Ehdr *h, uint16_t machine, size_t *at)
{
    for (size_t i = 0; i < sizeof header_rules / sizeof header_rules[0]; i++) {
        const struct header_rule *rule = &header_rules[i];
        uint64_t value = 0;

        memcpy(&value, (const uint8_t *)h + rule->offset, rule->size);
        *at = rule->offset;
        if (value != rule->value)
            return rule->otherwise;
    }
    *at = offsetof(Elf64_Ehdr, e_type);
    if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
        return "not a static executable (ET_EXEC or ET_DYN)";
    *at = offsetof(Elf64_Ehdr, e_machine);
    const char *fault = machine_fault(h->e_machine, machine);
    if (fault)
        return fault;
    *at = offsetof(Elf64_Ehdr, e_phnum);
    return h->e_phnum < 1 ? "no program headers" : NULL;
}

static int read_header(struct elf *elf, struct window *w, uint16_t machine, struct err *err)
{
    Elf64_Ehdr h;
    size_t at;

    int r = look(elf, w, &h, sizeof h, 0);
    if (r < 0)
        return err_errno(err, "could not read the ELF header");
    if (r > 0)
        return err_set(err, "invalid executable: the file %s (offset 0x%llx)",
                elf->size == 0 ? "is empty" : "ends within the ELF header",
                (unsigned long long)elf->size);
    const char *fault = header_fault(&h, machine, &at);
    if (fault)
        return err_set(err, "invalid or unsupported executable: %s (offset 0x%zx)", fault, at);
    elf->machine = h.e_machine;
    elf->type = h.e_type;
    elf->entry = h.e_entry;
    elf->phoff = h.e_phoff;
    elf->phnum = h.e_phnum;
    return 0;
}

static int read_phdrs(struct elf *elf, struct window *w, struct err *err)
{
    size_t bytes = elf->phnum * sizeof(Elf64_Phdr);

    elf->phdr = malloc(bytes);
    if (!elf->phdr)
        return err_errno(err, "could not read program headers");
    int r = look(elf, w, elf->phdr, bytes, elf->phoff);
    if (r < 0)
        return err_errno(err, "could not read program headers");
    if (r > 0)
        return err_set(err,
                "invalid executable: %zu program headers at offset 0x%llx are not within "
                "the file (offset 0x%zx)",
                elf->phnum, (unsigned long long)elf->phoff, offsetof(Elf64_Ehdr, e_phoff));
    return 0;
}

/*
 * Notes. Each of ours stands alone in its PT_NOTE; only the first note of a
 * segment is looked at.
 */

struct elf_note_head {
    Elf64_Nhdr nhdr;
    char name[SOLO5_NOTE_DESC_OFFSET - sizeof(Elf64_Nhdr)];
};

_Static_assert(sizeof(struct elf_note_head) == SOLO5_NOTE_DESC_OFFSET, "note header");

/* A head that is not within the file stays zero, which elf_note() finds out. */
static int read_notes(struct elf *elf, struct window *w, struct err *err)
{
    elf->note = calloc(elf->phnum, sizeof *elf->note);
    if (!elf->note)
        return err_errno(err, "could not read notes");
    for (size_t i = 0; i < elf->phnum; i++) {
        const Elf64_Phdr *ph = &elf->phdr[i];

        if (ph->p_type == PT_NOTE && ph->p_filesz >= sizeof *elf->note &&
                look(elf, w, &elf->note[i], sizeof *elf->note, ph->p_offset) < 0)
            return err_errno(err, "could not read the note of program header %zu", i);
    }
    return 0;
}

static int read_all(struct elf *elf, uint16_t machine, struct err *err)
{
    struct window w;

    w.offset = w.size = 0;
    if (read_header(elf, &w, machine, err) == 0 && read_phdrs(elf, &w, err) == 0 &&
            read_notes(elf, &w, err) == 0)
        return 0;
    elf_free(elf);
    return -1;
}

int elf_parse(struct elf *elf, const void *bytes, size_t size, uint16_t machine,
        struct err *err)
{
    *elf = (struct elf){.fd = -1, .bytes = bytes, .size = size};
    return read_all(elf, machine, err);
}

int elf_read(struct elf *elf, int fd, uint16_t machine, struct err *err)
{
    struct stat st;

    *elf = (struct elf){.fd = fd};
    if (fstat(fd, &st) != 0)
        return err_errno(err, "could not read");
    if (S_ISDIR(st.st_mode))
        return err_set(err, "is a directory, not an executable");
    if (!S_ISREG(st.st_mode))
        return err_set(err, "is not a regular file");
    elf->size = (uint64_t)st.st_size;
    return read_all(elf, machine, err);
}

void elf_free(struct elf *elf)
{
    free(elf->phdr);
    free(elf->note);
    elf->phdr = NULL;
    elf->note = NULL;
    elf->phnum = 0;
}

/* Where field F of program header I stands in the file. */
#define PHDR_OFFSET(elf, i, f) \
    (unsigned long long)((elf)->phoff + (i) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, f))

static bool is_ours(const struct elf_note_head *n, uint32_t type)
{
    return n->nhdr.n_namesz == SOLO5_NOTE_NAMESZ && n->nhdr.n_type == type &&
            memcmp(n->name, SOLO5_NOTE_NAME, SOLO5_NOTE_NAMESZ) == 0;
}

/* AT is where in the file the value stands that is wrong. */
static int bad_note(struct err *err, size_t i, unsigned long long at, const char *why)
{
    return err_set(err,
            "invalid executable: note does not fall within valid size (program header %zu, "
            "offset 0x%llx: %s)",
            i, at, why);
}

/* Copy the content of the note of program header I. */
static long note_content(const struct elf *elf, size_t i, const struct elf_note_spec *spec,
        void *buf, uint64_t *place, struct err *err)
{
    const Elf64_Phdr *ph = &elf->phdr[i];
    uint64_t size = elf->note[i].nhdr.n_descsz;
    unsigned long long at = ph->p_offset + offsetof(Elf64_Nhdr, n_descsz);

    if (size < 1 || size > spec->max_size)
        return bad_note(err, i, at, "n_descsz is out of range");
    if (ph->p_filesz < SOLO5_NOTE_DESC_OFFSET + size)
        return bad_note(err, i, at, "n_descsz exceeds p_filesz");
    if (size <= spec->pad)
        return bad_note(err, i, at, "n_descsz leaves no content");
    if (size - spec->pad < spec->min_size)
        return bad_note(err, i, at, "n_descsz is too small for the content");

    *place = ph->p_offset + SOLO5_NOTE_DESC_OFFSET + spec->pad;
    int r = elf_bytes(elf, buf, size - spec->pad, *place);
    if (r < 0)
        return err_errno(err, "could not read the note of program header %zu", i);
    if (r > 0)
        return bad_note(err, i, PHDR_OFFSET(elf, i, p_filesz), "beyond the end of the file");
    return (long)(size - spec->pad);
}

long elf_note(const struct elf *elf, const struct elf_note_spec *spec, void *buf,
        uint64_t *place, struct err *err)
{
    for (size_t i = 0; i < elf->phnum; i++) {
        const Elf64_Phdr *ph = &elf->phdr[i];

        if (ph->p_type != PT_NOTE)
            continue;
        if (ph->p_filesz < sizeof(Elf64_Nhdr))
            return bad_note(err, i, PHDR_OFFSET(elf, i, p_filesz),
                    "shorter than a note header");
        if (ph->p_filesz < sizeof *elf->note)
            continue;
        if (ph->p_offset > elf->size || elf->size - ph->p_offset < sizeof *elf->note)
            return bad_note(err, i, PHDR_OFFSET(elf, i, p_offset),
                    "beyond the end of the file");
        if (is_ours(&elf->note[i], spec->type))
            return note_content(elf, i, spec, buf, place, err);
    }
    return 0;
}

int elf_no_note(const struct elf *elf, const char *what, struct err *err)
{
    return err_set(err,
            "No Solo5 %s found in executable: there is no such note in the program headers "
            "at offset 0x%llx",
            what, (unsigned long long)elf->phoff);
}

int elf_abi(const struct elf *elf, struct abi1_info *info, uint64_t *place, struct err *err)
{
    static const struct elf_note_spec spec = {.type = ABI1_NOTE_TYPE,
            .min_size = sizeof *info,
            .max_size = ABI1_NOTE_MAX_SIZE};
    uint8_t buf[ABI1_NOTE_MAX_SIZE];

    long size = elf_note(elf, &spec, buf, place, err);
    if (size < 0)
        return -1;
    if (size == 0)
        return elf_no_note(elf, "ABI information", err);
    memcpy(info, buf, sizeof *info);
    return 0;
}

/*
 * Segments
 */

static bool round_up(uint64_t v, uint64_t align, uint64_t *out)
{
    if (__builtin_add_overflow(v, align - 1, out))
        return false;
    *out &= ~(align - 1);
    return true;
}

static int prot_of(uint32_t flags)
{
    return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
            (flags & PF_X ? PROT_EXEC : 0);
}

/* AT is where in the file the value stands that is wrong. */
static int bad_segment(struct err *err, size_t i, unsigned long long at, const char *why)
{
    return err_set(err, "invalid executable: program header %zu, offset 0x%llx: %s", i, at,
            why);
}

/* Where the segments before this one end. */
struct before {
    uint64_t vaddr, end;
};

/*
 * Why PH can't be loaded into [MIN_BASE, MEM_SIZE), NULL if it can; *AT is the member of
 * PH that says so. *S gets its place.
 */
static const char *segment_fault(const struct elf *elf, const Elf64_Phdr *ph,
        uint64_t min_base, uint64_t mem_size, const struct before *before,
        struct elf_segment *s, size_t *at)
{
    uint64_t file_end, mem_end;

    *at = offsetof(Elf64_Phdr, p_align);
    if (ph->p_align == 0 || (ph->p_align & (ph->p_align - 1)) != 0)
        return "segment outside valid memory range: p_align is not a power of two";
    uint64_t start = ph->p_vaddr & ~(ph->p_align - 1);
    *at = offsetof(Elf64_Phdr, p_vaddr);
    if (ph->p_vaddr < min_base)
        return "segment outside valid memory range: p_vaddr is below 0x100000";
    if (start < min_base)
        return "segment outside valid memory range: p_vaddr, rounded down to p_align, is "
               "below 0x100000";
    if (ph->p_vaddr < before->vaddr)
        return "segments are not in ascending order";
    if (start < before->end)
        return "segment overlaps the one before";
    if (ph->p_vaddr > mem_size)
        return "file segment out of range: more memory is needed";
    *at = offsetof(Elf64_Phdr, p_filesz);
    if (__builtin_add_overflow(ph->p_vaddr, ph->p_filesz, &file_end) || file_end > mem_size)
        return "file segment out of range: more memory is needed";
    *at = offsetof(Elf64_Phdr, p_memsz);
    if (ph->p_memsz < ph->p_filesz)
        return "memory segment out of range: smaller than in the file";
    if (__builtin_add_overflow(ph->p_vaddr, ph->p_memsz, &mem_end) ||
            !round_up(mem_end, ph->p_align, &mem_end) || mem_end > mem_size)
        return "memory segment out of range: more memory is needed";
    *at = offsetof(Elf64_Phdr, p_offset);
    if (ph->p_offset > elf->size || elf->size - ph->p_offset < ph->p_filesz)
        return "file segment mismatch: beyond the end of the file";
    *at = offsetof(Elf64_Phdr, p_align);
    if (start % PAGE != 0 || mem_end % PAGE != 0)
        return "segment is not aligned with architectural page size";
    *at = offsetof(Elf64_Phdr, p_flags);
    if ((ph->p_flags & PF_W) && (ph->p_flags & PF_X))
        return "segment requests WRITE and EXEC";
    s->start = start;
    s->end = mem_end;
    return NULL;
}

static void reach(struct elf_plan *plan, uint64_t end, uint64_t align)
{
    if (plan->image_end < end)
        plan->image_end = end;
    if (plan->align < align)
        plan->align = align;
}

/* Check the PT_LOAD I, which is PH at its new place, and append it to PLAN. */
static int add_segment(const struct elf *elf, size_t i, const Elf64_Phdr *ph,
        uint64_t min_base, uint64_t mem_size, struct elf_plan *plan, struct err *err)
{
    const struct elf_segment *last = plan->count > 0 ? &plan->segment[plan->count - 1] : NULL;
    const struct before before = {last ? last->vaddr : 0, last ? last->end : 0};
    struct elf_segment s = {
            .vaddr = ph->p_vaddr,
            .filesz = ph->p_filesz,
            .memsz = ph->p_memsz,
            .offset = ph->p_offset,
            .prot = prot_of(ph->p_flags),
    };
    size_t at;

    const char *fault = segment_fault(elf, ph, min_base, mem_size, &before, &s, &at);
    if (fault)
        return bad_segment(err, i, PHDR_OFFSET(elf, i, p_type) + at, fault);
    plan->segment[plan->count++] = s;
    plan->kernel_end = s.end;
    reach(plan, s.end, ph->p_align);
    return 0;
}

/*
 * A segment without bytes in the file (BSS) needs no loading, no protection and
 * is in nobody's way; but memory must reach as far as it does.
 */
static int check_bss(const struct elf *elf, size_t i, const Elf64_Phdr *ph, uint64_t mem_size,
        struct elf_plan *plan, struct err *err)
{
    uint64_t end;

    if (ph->p_memsz == 0)
        return 0;
    if (__builtin_add_overflow(ph->p_vaddr, ph->p_memsz, &end) || end > mem_size)
        return bad_segment(err, i, PHDR_OFFSET(elf, i, p_memsz),
                "memory segment out of range: more memory is needed");
    /* Memory ends on a page. An alignment that is none asks for nothing. */
    bool aligned = (ph->p_align & (ph->p_align - 1)) == 0;
    reach(plan, (end + PAGE - 1) & ~(PAGE - 1), aligned ? ph->p_align : 0);
    return 0;
}

static int add_segments(const struct elf *elf, uint64_t min_base, uint64_t mem_size,
        struct elf_plan *plan, struct err *err)
{
    for (size_t i = 0; i < elf->phnum; i++) {
        Elf64_Phdr ph = elf->phdr[i];

        if (ph.p_type != PT_LOAD)
            continue;
        if (__builtin_add_overflow(ph.p_vaddr, plan->moved, &ph.p_vaddr))
            return bad_segment(err, i, PHDR_OFFSET(elf, i, p_vaddr),
                    "segment outside valid memory range");
        if (ph.p_filesz == 0 ? check_bss(elf, i, &ph, mem_size, plan, err) != 0
                             : add_segment(elf, i, &ph, min_base, mem_size, plan, err) != 0)
            return -1;
    }
    if (plan->count == 0)
        return err_set(err,
                "invalid executable: nothing to load: no PT_LOAD of the program headers at "
                "offset 0x%llx has bytes in the file",
                (unsigned long long)elf->phoff);
    return 0;
}

int elf_plan(const struct elf *elf, uint64_t min_base, uint64_t mem_size,
        struct elf_plan *plan, struct err *err)
{
    *plan = (struct elf_plan){.moved = elf->type == ET_DYN ? min_base : 0};
    if (__builtin_add_overflow(elf->entry, plan->moved, &plan->entry) ||
            plan->entry < min_base || plan->entry >= mem_size)
        return err_set(err,
                "invalid executable: entry point 0x%llx is out of memory range (offset "
                "0x%zx)",
                (unsigned long long)elf->entry, offsetof(Elf64_Ehdr, e_entry));
    plan->segment = calloc(elf->phnum, sizeof *plan->segment);
    if (!plan->segment)
        return err_errno(err, "could not plan segments");
    if (add_segments(elf, min_base, mem_size, plan, err) == 0)
        return 0;
    elf_plan_free(plan);
    return -1;
}

void elf_plan_free(struct elf_plan *plan)
{
    free(plan->segment);
    plan->segment = NULL;
    plan->count = 0;
}
