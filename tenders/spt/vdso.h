/* SPDX-License-Identifier: ISC */
/*
 * vdso.h: the kernel's code for clocks, which every process has mapped, for the guest to call
 * (EXT_F_CLOCK_VDSO), and where it and its data are, as they have to stay for that.
 */
#ifndef VDSO_H
#define VDSO_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "guest_mem.h"

struct vdso_name {
    const char *symbol, *version;
};

/* <cpu>/vdso_cpu.c: clock_gettime(), see vdso(7). */
extern const struct vdso_name vdso_clock;

/* Some kernels have three: code, data, data of virtual machines' clocks. */
#define VDSO_PIECES 8

struct vdso {
    uint64_t clock; /* clock_gettime(); 0: there is none, and no pieces */
    size_t n;
    struct guest_mem_range piece[VDSO_PIECES];
};

/* This process's. */
int vdso_find(struct vdso *v, struct err *err);

/*
 * What vdso_find() consists of. The pieces that LINES, those of /proc/PID/maps, name; the code
 * begins at START, and *CODE says where it is. The ends of lines become 0.
 */
int vdso_pieces(struct vdso *v, char *lines, uint64_t start, struct guest_mem_range *code,
        struct err *err);

/* How far behind its first byte an ELF image of SIZE bytes has this function; 0: it has not. */
uint64_t vdso_function(const void *image, size_t size, const struct vdso_name *name);

#endif /* VDSO_H */
