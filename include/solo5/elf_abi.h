/* SPDX-License-Identifier: ISC */
/*
 * elf_abi.h: what identifies an image, shared by bindings, tenders and tools.
 *
 * An image is an ELF64 little-endian ET_EXEC file. Its target and ABI version
 * stand in a note of type ABI1_NOTE_TYPE and owner ABI1_NOTE_NAME, alone in a
 * PT_NOTE segment. Source of the ELF terms: System V ABI, chapters 4 and 5.
 */
#ifndef SOLO5_ELF_ABI_H
#define SOLO5_ELF_ABI_H

#include <stdint.h>

/* Owner of every note of ours: 5 letters, n_namesz 6, padded to 8 bytes. */
#define SOLO5_NOTE_NAME "Solo5"
#define SOLO5_NOTE_NAMESZ 6

/* Elf64_Nhdr (12 bytes) and the padded owner: the descriptor starts here. */
#define SOLO5_NOTE_DESC_OFFSET 20

#define ABI1_NOTE_NAME SOLO5_NOTE_NAME
#define ABI1_NOTE_TYPE 0x31494241 /* "ABI1" as little-endian bytes */
#define ABI1_NOTE_MAX_SIZE 32     /* largest descriptor a tender accepts */

/* What an image was linked for: abi1_info.abi_target. */
enum abi_target {
    HVT_ABI_TARGET = 1,
    SPT_ABI_TARGET = 2,
    VIRTIO_ABI_TARGET = 3,
    MUEN_ABI_TARGET = 4,
    GENODE_ABI_TARGET = 5,
    XEN_ABI_TARGET = 6
};

/* The descriptor of an ABI1 note. */
struct abi1_info {
    uint32_t abi_target;  /* enum abi_target */
    uint32_t abi_version; /* HVT_ABI_VERSION or SPT_ABI_VERSION */
    uint32_t reserved0;   /* 0 */
    uint32_t reserved1;   /* 0 */
};

/* The whole note as it stands in section .note.solo5.abi, 36 bytes, align 4. */
struct abi1_note {
    uint32_t n_namesz; /* SOLO5_NOTE_NAMESZ */
    uint32_t n_descsz; /* sizeof (struct abi1_info) */
    uint32_t n_type;   /* ABI1_NOTE_TYPE */
    char name[8];      /* SOLO5_NOTE_NAME, NUL padded */
    struct abi1_info info;
};

/* Define the ABI note of a bindings object. */
#define ABI1_NOTE_DECLARE(target, version)                                     \
    static const struct abi1_note solo5_abi1_note                              \
            __attribute__((section(".note.solo5.abi"), aligned(4), used)) = {  \
                    .n_namesz = SOLO5_NOTE_NAMESZ,                             \
                    .n_descsz = sizeof(struct abi1_info),                      \
                    .n_type = ABI1_NOTE_TYPE,                                  \
                    .name = SOLO5_NOTE_NAME,                                   \
                    .info = {.abi_target = (target), .abi_version = (version)}}

/*
 * Old OpenBSD kernels run any static ELF file whose first note says so. Ours
 * says version 0 of OpenBSD, which no kernel takes. Its segment comes first.
 */
struct not_openbsd_note {
    uint32_t n_namesz; /* 8 */
    uint32_t n_descsz; /* 4 */
    uint32_t n_type;   /* 1 */
    char name[8];      /* "OpenBSD" */
    uint32_t version;  /* 0 */
};

#define NOT_OPENBSD_NOTE_DECLARE()                                             \
    static const struct not_openbsd_note solo5_not_openbsd_note                \
            __attribute__((section(".note.solo5.not_openbsd"), aligned(4),     \
                    used)) = {.n_namesz = 8,                                   \
                    .n_descsz = 4,                                             \
                    .n_type = 1,                                               \
                    .name = "OpenBSD",                                         \
                    .version = 0}

/*
 * An interpreter that can't exist (a trailing slash names a folder) makes a
 * Linux host refuse to run the image as a program. 24 bytes with the padding.
 */
#define SOLO5_INTERP "/nonexistent/solo5/"
#define SOLO5_INTERP_SIZE 24

#define SOLO5_INTERP_DECLARE()                                                 \
    static const char solo5_interp[SOLO5_INTERP_SIZE]                          \
            __attribute__((section(".interp"), aligned(8), used)) =            \
                    SOLO5_INTERP

#endif /* SOLO5_ELF_ABI_H */
