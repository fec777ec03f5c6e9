/* SPDX-License-Identifier: ISC */
/* fake_elf.h: a small valid image in memory that tests then spoil. */
#ifndef FAKE_ELF_H
#define FAKE_ELF_H

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf_abi.h"
#include "ext_abi.h"
#include "image.h"
#include "manifest.h"
#include "unit.h"

struct fake_elf {
    Elf64_Ehdr eh;
    Elf64_Phdr ph[8]; /* 0 text, 1 rodata, 2 data, 3 empty, 4 bss, 5 abi, 6 mft, 7 ext: null */
    struct abi1_note abi;
    struct ext1_note ext; /* not looked at unless the test calls fake_ext() */
    struct {
        uint32_t namesz, descsz, type;
        char name[8];
        uint32_t pad;
        uint32_t version, entries;
        struct mft_entry e[3];
    } mft;
    uint8_t text[64], rodata[64], data[64];
};

#define FAKE_SIZE sizeof(struct fake_elf)

static inline void fake_load(Elf64_Phdr *ph, uint32_t flags, uint64_t vaddr, size_t offset,
        uint64_t filesz, uint64_t memsz)
{
    *ph = (Elf64_Phdr){.p_type = PT_LOAD,
            .p_flags = flags,
            .p_offset = offset,
            .p_vaddr = vaddr,
            .p_filesz = filesz,
            .p_memsz = memsz,
            .p_align = 0x1000};
}

/* Two devices: net "n0" and block "b0". */
static inline void fake_make(struct fake_elf *f)
{
    memset(f, 0, sizeof *f);
    memcpy(f->eh.e_ident, ELFMAG, SELFMAG);
    f->eh.e_ident[EI_CLASS] = ELFCLASS64;
    f->eh.e_ident[EI_DATA] = ELFDATA2LSB;
    f->eh.e_type = ET_EXEC;
    f->eh.e_machine = elf_host_machine();
    f->eh.e_version = EV_CURRENT;
    f->eh.e_entry = 0x100020;
    f->eh.e_phoff = offsetof(struct fake_elf, ph);
    f->eh.e_ehsize = sizeof f->eh;
    f->eh.e_phentsize = sizeof f->ph[0];
    f->eh.e_phnum = N_OF(f->ph);
    fake_load(&f->ph[0], PF_X, 0x100000, offsetof(struct fake_elf, text), 64, 64);
    fake_load(&f->ph[1], PF_R, 0x101000, offsetof(struct fake_elf, rodata), 64, 64);
    fake_load(&f->ph[2], PF_R | PF_W, 0x102000, offsetof(struct fake_elf, data), 64, 100);
    fake_load(&f->ph[3], PF_R, 0, 0, 0, 0);
    fake_load(&f->ph[4], PF_R | PF_W, 0x103000, 0, 0, 0x2000);
    f->ph[5] = (Elf64_Phdr){.p_type = PT_NOTE,
            .p_offset = offsetof(struct fake_elf, abi),
            .p_filesz = sizeof f->abi};
    f->ph[6] = (Elf64_Phdr){.p_type = PT_NOTE,
            .p_offset = offsetof(struct fake_elf, mft),
            .p_filesz = sizeof f->mft};
    f->abi = (struct abi1_note){.n_namesz = 6,
            .n_descsz = 16,
            .n_type = ABI1_NOTE_TYPE,
            .name = "Solo5",
            .info = {.abi_target = HVT_ABI_TARGET, .abi_version = 2}};
    f->mft.namesz = 6;
    f->mft.descsz = 12 + 3 * MFT_ENTRY_SIZE;
    f->mft.type = MFT1_NOTE_TYPE;
    memcpy(f->mft.name, "Solo5", 6);
    f->mft.version = MFT_VERSION;
    f->mft.entries = 3;
    f->mft.e[0].type = MFT_RESERVED_FIRST;
    strcpy(f->mft.e[1].name, "n0");
    f->mft.e[1].type = MFT_DEV_NET_BASIC;
    strcpy(f->mft.e[2].name, "b0");
    f->mft.e[2].type = MFT_DEV_BLOCK_BASIC;
    memset(f->text, 't', sizeof f->text);
    memset(f->rodata, 'r', sizeof f->rodata);
    memset(f->data, 'd', sizeof f->data);
}

/* Declare extensions. */
static inline void fake_ext(struct fake_elf *f, uint64_t features, uint64_t min_memory)
{
    f->ph[7] = (Elf64_Phdr){.p_type = PT_NOTE,
            .p_offset = offsetof(struct fake_elf, ext),
            .p_filesz = sizeof f->ext};
    f->ext = (struct ext1_note){.n_namesz = 6,
            .n_descsz = sizeof f->ext.info,
            .n_type = EXT1_NOTE_TYPE,
            .name = "Solo5",
            .info = {.version = 1, .features = features, .min_memory = min_memory}};
}

/* The first SIZE bytes of F as an open file. */
static inline int fake_open(const struct fake_elf *f, size_t size)
{
    int fd = memfd_create("image", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, f, size), size);
    return fd;
}

#endif /* FAKE_ELF_H */
