/* SPDX-License-Identifier: ISC */
#include "bindings.h"

/* Least room for heap and stack together. */
#define HEAP_MIN 0x80000

#define HEAP_ALIGN 4096

/* Ends of the image's parts, each on a page boundary: the linker script. */
extern const char _stext[], _etext[], _erodata[];

static void print_part(const char *part, const void *from, const void *to)
{
    log_at(LOG_INFO, "Solo5: %10s @ (0x%lx - 0x%lx)\n", part, (uintptr_t)from,
            (uintptr_t)to - 1);
}

static void print_map(uint64_t mem_size, uintptr_t heap_start)
{
    /* To the nearest MB: the net ring may have the last 64 KiB. */
    log_at(LOG_INFO, "Solo5: Memory map: %lu MB addressable:\n", (mem_size + (1 << 19)) >> 20);
    print_part("reserved", NULL, _stext);
    print_part("text", _stext, _etext);
    print_part("rodata", _etext, _erodata);
    print_part("data", _erodata, _end);
    log_at(LOG_INFO, "Solo5: %10s >= 0x%lx < stack < 0x%lx\n", "heap", heap_start, mem_size);
}

void heap_init(uint64_t mem_size, struct solo5_start_info *info)
{
    uintptr_t heap_start = ((uintptr_t)_end + HEAP_ALIGN - 1) & -(uintptr_t)HEAP_ALIGN;

    if (heap_start + HEAP_MIN > mem_size)
        PANIC("Not enough memory", NULL);
    print_map(mem_size, heap_start);
    info->heap_start = heap_start;
    info->heap_size = mem_size - heap_start;
}
