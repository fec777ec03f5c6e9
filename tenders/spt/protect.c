/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <sys/mman.h>

#include "spt.h"

/* Linux, arch/arm64/include/uapi/asm/mman.h: PROT_BTI. */
#define PROT_GUARDED 0x10

void protect_guard(struct elf_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->segment[i].prot & PROT_EXEC)
            plan->segment[i].prot |= PROT_GUARDED;
}

static int plain_prot(const struct elf_segment *s)
{
    return s->prot;
}

static int exec_heap_prot(const struct elf_segment *s)
{
    return s->prot & PROT_WRITE ? s->prot | PROT_EXEC : s->prot;
}

int (*protect_prot(bool exec_heap))(const struct elf_segment *)
{
    return exec_heap ? exec_heap_prot : plain_prot;
}

static int memory_prot(bool exec_heap)
{
    return PROT_READ | PROT_WRITE | (exec_heap ? PROT_EXEC : 0);
}

/* Neighbouring segments of one protection. */
struct run {
    uint64_t start, end;
    int prot;
};

/* The run that begins with segment *I; *I becomes the first one after it. */
static struct run next_run(const struct elf_plan *plan, bool exec_heap, size_t *i)
{
    int (*prot)(const struct elf_segment *) = protect_prot(exec_heap);
    const struct elf_segment *s = &plan->segment[(*i)++];
    struct run r = {s->start, s->end, prot(s)};

    for (; *i < plan->count; (*i)++) {
        s = &plan->segment[*i];
        if (s->start != r.end || prot(s) != r.prot)
            break;
        r.end = s->end;
    }
    return r;
}

/* Two protections meet at an address in the middle of a page. */
static int too_close(uint64_t at, uint64_t page, struct err *err)
{
    return err_set(err,
            "segments cannot be separated on this host, whose pages have %llu bytes: memory "
            "of different protection meets at 0x%llx: link the image for such pages, or use "
            "the hvt target",
            (unsigned long long)page, (unsigned long long)at);
}

int protect_check(const struct elf_plan *plan, bool exec_heap, uint64_t page,
        struct err *err)
{
    const int around = memory_prot(exec_heap);

    for (size_t i = 0; i < plan->count;) {
        struct run r = next_run(plan, exec_heap, &i);

        if (r.prot == around)
            continue;
        if (r.start % page != 0)
            return too_close(r.start, page, err);
        if (r.end % page != 0)
            return too_close(r.end, page, err);
    }
    return 0;
}

int protect_apply(const struct elf_plan *plan, bool exec_heap, struct guest_mem *mem,
        struct err *err)
{
    for (size_t i = 0; i < plan->count;) {
        struct run r = next_run(plan, exec_heap, &i);

        if (r.prot != memory_prot(exec_heap) &&
                guest_mem_protect(mem, r.start, r.end, r.prot, err) != 0)
            return -1;
    }
    return 0;
}
