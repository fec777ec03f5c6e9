/* SPDX-License-Identifier: ISC */
/*
 * bounds.c: which buffers can't be right. A tender ends a guest that passes such a one,
 * a kernel returns an error of its own; found here, it is the same on every target.
 */
#include "bindings.h"

/* Below it there is no memory on any target. */
#define LOWEST 0x10000

/* Ends of constants, and the template of thread-local variables: the linker script. */
extern const char _erodata[], _stdata[], _edata[];

static uint64_t mem_size;

void bounds_init(uint64_t size)
{
    mem_size = size;
}

static bool within(uintptr_t start, size_t size, uintptr_t lowest)
{
    return start >= lowest && start <= mem_size && size <= mem_size - start;
}

bool bounds_readable(const void *buf, size_t size)
{
    return within((uintptr_t)buf, size, LOWEST);
}

bool bounds_writable(const void *buf, size_t size)
{
    uintptr_t start = (uintptr_t)buf, end = start + size;

    if (!within(start, size, (uintptr_t)_erodata))
        return false;
    uintptr_t from = start > (uintptr_t)_stdata ? start : (uintptr_t)_stdata;
    uintptr_t to = end < (uintptr_t)_edata ? end : (uintptr_t)_edata;
    return from >= to;
}
