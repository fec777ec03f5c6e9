/* SPDX-License-Identifier: ISC */
#define TEXT_FLAGS PF_R | PF_X
#include "image.lds.h"
