/* SPDX-License-Identifier: ISC */
/*
 * glue.h: what a C library wants of the system it runs on, made of solo5.h. Whatever is
 * particular to one library is in glue_LIBRARY.c.
 *
 * An ordinary main() is called with the command line in words, on a thread with thread-local
 * storage. The heap is all memory but the room for the stack.
 */
#ifndef GLUE_H
#define GLUE_H

#include "solo5.h"

#include <stddef.h>

/* What the guest was started with, and main()'s thread pointer. */
extern const struct solo5_start_info *glue_start_info;
extern uintptr_t glue_main_tp;

#endif /* GLUE_H */
