/* SPDX-License-Identifier: ISC */
#ifndef BLOCK_COPY_H
#define BLOCK_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * <cpu>/block_copy.S: copy SIZE bytes, a multiple of 64 that is not 0, from a mapped file, then
 * read the byte at PROBE. False: a page is not there (ext_abi.h, EXT_F_BLOCK_MAP).
 */
bool block_copy(uint8_t *to, const uint8_t *from, size_t size, const uint8_t *probe);

#endif /* BLOCK_COPY_H */
