/* SPDX-License-Identifier: ISC */
/*
 * mft_abi.h: the manifest, the list of the devices an image needs.
 *
 * It is a note in the image (section .note.solo5.manifest, symbol
 * __solo5_mft1_note), made by `solo5-elftool gen-manifest`. The tender checks it,
 * attaches a host resource to every entry, fills in its own copy and gives that
 * to the guest. The index of an entry is the device's handle.
 */
#ifndef SOLO5_MFT_ABI_H
#define SOLO5_MFT_ABI_H

#include <stdbool.h>
#include <stdint.h>

#include "elf_abi.h"

#define MFT_VERSION 1
#define MFT_MAX_ENTRIES 64 /* with the reserved entry 0 */
#define MFT_NAME_SIZE 68   /* bytes of name[], the last one always 0 */
#define MFT_NAME_MAX 67    /* letters and digits in a name */

typedef enum mft_type {
    MFT_DEV_BLOCK_BASIC = 1,
    MFT_DEV_NET_BASIC = 2,
    MFT_RESERVED_FIRST = 1 << 30 /* this and above: no device */
} mft_type_t;

struct mft_block_basic {
    uint64_t capacity;   /* bytes */
    uint16_t block_size; /* bytes */
};

struct mft_net_basic {
    uint8_t mac[6];
    uint16_t mtu; /* bytes, without the Ethernet header */
};

/* 104 bytes. In the file all but name and type is 0; the tender fills the rest. */
struct mft_entry {
    char name[MFT_NAME_SIZE]; /* ASCII letters and digits, NUL padded */
    mft_type_t type;
    union {
        struct mft_block_basic block_basic;
        struct mft_net_basic net_basic;
    } u;
    union {
        int hostfd; /* spt: the descriptor; hvt: 0 */
        void *data;
    } b;
    bool attached;
};

#ifndef MFT_ENTRIES
#define MFT_ENTRIES /* then e[] is a flexible array */
#elif MFT_ENTRIES > MFT_MAX_ENTRIES
#error "a manifest has at most 63 devices"
#endif

struct mft {
    uint32_t version; /* MFT_VERSION */
    uint32_t entries; /* 1 to MFT_MAX_ENTRIES */
    struct mft_entry e[MFT_ENTRIES]; /* e[0]: MFT_RESERVED_FIRST, no name */
};

#define MFT1_NOTE_NAME SOLO5_NOTE_NAME
#define MFT1_NOTE_TYPE 0x3154464d /* "MFT1" as little-endian bytes */

/* struct mft stands at note offset 24: the descriptor begins with padding. */
#define MFT1_NOTE_PAD 4

/* Sizes in the file; struct mft can't be asked when e[] is flexible. */
#define MFT_HEADER_SIZE 8
#define MFT_ENTRY_SIZE 104
#define MFT1_NOTE_MAX_SIZE \
    (MFT1_NOTE_PAD + MFT_HEADER_SIZE + MFT_MAX_ENTRIES * MFT_ENTRY_SIZE)

/*
 * A manifest in C: the initialiser of a struct mft between the two macros, with
 * MFT_ENTRIES defined as its number of entries before this file is included.
 */
#define MFT1_NOTE_DECLARE_BEGIN                                                \
    struct solo5_mft1_note {                                                   \
        uint32_t n_namesz;                                                     \
        uint32_t n_descsz;                                                     \
        uint32_t n_type;                                                       \
        char name[8];                                                          \
        uint32_t pad;                                                          \
        struct mft m;                                                          \
    } __attribute__((packed, aligned(4)));                                     \
    extern const struct solo5_mft1_note __solo5_mft1_note;                     \
    const struct solo5_mft1_note __solo5_mft1_note                             \
            __attribute__((section(".note.solo5.manifest"), aligned(4),        \
                    used)) = {                                                 \
                    .n_namesz = SOLO5_NOTE_NAMESZ,                             \
                    .n_descsz = MFT1_NOTE_PAD + sizeof(struct mft),            \
                    .n_type = MFT1_NOTE_TYPE,                                  \
                    .name = MFT1_NOTE_NAME,                                    \
                    .m =

#define MFT1_NOTE_DECLARE_END                                                  \
    }                                                                          \
    ;

#endif /* SOLO5_MFT_ABI_H */
