/* SPDX-License-Identifier: ISC */
#include "core.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/*
 * prstatus_t of <sys/procfs.h>, which has it for one CPU only. It is the same on all
 * 64-bit CPUs but for the number of registers: tests compare it with the header.
 */
#define PRSTATUS_SIGNO 0     /* int: pr_info.si_signo */
#define PRSTATUS_CURSIG 12   /* short */
#define PRSTATUS_PID 32      /* int */
#define PRSTATUS_REG 112     /* then pr_fpvalid, an int, and padding */
#define PRSTATUS_SIZE_MAX (PRSTATUS_REG + 8 * CORE_REGS_MAX + 8)

#define NOTE_NAME "CORE"

struct headers {
    Elf64_Ehdr ehdr;
    Elf64_Phdr note;
    Elf64_Phdr load;
    Elf64_Nhdr nhdr;
    char name[8]; /* padded */
    uint8_t prstatus[PRSTATUS_SIZE_MAX + CORE_NOTES_MAX]; /* and the CPU's notes */
};

_Static_assert(offsetof(struct headers, nhdr) == 64 + 2 * 56, "no padding");
_Static_assert(offsetof(struct headers, prstatus) == 64 + 2 * 56 + 20, "no padding");

static size_t prstatus_size(void)
{
    return PRSTATUS_REG + 8 * core_nregs + 8;
}

static void fill_prstatus(uint8_t *p, const struct core *core)
{
    int signal = core->signal, pid = getpid();
    short cursig = (short)signal;

    memcpy(p + PRSTATUS_SIGNO, &signal, sizeof signal);
    memcpy(p + PRSTATUS_CURSIG, &cursig, sizeof cursig);
    memcpy(p + PRSTATUS_PID, &pid, sizeof pid);
    memcpy(p + PRSTATUS_REG, core->regs, 8 * core_nregs);
}

/* Returns their size, at which memory follows. */
static size_t fill_headers(struct headers *h, const struct core *core)
{
    size_t note = offsetof(struct headers, nhdr);
    size_t size = offsetof(struct headers, prstatus) + prstatus_size();

    memset(h, 0, sizeof *h);
    size += core_notes(core->signs, h->prstatus + prstatus_size());
    h->ehdr = (Elf64_Ehdr){
            .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                    EV_CURRENT, ELFOSABI_STANDALONE},
            .e_type = ET_CORE,
            .e_machine = core_machine,
            .e_version = EV_CURRENT,
            .e_phoff = offsetof(struct headers, note),
            .e_ehsize = sizeof(Elf64_Ehdr),
            .e_phentsize = sizeof(Elf64_Phdr),
            .e_phnum = 2,
    };
    h->note = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = note, .p_filesz = size - note};
    h->load = (Elf64_Phdr){.p_type = PT_LOAD,
            .p_offset = size,
            .p_filesz = core->mem->end,
            .p_memsz = core->mem->end};
    h->nhdr = (Elf64_Nhdr){.n_namesz = sizeof NOTE_NAME,
            .n_descsz = (Elf64_Word)prstatus_size(),
            .n_type = NT_PRSTATUS};
    memcpy(h->name, NOTE_NAME, sizeof NOTE_NAME);
    fill_prstatus(h->prstatus, core);
    return size;
}

static int put(int fd, const uint8_t *p, uint64_t len, uint64_t offset, struct err *err)
{
    while (len > 0) {
        ssize_t n = pwrite(fd, p, len, (off_t)offset);
        if (n <= 0)
            return err_errno(err, "could not write");
        p += n, offset += (uint64_t)n, len -= (uint64_t)n;
    }
    return 0;
}

struct writer {
    int fd;
    const struct core *core;
    uint64_t offset;   /* of memory in the file */
    size_t segment;    /* the first one that does not end below the page looked at */
    uint64_t from, to; /* guest addresses to be written */
    int pagemap;       /* /proc/self/pagemap, or -1 */
    uint64_t host_page;
    uint64_t first; /* the host's page of words[0] */
    size_t n;
    uint64_t words[512];
};

/*
 * Does the host have its page PAGE in memory or swap (bits 63 and 62 of its word, the
 * kernel's Documentation/admin-guide/mm/pagemap.rst)? mincore(2) does not know swap.
 * Without /proc every page counts.
 */
static bool host_has(struct writer *w, uint64_t page)
{
    if (page < w->first || page >= w->first + w->n) {
        ssize_t n = w->pagemap < 0 ? -1 : pread(w->pagemap, w->words, sizeof w->words,
                (off_t)(page * sizeof w->words[0]));
        w->first = page;
        w->n = n > 0 ? (size_t)n / sizeof w->words[0] : 0;
    }
    return w->n == 0 || w->words[page - w->first] >> 62 != 0;
}

/*
 * A page that the host does not have is zero. Reading it would take page tables for all
 * of a large memory.
 */
static bool backed(struct writer *w, uint64_t gpa)
{
    uint64_t page = ((uintptr_t)w->core->mem->host + gpa) / w->host_page;

    for (uint64_t i = 0; i < w->core->mem->page / w->host_page; i++)
        if (host_has(w, page + i))
            return true;
    return false;
}

static bool is_zero(const uint8_t *p, uint64_t len)
{
    return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

/*
 * Pages that may be mapped from the image's file are written unseen: only the kernel
 * survives their being cut off.
 */
static bool in_image(struct writer *w, uint64_t gpa)
{
    const struct elf_plan *plan = w->core->plan;
    const struct elf_segment *s;

    for (; w->segment < plan->count; w->segment++) {
        s = &plan->segment[w->segment];
        if (s->vaddr + s->filesz > gpa)
            return s->start < gpa + w->core->mem->page;
    }
    return false;
}

static int flush(struct writer *w, struct err *err)
{
    return put(w->fd, w->core->mem->host + w->from, w->to - w->from, w->offset + w->from, err);
}

static int add_page(struct writer *w, uint64_t gpa, struct err *err)
{
    if (w->to != gpa) {
        if (flush(w, err) != 0)
            return -1;
        w->from = gpa;
    }
    w->to = gpa + w->core->mem->page;
    return 0;
}

static int put_memory(struct writer *w, struct err *err)
{
    const struct guest_mem *mem = w->core->mem;

    for (uint64_t gpa = 0; gpa < mem->end; gpa += mem->page) {
        bool wanted = in_image(w, gpa) ||
                (backed(w, gpa) && !is_zero(mem->host + gpa, mem->page));
        if (wanted && add_page(w, gpa, err) != 0)
            return -1;
    }
    return flush(w, err);
}

int core_write(int fd, const struct core *core, struct err *err)
{
    struct headers h;
    size_t size = fill_headers(&h, core);
    struct writer w = {.fd = fd,
            .core = core,
            .offset = size,
            .host_page = (uint64_t)sysconf(_SC_PAGESIZE)};

    if (ftruncate(fd, (off_t)(size + core->mem->end)) != 0)
        return err_errno(err, "could not write");
    if (put(fd, (const uint8_t *)&h, size, 0, err) != 0)
        return -1;
    w.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    int r = put_memory(&w, err);
    if (w.pagemap >= 0)
        close(w.pagemap);
    return r;
}
