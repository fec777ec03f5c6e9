/* SPDX-License-Identifier: ISC */
/*
 * layout.h: an spt guest's memory, in the tender's own address space.
 *
 *      0x0                 nothing, so that a null pointer faults
 *      SPT_HOST_MEM_BASE   0x10000     guest memory begins: read/write
 *      SPT_BOOT_INFO_BASE  0x11000     struct spt_boot_info
 *                                      then the manifest, then the command line
 *      EXT_INFO_BASE       0x20000     struct ext_info, if the image has the note:
 *                                      64 KiB that the guest can't write
 *      SPT_GUEST_MIN_BASE  0x100000    image, segments with their own protection
 *                                      then heap, growing up,
 *      mem_size                        and stack, growing down from here
 *
 *      the tender's own program, libraries, heap and stack are far above, until all but
 *      island.h's piece is unmapped.
 */
#ifndef SPT_LAYOUT_H
#define SPT_LAYOUT_H

#include "ext_abi.h"
#include "manifest.h"
#include "spt_abi.h"

#define SPT_MANIFEST_BASE (SPT_BOOT_INFO_BASE + sizeof(struct spt_boot_info))

_Static_assert(sizeof(struct spt_boot_info) == 40, "the manifest follows at 0x11028");
_Static_assert(SPT_MANIFEST_BASE + sizeof(struct manifest) + SPT_CMDLINE_SIZE <=
                EXT_INFO_BASE,
        "the boot information ends before the extensions'");

#endif /* SPT_LAYOUT_H */
