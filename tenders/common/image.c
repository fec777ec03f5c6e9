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

/*
 * Read exactly LEN bytes at OFFSET. Returns 0; 1 if the file ends before; -1 with
 * errno set.
 */
static int read_at(int fd, void *buf, uint64_t len, uint64_t offset)
{
    uint8_t *p = buf;

    if (offset > INT64_MAX || len > INT64_MAX - offset)
        return 1; /* no file is that long */
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

/* The header is ELF64, little endian, executable, of a machine we want. */
static const char *header_fault(const Elf64_Ehdr *h, uint16_t machine)
{
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
        return "not an ELF file";
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB)
        return "not a 64-bit little-endian ELF file";
    if (h->e_version != EV_CURRENT)
        return "e_version is not 1";
    if (h->e_type != ET_EXEC)
        return "not a static executable at a fixed address (ET_EXEC)";
    if (h->e_machine != EM_X86_64 && h->e_machine != EM_AARCH64)
        return "not for x86_64 or aarch64";
    if (machine != ELF_MACHINE_ANY && h->e_machine != machine)
        return machine == EM_AARCH64 ? "for another CPU, not for aarch64"
                                     : "for another CPU, not for x86_64";
    if (h->e_ehsize != sizeof(Elf64_Ehdr) || h->e_phentsize != sizeof(Elf64_Phdr))
        return "header sizes are not those of ELF64";
    if (h->e_phnum < 1)
        return "no program headers";
    return NULL;
}

int elf_read(struct elf *elf, int fd, uint16_t machine, struct err *err)
{
    struct stat st;
    Elf64_Ehdr h;

    memset(elf, 0, sizeof *elf);
    elf->fd = fd;
    if (fstat(fd, &st) != 0)
        return err_errno(err, "could not read");
    if (S_ISDIR(st.st_mode))
        return err_set(err, "is a directory, not an executable");
    if (!S_ISREG(st.st_mode))
        return err_set(err, "is not a regular file");
    elf->size = (uint64_t)st.st_size;

    int r = read_at(fd, &h, sizeof h, 0);
    if (r < 0)
        return err_errno(err, "could not read");
    if (r > 0)
        return err_set(err, "invalid executable: %s",
                elf->size == 0 ? "the file is empty" : "the file is shorter than an ELF header");
    const char *fault = header_fault(&h, machine);
    if (fault)
        return err_set(err, "invalid or unsupported executable: %s", fault);

    size_t bytes = h.e_phnum * sizeof(Elf64_Phdr);
    elf->phdr = malloc(bytes);
    if (!elf->phdr)
        return err_errno(err, "could not read program headers");
    r = read_at(fd, elf->phdr, bytes, h.e_phoff);
    if (r != 0) {
        if (r < 0)
            err_errno(err, "could not read program headers");
        else
            err_set(err, "invalid executable: program headers at offset %llu are not "
                         "within the file",
                    (unsigned long long)h.e_phoff);
        elf_free(elf);
        return -1;
    }
    elf->machine = h.e_machine;
    elf->entry = h.e_entry;
    elf->phnum = h.e_phnum;
    return 0;
}

void elf_free(struct elf *elf)
{
    free(elf->phdr);
    elf->phdr = NULL;
    elf->phnum = 0;
}

/*
 * Notes. Each of ours stands alone in its PT_NOTE; only the first note of a
 * segment is looked at.
 */

struct note_head {
    Elf64_Nhdr nhdr;
    char name[SOLO5_NOTE_DESC_OFFSET - sizeof(Elf64_Nhdr)];
};

_Static_assert(sizeof(struct note_head) == SOLO5_NOTE_DESC_OFFSET, "note header");

static bool is_ours(const struct note_head *n, uint32_t type)
{
    return n->nhdr.n_namesz == SOLO5_NOTE_NAMESZ && n->nhdr.n_type == type &&
            memcmp(n->name, SOLO5_NOTE_NAME, SOLO5_NOTE_NAMESZ) == 0;
}

