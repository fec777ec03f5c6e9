/* SPDX-License-Identifier: ISC */
/*
 * image.h: read and check an image. load.h loads it.
 *
 * elf_read() reads the headers and the heads of the notes once, elf_note() a note's
 * content once; everything after works on these copies, so that a file changed meanwhile
 * can't pass a check with one content and be used with another. All of it depends on
 * nothing but the file's bytes and length: elf_parse() does the same for bytes in memory.
 * Sources: System V ABI (ELF-64), gabi chapters 4 and 5.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define ELF_MACHINE_ANY 0

struct elf_note_head; /* the part of a note in front of its content */

/* An image's headers. Owned by elf_read(), released by elf_free(). */
struct elf {
    int fd;               /* the file, or -1: */
    const uint8_t *bytes; /* its bytes in memory */
    uint64_t size;        /* of the file */
    uint16_t machine;
    uint16_t type; /* ET_EXEC, or ET_DYN, which only pie.h can load */
    uint64_t entry;
    uint64_t phoff;
    size_t phnum;
    Elf64_Phdr *phdr;
    struct elf_note_head *note; /* of program header i, if it is a PT_NOTE */
};

/* One loadable segment; addresses are the guest's. */
struct elf_segment {
    uint64_t vaddr;  /* of its first byte */
    uint64_t filesz; /* bytes from the file, not 0 */
    uint64_t memsz;  /* then zeros up to here, >= filesz */
    uint64_t offset; /* in the file */
    uint64_t start;  /* vaddr rounded down to p_align */
    uint64_t end;    /* vaddr + memsz rounded up to p_align */
    int prot;        /* PROT_READ, PROT_WRITE, PROT_EXEC of mmap(2), never W and X */
};

/* What to load: ascending, not overlapping, within [min, mem_size). */
struct elf_plan {
    uint64_t entry;
    uint64_t kernel_end; /* highest end, without segments that have no file bytes */
    uint64_t image_end;  /* the same with them: no address of the image is above */
    uint64_t align;      /* largest p_align: it can be moved by multiples of it */
    uint64_t moved;      /* addresses are so far above the linked ones: 0 for ET_EXEC */
    uint64_t places;     /* pie.h chose from so many; 0: it didn't */
    size_t count;
    struct elf_segment *segment;
};

/*
 * Read the headers of the open file FD (kept, not owned). MACHINE is EM_AARCH64,
 * EM_X86_64 or ELF_MACHINE_ANY (one of the two).
 */
int elf_read(struct elf *elf, int fd, uint16_t machine, struct err *err);

/* The same for the SIZE bytes of a file that stand at BYTES (kept, not owned). */
int elf_parse(struct elf *elf, const void *bytes, size_t size, uint16_t machine,
        struct err *err);

/*
 * Copy exactly LEN bytes at OFFSET of the file. Returns 0; 1 if the file ends before;
 * -1 with errno set.
 */
int elf_bytes(const struct elf *elf, void *buf, uint64_t len, uint64_t offset);

void elf_free(struct elf *elf);

/* The machine this program was compiled for. */
uint16_t elf_host_machine(void);

/* What elf_note() looks for. */
struct elf_note_spec {
    uint32_t type;     /* n_type; the owner is SOLO5_NOTE_NAME */
    uint32_t pad;      /* bytes of padding in front of the descriptor's content */
    uint32_t min_size; /* smallest content */
    uint32_t max_size; /* largest n_descsz, padding included */
};

/*
 * Copy the content of the first matching note into BUF of max_size - pad bytes; *PLACE
 * is its offset in the file. Returns its length, 0 if there is no such note, -1 if one is
 * malformed.
 */
long elf_note(const struct elf *elf, const struct elf_note_spec *spec, void *buf,
        uint64_t *place, struct err *err);

/* The sentence for an image that lacks a note; -1. */
int elf_no_note(const struct elf *elf, const char *what, struct err *err);

struct abi1_info;

/* The content of the image's ABI note, and its offset in the file. */
int elf_abi(const struct elf *elf, struct abi1_info *info, uint64_t *place, struct err *err);

/*
 * Check every segment against memory [min_base, mem_size). ET_DYN is taken for linked at 0
 * and planned for min_base. Returns 0 and the plan, to be released with elf_plan_free().
 */
int elf_plan(const struct elf *elf, uint64_t min_base, uint64_t mem_size,
        struct elf_plan *plan, struct err *err);
void elf_plan_free(struct elf_plan *plan);

#endif /* IMAGE_H */
