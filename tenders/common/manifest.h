/* SPDX-License-Identifier: ISC */
/*
 * manifest.h: the manifest of an image, checked, with what only the tender may
 * fill in set to zero.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "mft_abi.h"

struct elf;

/* The same bytes as struct mft with MFT_MAX_ENTRIES entries. */
struct manifest {
    uint32_t version;
    uint32_t entries; /* 1 to MFT_MAX_ENTRIES; e[0] is reserved */
    struct mft_entry e[MFT_MAX_ENTRIES]; /* so many of them */
};

/* Bytes of the manifest that are in use: what a guest is given. */
size_t manifest_size(const struct manifest *m);

/* Is this entry a device that must be attached? */
bool manifest_is_device(const struct mft_entry *e);

/* "NET_BASIC" or "BLOCK_BASIC". */
const char *manifest_type_name(mft_type_t type);

/*
 * Check the note's content (after its padding), at AT in the file, and copy it into *M. What is
 * beyond its entries is as it was: most images have few, and need not touch those pages.
 */
int manifest_check(struct manifest *m, const void *bytes, size_t size, uint64_t at,
        struct err *err);

/* Find the note in an image and check it. */
int manifest_read(struct manifest *m, const struct elf *elf, struct err *err);

/* Index of the entry of this name and type, 0 if there is none. */
unsigned manifest_find(const struct manifest *m, const char *name, mft_type_t type);

#endif /* MANIFEST_H */
