/* SPDX-License-Identifier: ISC */
/*
 * pie.h: images that can be at any address (EXT_F_PIE): where they go, and the pointers in
 * them that have to follow.
 *
 * elf_plan() has checked it at the lowest address. The whole plan moves up, by a distance
 * after which all of that still holds.
 */
#ifndef PIE_H
#define PIE_H

#include <stdint.h>

#include "err.h"
#include "ext.h"
#include "guest_mem.h"
#include "image.h"

/*
 * What moving may take from MEM: a quarter of --mem, and never the last PIE_KEEP bytes
 * above the image, which the guest starts with.
 */
#define PIE_KEEP 0x100000

/* In how many places PLAN, not moved yet, can be: at least 1. *STEP is between them. */
uint64_t pie_places(const struct elf_plan *plan, const struct guest_mem *mem,
        uint64_t *step);

/* Move PLAN up by DISTANCE. */
void pie_move(struct elf_plan *plan, uint64_t distance);

/* Move PLAN to one of its places, if EXT says so: getrandom(2) chooses. */
int pie_place(struct elf_plan *plan, const struct ext *ext, const struct guest_mem *mem,
        struct err *err);

/*
 * Read the table of relocations once, check each and apply it to MEM, into which PLAN was
 * loaded. Nothing to do for an image at its own address.
 */
int pie_relocate(const struct elf *elf, const struct elf_plan *plan, const struct ext *ext,
        struct guest_mem *mem, struct err *err);

/* For -v, behind the address of the entry: "" for a fixed one. */
struct pie_words {
    char text[64];
};
struct pie_words pie_report(const struct elf_plan *plan);

#endif /* PIE_H */
