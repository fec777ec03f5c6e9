/* SPDX-License-Identifier: ISC */
/*
 * A manifest as solo5-elftool writes it and as checked-in copies of such files
 * look: it must go on compiling, and lie at the right place in the note.
 */
#define MFT_ENTRIES 2
#include "mft_abi.h"

#include <stddef.h>

MFT1_NOTE_DECLARE_BEGIN
{
    .version = MFT_VERSION, .entries = 2,
    .e = {
        { .name = "", .type = MFT_RESERVED_FIRST },
        { .name = "net0", .type = MFT_DEV_NET_BASIC },
    }
}
MFT1_NOTE_DECLARE_END

_Static_assert(offsetof(struct solo5_mft1_note, m) == 24, "manifest note");
_Static_assert(sizeof(struct solo5_mft1_note) == 24 + 8 + 2 * 104, "manifest note");
