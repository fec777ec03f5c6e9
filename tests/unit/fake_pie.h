/* SPDX-License-Identifier: ISC */
/* fake_pie.h: the image of fake_elf.h for any address, with relocations. */
#ifndef FAKE_PIE_H
#define FAKE_PIE_H

#include "fake_elf.h"

/* Code at 0; constants, the table and words at 0x1000; words at 0x2000; BSS to 0x5000. */
struct fake_pie {
    struct fake_elf f;
    struct ext1_pie pie; /* behind f.ext's head */
    struct {
        uint64_t word[2];
        Elf64_Rela rela[4];
        uint64_t more;
    } ro;
    uint64_t rw[4];
};

#define RO 0x1000ULL
#define RW 0x2000ULL
#define END 0x5000ULL
#define TABLE (RO + offsetof(struct fake_pie, ro.rela) - offsetof(struct fake_pie, ro))

_Static_assert(offsetof(struct fake_pie, pie) == sizeof(struct fake_elf), "one after another");
_Static_assert(sizeof(((struct fake_elf *)0)->data) >= SOLO5_NOTE_DESC_OFFSET,
        "the note's head is in what no segment has");

static inline uint64_t fake_relative(uint16_t machine)
{
    return machine == EM_AARCH64 ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE;
}

static inline void fake_pie_note(struct fake_pie *p)
{
    struct ext1_note head = {.n_namesz = 6,
            .n_descsz = sizeof p->pie,
            .n_type = EXT1_NOTE_TYPE,
            .name = "Solo5"};

    p->f.ph[7] = (Elf64_Phdr){.p_type = PT_NOTE,
            .p_offset = offsetof(struct fake_pie, pie) - SOLO5_NOTE_DESC_OFFSET,
            .p_filesz = SOLO5_NOTE_DESC_OFFSET + sizeof p->pie};
    memcpy((uint8_t *)p + p->f.ph[7].p_offset, &head, SOLO5_NOTE_DESC_OFFSET);
    p->pie = (struct ext1_pie){.info = {.version = 1, .features = EXT_F_PIE},
            .rela = TABLE,
            .rela_size = sizeof p->ro.rela};
}

static inline void fake_pie_make(struct fake_pie *p, uint16_t machine)
{
    const uint64_t at[] = {RO + 8, RW, RW + 24, RW + 13}, to[] = {0x20, RO, END, END - 1};

    memset(p, 0, sizeof *p);
    fake_make(&p->f);
    p->f.eh.e_type = ET_DYN;
    p->f.eh.e_machine = machine;
    p->f.eh.e_entry = 0x20;
    fake_load(&p->f.ph[0], PF_X, 0, offsetof(struct fake_elf, text), 64, 64);
    fake_load(&p->f.ph[1], PF_R, RO, offsetof(struct fake_pie, ro), sizeof p->ro, sizeof p->ro);
    fake_load(&p->f.ph[2], PF_R | PF_W, RW, offsetof(struct fake_pie, rw), sizeof p->rw, 100);
    fake_load(&p->f.ph[4], PF_R | PF_W, 0x3000, 0, 0, 0x1ff8);
    fake_pie_note(p);
    for (size_t i = 0; i < N_OF(at); i++)
        p->ro.rela[i] = (Elf64_Rela){at[i], fake_relative(machine), (int64_t)to[i]};
    memset(p->rw, 0x77, sizeof p->rw);
}

#endif /* FAKE_PIE_H */
