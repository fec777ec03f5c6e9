/* SPDX-License-Identifier: ISC */
/* hvt: the guest's pages can be told apart, so that code is no more than that. */
#define TEXT_FLAGS PF_X
#define EXT_NOTE
#include "hvt/known.h"
#include "image.lds.h"
