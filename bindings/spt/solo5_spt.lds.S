/* SPDX-License-Identifier: ISC */
/* spt: x86_64 has no pages that can be executed but not read (without protection keys). */
#define TEXT_FLAGS PF_R | PF_X
#define EXT_NOTE
#include "spt/known.h"
#include "image.lds.h"