static long bad_note(struct err *err, const Elf64_Phdr *ph, const char *why)
{
    return err_set(err,
            "invalid executable: note does not fall within valid size (PT_NOTE at "
            "offset %llu: %s)",
            (unsigned long long)ph->p_offset, why);
}

/* Copy the content of the note in PH, whose head is N. */
static long note_content(const struct elf *elf, const Elf64_Phdr *ph,
        const struct note_head *n, const struct elf_note_spec *spec, void *buf,
        struct err *err)
{
    uint64_t size = n->nhdr.n_descsz;

    if (size < 1 || size > spec->max_size)
        return bad_note(err, ph, "n_descsz out of range");
    if (ph->p_filesz < SOLO5_NOTE_DESC_OFFSET + size)
        return bad_note(err, ph, "n_descsz exceeds p_filesz");
    if (size <= spec->pad)
        return bad_note(err, ph, "no content");
    if (ph->p_offset > elf->size || elf->size - ph->p_offset < ph->p_filesz)
        return bad_note(err, ph, "beyond the end of the file");

    uint64_t from = ph->p_offset + SOLO5_NOTE_DESC_OFFSET + spec->pad;
    int r = read_at(elf->fd, buf, size - spec->pad, from);
    if (r < 0)
        return err_errno(err, "could not read a note");
    if (r > 0)
        return bad_note(err, ph, "beyond the end of the file");
    return (long)(size - spec->pad);
}

long elf_note(const struct elf *elf, const struct elf_note_spec *spec, void *buf,
        struct err *err)
{
    for (size_t i = 0; i < elf->phnum; i++) {
        const Elf64_Phdr *ph = &elf->phdr[i];
        struct note_head n;

        if (ph->p_type != PT_NOTE)
            continue;
        if (ph->p_filesz < sizeof(Elf64_Nhdr))
            return bad_note(err, ph, "shorter than a note header");
        if (ph->p_filesz < sizeof n)
            continue;
        int r = read_at(elf->fd, &n, sizeof n, ph->p_offset);
        if (r < 0)
            return err_errno(err, "could not read a note");
        if (r > 0)
            return bad_note(err, ph, "beyond the end of the file");
        if (is_ours(&n, spec->type))
            return note_content(elf, ph, &n, spec, buf, err);
    }
    return 0;
}

