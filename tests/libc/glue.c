/* SPDX-License-Identifier: ISC */
#include "glue.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

/* The stack's part: 1 MiB, or half of what there is. */
#define STACK_MAX 0x100000

static uintptr_t heap_start, heap_now, heap_end;

void glue_init(const struct solo5_start_info *info)
{
    size_t stack = info->heap_size < 2 * STACK_MAX ? info->heap_size / 2 : STACK_MAX;

    heap_start = heap_now = info->heap_start;
    heap_end = info->heap_start + info->heap_size - stack;
}

void *sbrk(ptrdiff_t more)
{
    uintptr_t old = heap_now;

    if (more > 0 ? (uintptr_t)more > heap_end - old : (uintptr_t)-more > old - heap_start) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_now = old + (uintptr_t)more;
    return (void *)old;
}

void _exit(int status)
{
    solo5_exit(status);
}
