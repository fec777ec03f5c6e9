/* SPDX-License-Identifier: ISC */
/* spt: constants share the segment of the code. */
#define TEXT_FLAGS PF_R | PF_X
#define EXT_NOTE
#include "spt/known.h"
#include "image.lds.h"
