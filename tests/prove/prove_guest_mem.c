/* SPDX-License-Identifier: ISC */
/*
 * The guest-address check, guest_mem.c as it is: every address, every length, every limit.
 * Its subtractions wrap at 5 bits where those of tenders wrap at 64.
 *
 * links: tenders/common/err.c
 */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hvt_abi.h"

#define WIDTH 5
typedef unsigned _BitInt(WIDTH) narrow;
#define ALL (1U << WIDTH)

#define uint64_t narrow
#include "../../tenders/common/guest_mem.c"
#undef uint64_t

/* As many bytes as there are addresses: what is returned must point into them. */
static uint8_t bytes[ALL];

static bool is_protected(const struct guest_mem *m, unsigned b)
{
    for (size_t i = 0; i < m->n_ro; i++)
        if (b >= (unsigned)m->ro[i].start && b < (unsigned)m->ro[i].end)
            return true;
    return false;
}

/* Each byte on its own, in integers that are wide enough. */
static void check(const struct guest_mem *m, unsigned gpa, unsigned len)
{
    bool readable = gpa >= (unsigned)m->base && gpa + len <= (unsigned)m->size;
    bool writable = gpa >= (unsigned)m->min && gpa + len <= (unsigned)m->size;
    const uint8_t *r = guest_mem_read(m, (narrow)gpa, (narrow)len);
    const uint8_t *w = guest_mem_write(m, (narrow)gpa, (narrow)len);

    for (unsigned b = gpa; b < gpa + len && writable; b++)
        writable = !is_protected(m, b);
    if (r != (readable ? bytes + gpa : NULL))
        fail_msg("read of %u at %u, memory %u to %u", len, gpa, (unsigned)m->base,
                (unsigned)m->size);
    /* Nothing to write inside a read-only range: either answer is safe. */
    if (w != (writable ? bytes + gpa : NULL) && !(len == 0 && !w))
        fail_msg("write of %u at %u, memory %u to %u", len, gpa, (unsigned)m->min,
                (unsigned)m->size);
    if (guest_mem_is_clear(m, (narrow)gpa, (narrow)len) && w != guest_mem_at(m, (narrow)gpa))
        fail_msg("%u at %u are not clear from %u", len, gpa, (unsigned)m->clear);
}

static void check_all(const struct guest_mem *m)
{
    for (unsigned gpa = 0; gpa < ALL; gpa++)
        for (unsigned len = 0; len < ALL; len++)
            check(m, gpa, len);
}

/* Every memory, with no, one and two read-only ranges. */
static void every_memory(void **state)
{
    struct guest_mem_range ro[2];
    struct guest_mem m = {.shift = (uintptr_t)bytes, .ro = ro};

    (void)state;
    /* The lower limits are two: what a guest may name, and what is written for it. */
    for (unsigned limits = 0; limits < ALL * ALL * ALL; limits++) {
        m.base = (narrow)(limits % ALL);
        m.min = m.clear = (narrow)(limits / ALL % ALL);
        m.size = (narrow)(limits / ALL / ALL);
        check_all(&m);
    }
    m.base = 1;
    m.min = 3;
    m.size = ALL - 2;
    for (unsigned cut = 0; cut < ALL * ALL * ALL * ALL; cut++) {
        const unsigned a = cut % ALL, b = cut / ALL % ALL, c = cut / ALL / ALL % ALL,
                       d = cut / ALL / ALL / ALL;
        if (a >= b || b > c || c >= d) /* as guest_mem_protect() makes them */
            continue;
        ro[0] = (struct guest_mem_range){(narrow)a, (narrow)b};
        ro[1] = (struct guest_mem_range){(narrow)c, (narrow)d};
        m.n_ro = 2;
        m.clear = m.min > ro[1].end ? m.min : ro[1].end;
        check_all(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_memory),
    };

    return cmocka_run_group_tests_name("prove_guest_mem", tests, NULL, NULL);
}
