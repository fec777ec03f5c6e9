/* SPDX-License-Identifier: ISC */
/*
 * glue.h: what a C library wants of the system it runs on, made of solo5.h. Whatever is
 * particular to one library is in glue_LIBRARY.c.
 */
#ifndef GLUE_H
#define GLUE_H

#include "solo5.h"

/* Give the library its heap: all memory but the room for the stack. */
void glue_init(const struct solo5_start_info *info);

#endif /* GLUE_H */
