/* SPDX-License-Identifier: ISC */
/*
 * sandbox.h: the system calls this process may still make, as a table of rows
 * with reasons. Everything else, and every other architecture's numbering, kills
 * the process.
 *
 * It is one seccomp filter, which filter.h makes of them.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "devices.h"
#include "err.h"

#define SANDBOX_MAX_CMP 4
#define SANDBOX_MAX_ROWS 512

/* The kernel makes the call. */
#define SANDBOX_MADE (-1)

/* No argument has a limit. */
#define SANDBOX_ANY_ARG 6

/* One allowed call: number, and what its arguments must be (64-bit compare). */
struct sandbox_row {
    int nr;           /* __NR_... */
    const char *call; /* its name */
    const char *why;
    int answer; /* SANDBOX_MADE; else it is not made: its error, 0 for none */
    unsigned n_cmp;
    struct sandbox_cmp {
        unsigned arg; /* 0 to 5 */
        uint64_t value;
    } cmp[SANDBOX_MAX_CMP];
    unsigned limited; /* argument that is at most MOST, or the call kills; SANDBOX_ANY_ARG */
    uint32_t most;
};

struct sandbox {
    size_t n_rows;
    struct sandbox_row rows[SANDBOX_MAX_ROWS];
};

/*
 * Rows are compared in the order in which their calls were added first: what is asked for most
 * comes first. Of pread64 and pwrite64, a row only says that the block devices decide on them:
 * see struct sandbox_block.
 */

/* Add a row; n_cmp pairs follow as (unsigned arg, uint64_t value). */
void sandbox_allow(struct sandbox *sb, int nr, const char *call, const char *why,
        unsigned n_cmp, ...);

/* The same for a call that is answered with ERROR in place of being made. */
void sandbox_answer(struct sandbox *sb, int nr, const char *call, const char *why, int error,
        unsigned n_cmp, ...);

/*
 * Of the row added last: where all else is as it says, argument ARG must be at most MOST, or the
 * call kills. A signal waits for a call that the kernel does not interrupt, so none may be long.
 */
void sandbox_limit(struct sandbox *sb, unsigned arg, uint32_t most);

/*
 * Rows for what the compiler has put into this program. There are none but in a build with
 * sanitizers, which is for tests (make check-sanitized).
 */
void sandbox_allow_runtime(struct sandbox *sb);

/* The most bytes a guest may move in one call on a block device. */
#define SANDBOX_BLOCK_CAP (1U << 20)

/*
 * A block device's limits for pread64 and pwrite64: the length a multiple of UNIT
 * (a power of two), 1 to CAP bytes, offset + length <= capacity. READ_ONLY: a pwrite64
 * within them is not made, and fails with EBADF.
 */
struct sandbox_block {
    int fd;
    bool read_only;
    uint32_t unit;
    uint32_t cap;
    uint64_t capacity;
};

/* Is it one of those that read and write block devices? */
bool sandbox_is_block_call(int nr);

/*
 * Print what can be called and with which arguments, in lines of words; a first line
 * says it of PROGRAM. 0, or -1 if it could not be written.
 */
int sandbox_print(FILE *out, const char *program, const struct sandbox *sb,
        const struct sandbox_block *blocks, size_t n_blocks);

/* The filter as the kernel takes it, and how to hand it over: call(operation, flags, program). */
struct sandbox_filter {
    long call, operation, flags;
    struct sock_fprog program;
};

#define SANDBOX_CODE_MAX BPF_MAXINSNS /* no kernel takes more */

/*
 * Make it, in CODE. Also sets no_new_privs, without which the kernel takes none, and makes
 * sure that it knows how to kill a process.
 */
int sandbox_make(const struct sandbox *sb, const struct sandbox_block *blocks,
        size_t n_blocks, struct sock_filter code[SANDBOX_CODE_MAX],
        struct sandbox_filter *f, struct err *err);

/* Install what sandbox_make() made, for all threads. No way back. */
int sandbox_start(const struct sandbox_filter *f, struct err *err);

/* Refuse a process whose every readable page is executable, too, or that has a page 0. */
int sandbox_check_personality(struct err *err);

#endif /* SANDBOX_H */
