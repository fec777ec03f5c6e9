/* SPDX-License-Identifier: ISC */
#include "bindings.h"

/* Ends of constants, and the template of thread-local variables: the linker script. */
extern const char _erodata[], _stdata[], _edata[];

struct bounds bounds;

void bounds_init(uint64_t mem_size)
{
    bounds = (struct bounds){.end = mem_size,
            .data = (uintptr_t)_erodata,
            .template_start = (uintptr_t)_stdata,
            .template_end = (uintptr_t)_edata};
}
