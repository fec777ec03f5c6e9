/* SPDX-License-Identifier: ISC */
/*
 * island.h: what is left of the tender once the guest runs in its place.
 *
 * Two pieces of memory stay: the section "island" of the program, with the code that removes
 * all else and the handler of signals, and a mapping with what these need. Nothing in them may
 * refer to anything outside: no library, no thread-local storage, no tables of the linker.
 *
 *      the command line        for ps(1); read-only before the image is loaded
 *      struct island_fixed     the same, at the end of a page
 *      struct island_scratch   here the handler's stack begins, 128 KiB, which grows down to it;
 *      ...                     zeros when the guest begins
 */
#ifndef ISLAND_H
#define ISLAND_H

#include <linux/filter.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "err.h"
#include "guest_mem.h"
#include "sandbox.h"
#include "vdso.h"

#define ISLAND                                                                      \
    __attribute__((section("island"), noinline, no_stack_protector,                 \
            no_sanitize("address", "undefined")))

#define ISLAND_SIGNALS 2 /* that are sent */

/* signals.c */
struct island_fixed {
    struct timespec at_once;
    uint64_t default_action[4]; /* the kernel's struct sigaction: SIG_DFL, no flags, no mask */
    uint64_t mask[ISLAND_SIGNALS];
    uint64_t length[ISLAND_SIGNALS];
    char text[ISLAND_SIGNALS][40];
    long pid;
    struct guest_mem_range maps; /* of files, where SIGBUS is for the guest */
} __attribute__((aligned(16)));

/* Around what stays: the guest's memory and disks, the two pieces, and those of the vDSO. */
#define ISLAND_GAPS (4 + VDSO_PIECES + 1)

/* The guest can write it: the handler reads nothing here that it has not written. */
struct island_scratch {
    struct pollfd out; /* the handler's, for ppoll(2) to write */
    size_t n_gaps;
    struct guest_mem_range gap[ISLAND_GAPS]; /* to be removed; the last one is open-ended */
    unsigned refusals;                       /* calls for that failed */
    bool stays;                              /* something is still there */
    uint64_t page;
    uint64_t stack_top, entry, boot_info;
    size_t note_size; /* bytes of it, if it is wanted */
    char note[112];   /* what to say if something stays */
    char failed[64];  /* what to say if the filter can't be installed */
    struct sandbox_filter filter;
    size_t used; /* of the code, which is last: most of it is never touched */
    struct sock_filter code[SANDBOX_CODE_MAX];
};

struct island {
    struct island_fixed *fixed;
    struct island_scratch *scratch; /* also where the stack begins */
    size_t stack_size;
    size_t before; /* bytes of the mapping before the scratch */
    size_t line;   /* of these, the command line's: each word ends with a 0 */
};

/* Map it, with a copy of ARGV, of which there is at least one. */
int island_open(struct island *is, char *const *argv, struct err *err);

/*
 * Its constants and the command line are read-only from here on. That takes a mapping more, and an
 * image that is already loaded could have left none of those that a process may have.
 */
int island_seal(const struct island *is, struct err *err);

/*
 * Leave everything else, MEM, MAPS and VDSO's pieces excepted: unmap it, install scratch->filter,
 * clear the scratch and go to ENTRY. What the kernel does not let go stays, page by page, and
 * with VERBOSE stderr says so.
 * /proc/PID/cmdline still has ARGV, if the kernel can be told where it is (Linux 3.5,
 * CONFIG_CHECKPOINT_RESTORE).
 */
void island_leave(struct island *is, const struct guest_mem *mem, const struct vdso *vdso,
        const struct guest_mem_range *maps, uint64_t entry, uint64_t boot_info, bool verbose)
        __attribute__((noreturn));

#endif /* ISLAND_H */
