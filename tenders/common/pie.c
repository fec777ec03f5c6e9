/* SPDX-License-Identifier: ISC */
#include "pie.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

/* Entries of the table that are read at a time. */
#define CHUNK 256

/*
 * Where it goes
 */

uint64_t pie_places(const struct elf_plan *plan, const struct guest_mem *mem,
        uint64_t *step)
{
    uint64_t most = mem->end / 4, top = mem->size > PIE_KEEP ? mem->size - PIE_KEEP : 0;
    uint64_t room = plan->image_end < top ? top - plan->image_end : 0;

    *step = plan->align > EXT_PIE_STEP ? plan->align : EXT_PIE_STEP;
    return (room < most ? room : most) / *step + 1;
}

void pie_move(struct elf_plan *plan, uint64_t distance)
{
    plan->moved += distance;
    plan->entry += distance;
    plan->kernel_end += distance;
    plan->image_end += distance;
    for (size_t i = 0; i < plan->count; i++) {
        plan->segment[i].vaddr += distance;
        plan->segment[i].start += distance;
        plan->segment[i].end += distance;
    }
}

int pie_place(struct elf_plan *plan, const struct ext *ext, const struct guest_mem *mem,
        struct err *err)
{
    uint64_t step, random;
    ssize_t n;

    if (!(ext->features & EXT_F_PIE))
        return 0;
    do
        n = getrandom(&random, sizeof random, 0);
    while (n < 0 && errno == EINTR);
    if (n != sizeof random)
        return err_errno(err, "could not choose an address for the image");
    /* Of 2^64 numbers; places are at most some thousands. */
    plan->places = pie_places(plan, mem, &step);
    pie_move(plan, random % plan->places * step);
    return 0;
}

struct pie_words pie_report(const struct elf_plan *plan)
{
    struct pie_words w = {""};

    if (plan->places > 0)
        snprintf(w.text, sizeof w.text, " (image at 0x%llx, %d random bits)",
                (unsigned long long)plan->segment[0].start, 63 - __builtin_clzll(plan->places));
    return w;
}

/*
 * What has to follow. Addresses are as linked here; none is trusted.
 */

/* The segment whose bytes in the file are at [addr, addr + len), NULL if none's are. */
static const struct elf_segment *segment_of(const struct elf_plan *plan, uint64_t addr,
        uint64_t len)
{
    size_t low = 0, high = plan->count;

    if (__builtin_add_overflow(addr, plan->moved, &addr))
        return NULL;
    while (low < high) {
        const struct elf_segment *s = &plan->segment[(low + high) / 2];

        if (addr < s->vaddr)
            high = (low + high) / 2;
        else if (addr - s->vaddr >= s->filesz)
            low = (low + high) / 2 + 1;
        else
            return len <= s->filesz - (addr - s->vaddr) ? s : NULL;
    }
    return NULL;
}

static uint64_t relative_type(uint16_t machine)
{
    return machine == EM_AARCH64 ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE;
}

/* Why R can't be applied to the image of PLAN, NULL if it can; *AT is the member. */
static const char *entry_fault(const Elf64_Rela *r, const struct elf_plan *plan,
        uint64_t type, size_t *at)
{
    *at = offsetof(Elf64_Rela, r_info);
    if (r->r_info != type) /* the symbol is in its upper half */
        return "not a relative relocation";
    *at = offsetof(Elf64_Rela, r_offset);
    const struct elf_segment *s = segment_of(plan, r->r_offset, sizeof(uint64_t));
    if (!s)
        return "the relocated word is not in the file's part of a segment";
    if (s->prot & PROT_EXEC)
        return "the relocated word is in an executable segment";
    *at = offsetof(Elf64_Rela, r_addend);
    uint64_t addend = (uint64_t)r->r_addend;
    if (addend < plan->segment[0].start - plan->moved || addend > plan->image_end - plan->moved)
        return "the address is not in the image";
    return NULL;
}

static int bad_entry(uint64_t offset, size_t i, size_t member, const char *why,
        struct err *err)
{
    return err_set(err, "invalid executable: relocation, offset 0x%llx: %s",
            (unsigned long long)(offset + i * sizeof(Elf64_Rela) + member), why);
}

/*
 * What is written, and the way it takes. A page that the file has lost meanwhile is SIGBUS
 * for whoever writes to it, but EFAULT in a system call: so readv(2) writes the words.
 */
