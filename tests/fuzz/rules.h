/* SPDX-License-Identifier: ISC */
/*
 * rules.h: the rules for segments (docs/abi.md, 3.3) and for tables of relocations
 * (ext_abi.h) a second time, in numbers that can't overflow; and memory as it must be then.
 */
#ifndef RULES_H
#define RULES_H

#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "ext.h"
#include "guest_mem.h"
#include "image.h"
#include "pie.h"

#define PAGE 4096ULL
#define MIN_BASE 0x100000ULL
#define PIE_SIZE 0x380000ULL /* of memory: with room for 15 places */

typedef unsigned __int128 wide;

static struct err err;

/* The file. */
static const uint8_t *data;
static size_t size;

/* Every refusal is one line and says where. */
static void check_sentence(void)
{
    MUST(strstr(err.text, "offset 0x"));
    MUST(!strchr(err.text, '\n'));
    err.text[0] = 0;
}

/*
 * Segments
 */

/* Where an image is at its lowest address. */
struct place {
    wide linked_at;        /* what that adds to the addresses in the file */
    size_t count;          /* of segments with bytes in the file: */
    wide start, end;       /* theirs */
    wide image_end, align; /* with those that have none */
};

static bool is_power(wide n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static wide up(wide n, wide align)
{
    return (n + align - 1) / align * align;
}

static void reach(struct place *p, wide end, wide align)
{
    p->image_end = end > p->image_end ? end : p->image_end;
    p->align = align > p->align ? align : p->align;
}

/* Without bytes in the file: only memory must be there. */
static bool bss_allowed(const Elf64_Phdr *ph, uint64_t mem_size, struct place *p)
{
    wide end = p->linked_at + ph->p_vaddr + ph->p_memsz;

    if (ph->p_memsz == 0)
        return true;
    if (end > mem_size)
        return false;
    reach(p, up(end, PAGE), is_power(ph->p_align) ? ph->p_align : 0);
    return true;
}

static bool load_allowed(const Elf64_Phdr *ph, uint64_t mem_size, struct place *p)
{
    wide vaddr = p->linked_at + ph->p_vaddr, align = ph->p_align;

    /* No address is above 2^64, of an empty segment neither. */
    if (vaddr > UINT64_MAX)
        return false;
    if (ph->p_filesz == 0)
        return bss_allowed(ph, mem_size, p);
    if (!is_power(align))
        return false;
    wide start = vaddr / align * align, end = up(vaddr + ph->p_memsz, align);
    if (start < p->end || end > mem_size || start % PAGE || end % PAGE ||
            ph->p_memsz < ph->p_filesz || (wide)ph->p_offset + ph->p_filesz > size ||
            ((ph->p_flags & PF_W) && (ph->p_flags & PF_X)))
        return false;
    if (p->count++ == 0)
        p->start = start;
    p->end = end;
    reach(p, end, align);
    return true;
}

static bool plan_allowed(const struct elf *elf, uint64_t mem_size, struct place *p)
{
    *p = (struct place){.linked_at = elf->type == ET_DYN ? MIN_BASE : 0, .end = MIN_BASE};
    wide entry = p->linked_at + elf->entry;

    if (entry < MIN_BASE || entry >= mem_size)
        return false;
    for (size_t i = 0; i < elf->phnum; i++)
        if (elf->phdr[i].p_type == PT_LOAD && !load_allowed(&elf->phdr[i], mem_size, p))
            return false;
    return p->count > 0;
}

/*
 * Memory
 */

static void check_zero(const uint8_t *host, uint64_t from, uint64_t to)
{
    static const uint8_t zeros[PAGE];

    for (uint64_t n; from < to; from += n) {
        n = to - from < PAGE ? to - from : PAGE;
        MUST(memcmp(host + from, zeros, n) == 0);
    }
}

/*
 * Relocations. A table is applied exactly if each of its entries obeys the rules; then its
 * words, in its order, are what is different in memory. One that isn't may have changed
 * words of the good entries in front of the bad one.
 */

/* The segment whose bytes of the file are at [ADDR, ADDR + LEN), as linked. */
static const Elf64_Phdr *bytes_at(const struct elf *elf, wide addr, wide len)
{
    for (size_t i = 0; i < elf->phnum; i++) {
        const Elf64_Phdr *ph = &elf->phdr[i];

        if (ph->p_type == PT_LOAD && addr >= ph->p_vaddr &&
                addr + len <= (wide)ph->p_vaddr + ph->p_filesz)
            return ph;
    }
    return NULL;
}

static bool entry_allowed(const struct elf *elf, const struct place *p, const Elf64_Rela *r)
{
    const Elf64_Phdr *ph = bytes_at(elf, r->r_offset, 8);
    wide to = p->linked_at + (uint64_t)r->r_addend;

    return r->r_info == (elf->machine == EM_X86_64 ? 8 : 1027) && ph &&
            !(ph->p_flags & PF_X) && to >= p->start && to <= p->image_end;
}

static const uint8_t *table_of(const struct elf *elf, const struct ext *ext)
{
    const Elf64_Phdr *ph = bytes_at(elf, ext->rela, ext->rela_size);

    return ph && ext->rela_size % 24 == 0 ? data + ph->p_offset + (ext->rela - ph->p_vaddr) : NULL;
}

/* How many entries in front of the first bad one. */
static size_t good_entries(const struct elf *elf, const struct place *p, const struct ext *ext,
        const uint8_t *table)
{
    size_t n = 0;

    for (Elf64_Rela r; n < ext->rela_size / 24; n++) {
        memcpy(&r, table + n * 24, sizeof r);
        if (!entry_allowed(elf, p, &r))
            break;
    }
    return n;
}

/* Memory as it must be, from each segment's start to want_end(). */
static uint8_t expected[PIE_SIZE];

static uint64_t want_end(const struct elf_segment *s)
{
    uint64_t file_end = s->vaddr + s->filesz;

    return s->end - file_end > 2 * PAGE ? file_end + 2 * PAGE : s->end;
}

static void want_loaded(const struct elf_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];

        memset(expected + s->start, 0, want_end(s) - s->start);
        memcpy(expected + s->vaddr, data + s->offset, s->filesz);
    }
}