int elf_abi(const struct elf *elf, struct abi1_info *info, struct err *err)
{
    static const struct elf_note_spec spec = {
            .type = ABI1_NOTE_TYPE, .pad = 0, .max_size = ABI1_NOTE_MAX_SIZE};
    uint8_t buf[ABI1_NOTE_MAX_SIZE];

    long size = elf_note(elf, &spec, buf, err);
    if (size < 0)
        return -1;
    if (size == 0)
        return err_set(err, "No Solo5 ABI information found in executable");
    if ((size_t)size < sizeof *info)
        return err_set(err,
                "invalid executable: note does not fall within valid size (the ABI "
                "note has %ld bytes, %zu are needed)",
                size, sizeof *info);
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

static int bad_segment(struct err *err, size_t i, const char *why)
{
    return err_set(err, "invalid executable: program header %zu: %s", i, why);
}

/* The rules for one PT_LOAD after the segments that end at PREV_END. */
static int check_segment(const struct elf *elf, size_t i, uint64_t min_base,
        uint64_t mem_size, uint64_t prev_vaddr, uint64_t prev_end,
        struct elf_segment *s, struct err *err)
{
    const Elf64_Phdr *ph = &elf->phdr[i];
    uint64_t file_end, mem_end;

    if (ph->p_align == 0 || (ph->p_align & (ph->p_align - 1)) != 0)
        return bad_segment(err, i,
                "segment outside valid memory range: p_align is not a power of two");
    uint64_t start = ph->p_vaddr & ~(ph->p_align - 1);
    if (ph->p_vaddr < min_base || start < min_base)
        return bad_segment(err, i, "segment outside valid memory range: below 0x100000");
    if (ph->p_vaddr < prev_vaddr)
        return bad_segment(err, i, "segments are not in ascending order");
    if (start < prev_end)
        return bad_segment(err, i, "segment overlaps the one before");
    if (__builtin_add_overflow(ph->p_vaddr, ph->p_filesz, &file_end) || file_end > mem_size)
        return bad_segment(err, i, "file segment out of range: more memory is needed");
    if (ph->p_memsz < ph->p_filesz)
        return bad_segment(err, i, "memory segment out of range: smaller than in the file");
    if (__builtin_add_overflow(ph->p_vaddr, ph->p_memsz, &mem_end) ||
            !round_up(mem_end, ph->p_align, &mem_end) || mem_end > mem_size)
        return bad_segment(err, i, "memory segment out of range: more memory is needed");
    if (ph->p_offset > elf->size || elf->size - ph->p_offset < ph->p_filesz)
        return bad_segment(err, i, "file segment mismatch: beyond the end of the file");
    if (start % PAGE != 0 || mem_end % PAGE != 0)
        return bad_segment(err, i, "segment is not aligned with architectural page size");
    if ((ph->p_flags & PF_W) && (ph->p_flags & PF_X))
        return bad_segment(err, i, "segment requests WRITE and EXEC");

    *s = (struct elf_segment){
            .vaddr = ph->p_vaddr,
            .filesz = ph->p_filesz,
            .memsz = ph->p_memsz,
            .offset = ph->p_offset,
            .start = start,
            .end = mem_end,
            .prot = prot_of(ph->p_flags),
    };
    return 0;
}

/*
 * A segment without bytes in the file (BSS) needs no loading, no protection and
 * is in nobody's way; but memory must reach as far as it does.
 */
static int check_bss(const struct elf *elf, size_t i, uint64_t mem_size, struct err *err)
{
    const Elf64_Phdr *ph = &elf->phdr[i];
    uint64_t end;

    if (ph->p_memsz == 0)
        return 0;
    if (__builtin_add_overflow(ph->p_vaddr, ph->p_memsz, &end) || end > mem_size)
        return bad_segment(err, i, "memory segment out of range: more memory is needed");
    return 0;
}

int elf_plan(const struct elf *elf, uint64_t min_base, uint64_t mem_size,
        struct elf_plan *plan, struct err *err)
{
    uint64_t prev_vaddr = 0, prev_end = 0;

    memset(plan, 0, sizeof *plan);
    if (elf->entry < min_base || elf->entry >= mem_size)
        return err_set(err,
                "invalid executable: entry point 0x%llx is out of memory range",
                (unsigned long long)elf->entry);
    plan->entry = elf->entry;
    plan->segment = calloc(elf->phnum, sizeof *plan->segment);
    if (!plan->segment)
        return err_errno(err, "could not plan segments");

    for (size_t i = 0; i < elf->phnum; i++) {
        const Elf64_Phdr *ph = &elf->phdr[i];
        struct elf_segment *s = &plan->segment[plan->count];

        if (ph->p_type != PT_LOAD)
            continue;
        int r = ph->p_filesz == 0
                ? check_bss(elf, i, mem_size, err)
                : check_segment(elf, i, min_base, mem_size, prev_vaddr, prev_end, s, err);
        if (r != 0) {
            elf_plan_free(plan);
            return -1;
        }
        if (ph->p_filesz == 0)
            continue;
        prev_vaddr = s->vaddr;
        prev_end = s->end;
        plan->count++;
    }
    if (plan->count == 0) {
        elf_plan_free(plan);
        return err_set(err, "invalid executable: nothing to load");
    }
    plan->kernel_end = prev_end;
    return 0;
}

void elf_plan_free(struct elf_plan *plan)
{
    free(plan->segment);
    plan->segment = NULL;
    plan->count = 0;
}

int elf_load(const struct elf *elf, const struct elf_plan *plan, uint8_t *mem,
        uint64_t mem_base, struct err *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];

        int r = read_at(elf->fd, mem + (s->vaddr - mem_base), s->filesz, s->offset);
        if (r < 0)
            return err_errno(err, "could not read segment %zu", i);
        if (r > 0)
            return err_set(err,
                    "invalid executable: file segment mismatch: the file became "
                    "shorter while it was read");
    }
    return 0;
}
