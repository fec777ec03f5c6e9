/* SPDX-License-Identifier: ISC */
/*
 * filter.h: the rows of a struct sandbox and the limits of block devices as one program for
 * seccomp(2), in classic BPF.
 *
 * What it answers for a call:
 *
 *      another CPU's or ABI's numbering    kill
 *      no row has its number               kill
 *      pread64, pwrite64 that has a row    as struct sandbox_block says; on none of these: kill
 *      any other                           as the first row says of which each argument is equal
 *                                          in all 64 bits; if there is none, or if the argument
 *                                          that this row limits is above its limit: kill
 *
 * The kernel runs it before each system call, so it is made for few steps: a few numbers are
 * compared in the order in which the rows were added, the others one half after the other, and each
 * argument once for all rows of a number.
 */
#ifndef FILTER_H
#define FILTER_H

#include "sandbox.h"

/* Write it into CODE, of MAX instructions; returns how many it has, 0 if it has no room. */
size_t filter_compile(const struct sandbox *sb, const struct sandbox_block *blocks,
        size_t n_blocks, struct sock_filter *code, size_t max);

#endif /* FILTER_H */