struct words {
    int pipe[2];
    uint64_t value[CHUNK];
    struct iovec to[CHUNK];
};

/* Word I is what R says; else why not, as entry_fault(). */
static const char *add_word(const Elf64_Rela *r, const struct elf_plan *plan, uint64_t type,
        struct guest_mem *mem, struct words *w, size_t i, size_t *at)
{
    const char *fault = entry_fault(r, plan, type, at);

    if (fault)
        return fault;
    w->value[i] = (uint64_t)r->r_addend + plan->moved;
    w->to[i].iov_len = sizeof w->value[i];
    w->to[i].iov_base = guest_mem_write(mem, r->r_offset + plan->moved, sizeof w->value[i]);
    return w->to[i].iov_base ? NULL : "there is no memory for the relocated word";
}

/* In their order: where two overlap, the later one is whole. */
static bool write_words(struct words *w, size_t n)
{
    ssize_t size = (ssize_t)(n * sizeof w->value[0]);

    /* The pipe is empty, and has room for a page. */
    return write(w->pipe[1], w->value, (size_t)size) == size &&
            readv(w->pipe[0], w->to, (int)n) == size;
}

/* N entries at OFFSET of the file: all are checked before one is applied. */
static int relocate_some(const struct elf *elf, const struct elf_plan *plan, uint64_t offset,
        size_t n, struct guest_mem *mem, struct words *w, struct err *err)
{
    Elf64_Rela rela[CHUNK];
    size_t at;

    int r = elf_bytes(elf, rela, n * sizeof rela[0], offset);
    if (r < 0)
        return err_errno(err, "could not read relocations");
    if (r > 0)
        return err_set(err,
                "invalid executable: the file became shorter while it was read (offset 0x%llx)",
                (unsigned long long)offset);
    for (size_t i = 0; i < n; i++) {
        const char *fault = add_word(&rela[i], plan, relative_type(elf->machine), mem, w, i, &at);

        if (fault)
            return bad_entry(offset, i, at, fault, err);
    }
    if (!write_words(w, n))
        return err_set(err,
                "invalid executable: the file became shorter or could not be read while it "
                "was relocated (offset 0x%llx)",
                (unsigned long long)offset);
    return 0;
}

static int bad_table(const struct ext *ext, size_t field, const char *why, struct err *err)
{
    return err_set(err, "invalid executable: table of relocations, offset 0x%llx: %s",
            (unsigned long long)(ext->rela_place + field), why);
}

/* Where in the file the table is. */
static int find_table(const struct elf_plan *plan, const struct ext *ext, uint64_t *offset,
        struct err *err)
{
    const size_t size_field = offsetof(struct ext1_pie, rela_size) -
            offsetof(struct ext1_pie, rela);

    if (ext->rela_size % sizeof(Elf64_Rela) != 0)
        return bad_table(ext, size_field, "the size is not a multiple of 24", err);
    const struct elf_segment *s = segment_of(plan, ext->rela, 1);
    if (!s)
        return bad_table(ext, 0, "not in the file's part of a segment", err);
    if (!segment_of(plan, ext->rela, ext->rela_size))
        return bad_table(ext, size_field, "it does not end within its segment", err);
    *offset = s->offset + (ext->rela + plan->moved - s->vaddr);
    return 0;
}

static int relocate_all(const struct elf *elf, const struct elf_plan *plan, uint64_t offset,
        uint64_t left, struct guest_mem *mem, struct words *w, struct err *err)
{
    while (left > 0) {
        size_t n = left < CHUNK ? left : CHUNK;

        if (relocate_some(elf, plan, offset, n, mem, w, err) != 0)
            return -1;
        offset += n * sizeof(Elf64_Rela);
        left -= n;
    }
    return 0;
}

int pie_relocate(const struct elf *elf, const struct elf_plan *plan, const struct ext *ext,
        struct guest_mem *mem, struct err *err)
{
    struct words words;
    uint64_t offset = 0;

    if (!(ext->features & EXT_F_PIE) || ext->rela_size == 0)
        return 0;
    if (find_table(plan, ext, &offset, err) != 0)
        return -1;
    if (pipe2(words.pipe, O_CLOEXEC) != 0)
        return err_errno(err, "could not open a pipe for relocations");
    int r = relocate_all(elf, plan, offset, ext->rela_size / sizeof(Elf64_Rela), mem, &words,
            err);
    close(words.pipe[0]);
    close(words.pipe[1]);
    return r;
}
