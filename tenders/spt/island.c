/* SPDX-License-Identifier: ISC */
#include "island.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

#include "spt.h"

#define STACK_SIZE (128U << 10)
#define STACK_USED 4096 /* before the guest begins, at most */

_Static_assert(sizeof(struct island_scratch) < STACK_SIZE - (32U << 10),
        "room for island_go()'s frame and a signal's");

/* The linker's: the section. */
extern const char __start_island[], __stop_island[];

/* Words follow each other, as in /proc/PID/cmdline. */
static size_t line_size(char *const *argv)
{
    size_t n = 0;

    for (; *argv; argv++)
        n += strlen(*argv) + 1;
    return n;
}

static void copy_line(uint8_t *to, char *const *argv)
{
    for (; *argv; argv++) {
        size_t n = strlen(*argv) + 1;
        memcpy(to, *argv, n);
        to += n;
    }
}

int island_open(struct island *is, char *const *argv, struct err *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    is->line = line_size(argv);
    is->before = (is->line + sizeof *is->fixed + page - 1) & ~(page - 1);
    is->stack_size = STACK_SIZE;
    uint8_t *p = mmap(NULL, is->before + STACK_SIZE, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return err_errno(err, "could not map a stack for signals");
    copy_line(p, argv);
    is->scratch = (void *)(p + is->before);
    is->fixed = (struct island_fixed *)(void *)is->scratch - 1;
    return 0;
}

int island_seal(const struct island *is, struct err *err)
{
    if (mprotect((uint8_t *)is->scratch - is->before, is->before, PROT_READ) != 0)
        return err_errno(err, "could not protect the memory of the signals' handler");
    return 0;
}

/*
 * On the island
 */

static const char stays[] =
        "solo5-spt: note: a wall is missing: memory besides the guest's stays";
static const char failed[] = "solo5-spt: could not install a seccomp filter\n";

/* The most pages of a mapping that can't be split. */
#define WHOLE 16

/* After so many calls that failed, what is there stays. */
#define REFUSALS 20000

/* Behind what any CPU's or kernel's processes can have, then less and less. */
ISLAND static uint64_t next_top(uint64_t top)
{
    const uint64_t bits_56 = (1ULL << 56) - 4096, bits_47 = (1ULL << 47) - 4096;

    if (top == 0)
        return bits_56;
    if (top == bits_56)
        return 1ULL << 52;
    if (top == 1ULL << 47)
        return bits_47;
    if (top == bits_47)
        return 1ULL << 46;
    return top >> 1;
}

ISLAND static bool unmap(struct island_scratch *s, uint64_t start, uint64_t end)
{
    if (start >= end || raw_call(SYS_munmap, (long)start, (long)(end - start), 0, 0) == 0)
        return true;
    s->refusals++;
    return false;
}

/* START can't go alone. Some mappings of the kernel's own go whole or not at all. */
ISLAND static uint64_t pass_by(struct island_scratch *s, uint64_t start, uint64_t end)
{
    for (uint64_t n = 2; n <= WHOLE && n * s->page <= end - start; n++)
        if (unmap(s, start, start + n * s->page))
            return start + n * s->page;
    s->stays = true;
    return start + s->page;
}

/* Something in there can't be unmapped, because it is sealed, say: all around it can. */
ISLAND static void unmap_around(struct island_scratch *s, uint64_t start, uint64_t end)
{
    uint64_t size = end - start;

    while (start < end && s->refusals < REFUSALS) {
        if (size > end - start)
            size = end - start;
        if (unmap(s, start, start + size)) {
            start += size;
            size *= 2;
        } else if (size > s->page) {
            size = size / 2 & ~(s->page - 1);
        } else {
            start = pass_by(s, start, end);
        }
    }
    if (start < end)
        s->stays = true;
}

/* The last gap's end, that of addresses, is the first that the kernel does not call invalid. */
ISLAND static void unmap_rest(struct island_scratch *s, uint64_t start)
{
    long r = -EINVAL;
    uint64_t end = 0;

    while (r == -EINVAL) {
        end = next_top(end);
        if (end <= start)
            break;
        r = raw_call(SYS_munmap, (long)start, (long)(end - start), 0, 0);
    }
    if (r == -EINVAL)
        s->stays = true;
    else if (r != 0)
        unmap_around(s, start, end);
}

ISLAND static void unmap_gap(struct island_scratch *s, const struct guest_mem_range *gap)
{
    if (gap->end == 0)
        unmap_rest(s, gap->start);
    else if (!unmap(s, gap->start, gap->end))
        unmap_around(s, gap->start, gap->end);
}

ISLAND __attribute__((noreturn)) static void give_up(const char *text, size_t len)
{
    raw_call(SYS_write, STDERR_FILENO, (long)text, (long)len, 0);
    for (;;)
        raw_call(SYS_exit_group, 1, 0, 0, 0);
}

/* Runs on the island's stack. The filter allows no munmap(2), so it comes after it. */
ISLAND static void island_go(struct island_scratch *s)
{
    const struct sandbox_filter *f = &s->filter;
    uint64_t stack_top = s->stack_top, entry = s->entry, boot_info = s->boot_info;
    uint8_t *top = (uint8_t *)s + STACK_SIZE;
    const struct sock_filter *end = s->code + s->used;

    for (size_t i = 0; i < s->n_gaps; i++)
        unmap_gap(s, &s->gap[i]);
    if (s->stays)
        raw_call(SYS_write, STDERR_FILENO, (long)s->note, (long)s->note_size, 0);
    if (raw_call(f->call, f->operation, f->flags, (long)&f->program, 0) != 0)
        give_up(s->failed, sizeof failed - 1);
    /* Without memset(3), which is not here. What was not used was never touched. */
    for (volatile uint64_t *p = (void *)&s->n_gaps; p < (const uint64_t *)(const void *)end; p++)
        *p = 0;
    launch(stack_top, entry, boot_info, top - STACK_USED, top);
}

/*
 * On the mainland
 */

/*
 * The kernel writes to this part of thread-local storage whenever it likes, and kills a
 * process that does not have it any more. The length must be the one it was registered
 * with, which newer libraries don't tell.
 */
static int forget_rseq(void)
{
#ifdef RSEQ_SIG
    const int unregister = 1;

    if (__rseq_size == 0)
        return 0;
    for (unsigned len = 32; len <= 1024; len += 32)
        if (syscall(SYS_rseq, thread_pointer() + (uint64_t)__rseq_offset, len, unregister,
                    RSEQ_SIG) == 0)
            return 0;
    return -1;
#else
    return 0;
#endif
}

/*
 * Tell the kernel where the command line is now: proc(5) reads it from our memory. The other
 * addresses are for proc(5) and brk(2), too, and nothing is there any more; prctl(2) checks
 * the order of all of them. PR_SET_MM_MAP needs no capability.
 */
static void move_line(const struct island *is)
{
    const uint64_t line = (uintptr_t)is->scratch - is->before, end = line + is->line;
    const uint64_t nowhere = (uintptr_t)is->scratch + is->stack_size + 1;
    const struct prctl_mm_map map = {
            .start_code = line,
            .end_code = end,
            .start_data = line,
            .end_data = line,
            .start_brk = nowhere,
            .brk = nowhere,
            .start_stack = nowhere,
            .arg_start = line,
            .arg_end = end,
            .env_start = end,
            .env_end = end,
            .exe_fd = (uint32_t)-1,
    };

    /* Without it the kernel finds nothing: ps(1) has the program's name. */
    (void)prctl(PR_SET_MM, PR_SET_MM_MAP, (unsigned long)&map, sizeof map, 0);
}

/* All below, between and above the N pieces that stay, which are in ascending order. */
static void find_gaps(struct island_scratch *s, const struct guest_mem_range *keep, size_t n)
{
    s->gap[0] = (struct guest_mem_range){.start = 0, .end = keep[0].start};
    for (size_t i = 0; i < n; i++)
        s->gap[i + 1] = (struct guest_mem_range){
                .start = keep[i].end, .end = i + 1 < n ? keep[i + 1].start : 0};
    s->n_gaps = n + 1;
}

/* In ascending order. */
static void insert(struct guest_mem_range keep[ISLAND_GAPS], size_t n, struct guest_mem_range r)
{
    for (; n > 0 && keep[n - 1].start > r.start; n--)
        keep[n] = keep[n - 1];
    keep[n] = r;
}

static void plan(struct island *is, const struct guest_mem *mem, const struct vdso *vdso,
        const struct guest_mem_range *maps)
{
    const uint64_t page = mem->page, start = (uintptr_t)is->scratch - is->before;
    const struct guest_mem_range own[] = {
            {(uintptr_t)mem->host, mem->end},
            {(uintptr_t)__start_island & ~(page - 1),
                    ((uintptr_t)__stop_island + page - 1) & ~(page - 1)},
            {start, start + is->before + is->stack_size},
    };
    struct guest_mem_range keep[ISLAND_GAPS];
    size_t n = 0;

    for (; n < sizeof own / sizeof own[0]; n++)
        insert(keep, n, own[n]);
    if (maps->end != 0)
        insert(keep, n++, *maps);
    for (size_t i = 0; i < vdso->n; i++)
        insert(keep, n++, vdso->piece[i]);
    find_gaps(is->scratch, keep, n);
    is->scratch->page = page;
}

void island_leave(struct island *is, const struct guest_mem *mem, const struct vdso *vdso,
        const struct guest_mem_range *maps, uint64_t entry, uint64_t boot_info, bool verbose)
{
    struct island_scratch *s = is->scratch;
    const char *why = "munmap(2) is refused";

    if (forget_rseq() == 0) {
        plan(is, mem, vdso, maps);
        move_line(is);
    } else {
        why = "rseq(2) is refused";
        s->stays = true;
    }
    if (verbose)
        s->note_size = (size_t)snprintf(s->note, sizeof s->note, "%s: %s\n", stays, why);
    memcpy(s->failed, failed, sizeof failed);
    s->stack_top = mem->size;
    s->entry = entry;
    s->boot_info = boot_info;
    s->used = s->filter.program.len;
    go_on_stack(s, (uint8_t *)s + is->stack_size, island_go);
}