/* The words of the first N entries; as they are in HOST if that is not NULL. */
static void want_words(const struct elf_plan *plan, const uint8_t *table, size_t n,
        const uint8_t *host)
{
    Elf64_Rela r;

    for (size_t i = 0; i < n; i++) {
        memcpy(&r, table + i * 24, sizeof r);
        uint64_t at = r.r_offset + plan->moved, value = (uint64_t)r.r_addend + plan->moved;
        memcpy(expected + at, host ? host + at : (uint8_t *)&value, sizeof value);
    }
}

/* All other memory of an image; that takes time. */
static void check_gaps(const struct elf_plan *plan, const uint8_t *host)
{
    uint64_t at = 0;

    for (size_t i = 0; i < plan->count; i++) {
        check_zero(host, at, plan->segment[i].start);
        at = want_end(&plan->segment[i]);
    }
    check_zero(host, at, PIE_SIZE);
}

static void check_words(const struct elf_plan *plan, const uint8_t *table, size_t n, bool all,
        const uint8_t *host)
{
    want_loaded(plan);
    want_words(plan, table, n, all ? NULL : host);
    for (size_t i = 0; i < plan->count; i++) {
        const struct elf_segment *s = &plan->segment[i];
        MUST(memcmp(host + s->start, expected + s->start, want_end(s) - s->start) == 0);
    }
    if (size % 64 == 0)
        check_gaps(plan, host);
}

static void check_relocated(const struct elf *elf, const struct elf_plan *plan,
        const struct place *p, const struct ext *ext, struct guest_mem *mem)
{
    const uint8_t *table = table_of(elf, ext);
    size_t n = table ? good_entries(elf, p, ext, table) : 0;
    bool good = pie_relocate(elf, plan, ext, mem, &err) == 0;

    MUST(good == (ext->rela_size == 0 || (table && n == ext->rela_size / 24)));
    if (!good)
        check_sentence();
    check_words(plan, table, n, good, mem->host);
}

#endif /* RULES_H */
