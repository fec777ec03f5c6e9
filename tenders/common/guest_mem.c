/* SPDX-License-Identifier: ISC */
#include "guest_mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hvt_abi.h"

/* Guests may name memory from here on: below are tables nobody may touch. */
#define LOW_BASE 0x10000

static void set_limits(struct guest_mem *mem, void *host, uint64_t origin, uint64_t size)
{
    *mem = (struct guest_mem){
            .host = host,
            .shift = (uintptr_t)host - origin,
            .base = LOW_BASE,
            .min = HVT_GUEST_MIN_BASE,
            .clear = HVT_GUEST_MIN_BASE,
            .size = size,
            .end = size,
            .page = (uint64_t)sysconf(_SC_PAGESIZE),
    };
}

int guest_mem_size(uint64_t mib, uint64_t *size, struct err *err)
{
    *size = mib << 20;
    if (*size <= HVT_GUEST_MIN_BASE)
        return err_set(err,
                "--mem=%llu leaves no room for an image, which begins at 1 MiB: use --mem=2 "
                "or more",
                (unsigned long long)mib);
    return 0;
}

/* What is mapped is not committed, so nothing but a limit stands against it. */
static int no_room(uint64_t size, struct err *err)
{
    return err_errno(err,
            "could not map %llu bytes of guest memory (limits are the address space, "
            "RLIMIT_AS and vm.overcommit_memory=2)",
            (unsigned long long)size);
}

/*
 * Where transparent huge pages are always given, the first byte that a guest touches costs
 * 2 MiB: a small guest touches some hundred KiB in a few places.
 */
#define SMALL_GUEST (64ULL << 20)

/* Of a large one that holds for its stack, which is at the end. */
#define STACK_PART (2ULL << 20)

static int choose_pages(uint8_t *p, uint64_t size, bool huge, struct err *err)
{
    uint64_t part = size <= SMALL_GUEST ? size : STACK_PART;

    if (!huge)
        madvise(p + (size - part), part, MADV_NOHUGEPAGE); /* EINVAL: this kernel has none */
    else if (madvise(p, size, MADV_HUGEPAGE) != 0)
        return err_errno(err, "--hugepages: the kernel has none");
    return 0;
}

static uint8_t *map(uint64_t size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/*
 * From where the kernel has a huge page: what a page table maps that is a page. KVM gives the
 * guest one only where both addresses are such.
 */
static uint8_t *map_aligned(uint64_t size)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), unit = page / 8 * page;
    uint8_t *p = size <= UINT64_MAX - unit ? map(size + unit) : MAP_FAILED;

    if (p == MAP_FAILED)
        return map(size);
    uint64_t before = -(uintptr_t)p & (unit - 1);
    if (before > 0)
        munmap(p, before);
    munmap(p + before + size, unit - before);
    return p + before;
}

int guest_mem_alloc(struct guest_mem *mem, uint64_t size, bool huge, struct err *err)
{
    uint8_t *p = huge || size > SMALL_GUEST ? map_aligned(size) : map(size);

    if (p == MAP_FAILED)
        return no_room(size, err);
    set_limits(mem, p, 0, size);
    return choose_pages(p, size, huge, err);
}

int guest_mem_alloc_here(struct guest_mem *mem, uint64_t base, uint64_t size, bool exec,
        bool huge, struct err *err)
{
    int prot = PROT_READ | PROT_WRITE | (exec ? PROT_EXEC : 0);
    void *want = (void *)(uintptr_t)base;

    void *p = mmap(want, size - base, prot,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (p == MAP_FAILED && errno == EPERM)
        return err_set(err,
                "could not map guest memory at 0x%llx: permission denied "
                "(vm.mmap_min_addr must not be above 65536)",
                (unsigned long long)base);
    if (p == MAP_FAILED && errno == EEXIST)
        return err_set(err,
                "guest memory of %llu bytes does not fit below this program's own "
                "addresses: use a smaller --mem",
                (unsigned long long)size);
    if (p == MAP_FAILED)
        return no_room(size - base, err);
    /* Kernels before 4.17 take the address as a hint. */
    if (p != want) {
        munmap(p, size - base);
        return err_set(err, "the kernel did not map guest memory at 0x%llx",
                (unsigned long long)base);
    }
    set_limits(mem, p, base, size);
    return choose_pages(p, size - base, huge, err);
}

uint64_t guest_mem_reserve(struct guest_mem *mem, uint64_t size)
{
    mem->size = mem->end - size;
    return mem->size;
}

void *guest_mem_top(const struct guest_mem *mem)
{
    return guest_mem_at(mem, mem->size);
}

int guest_mem_forbid(struct guest_mem *mem, uint64_t start, uint64_t end, struct err *err)
{
    if (mem->clear < end)
        mem->clear = end;
    if (mem->n_ro > 0 && mem->ro[mem->n_ro - 1].end == start) {
        mem->ro[mem->n_ro - 1].end = end;
        return 0;
    }
    struct guest_mem_range *ro = realloc(mem->ro, (mem->n_ro + 1) * sizeof *ro);
    if (!ro)
        return err_errno(err, "could not protect guest memory");
    ro[mem->n_ro++] = (struct guest_mem_range){start, end};
    mem->ro = ro;
    return 0;
}

int guest_mem_protect(struct guest_mem *mem, uint64_t start, uint64_t end, int prot,
        struct err *err)
{
    if (start >= end)
        return 0;
    if (mprotect(guest_mem_at(mem, start), end - start, prot) != 0)
        return err_errno(err, "mprotect failed for guest memory 0x%llx-0x%llx",
                (unsigned long long)start, (unsigned long long)end);
    return prot & PROT_WRITE ? 0 : guest_mem_forbid(mem, start, end, err);
}

int guest_mem_map(struct guest_mem *mem, uint64_t start, uint64_t end, int prot, int fd,
        uint64_t offset, struct err *err)
{
    void *want = guest_mem_at(mem, start);
    const int how = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;

    if (mmap(want, end - start, prot, how, fd, (off_t)offset) == want)
        return 0;
    /*
     * A filesystem without mmap(2), or one whose files must not be executed. The attempt
     * may have left a hole. What may be written now is not protected later: with
     * --x-exec-heap it must be executable from here on.
     */
    int copy_prot = PROT_READ | PROT_WRITE | (prot & PROT_WRITE ? prot : 0);

    if (mmap(want, end - start, copy_prot, how | MAP_ANONYMOUS, -1, 0) != want)
        return err_errno(err, "could not map guest memory 0x%llx-0x%llx",
                (unsigned long long)start, (unsigned long long)end);
    return 1;
}

static bool is_read_only(const struct guest_mem *mem, uint64_t gpa, uint64_t len)
{
    for (size_t i = 0; i < mem->n_ro; i++)
        if (gpa < mem->ro[i].end && mem->ro[i].start < gpa + len)
            return true;
    return false;
}

void *guest_mem_write(const struct guest_mem *mem, uint64_t gpa, uint64_t len)
{
    if (!guest_mem_within(gpa, len, mem->min, mem->size))
        return NULL;
    if (gpa < mem->clear && is_read_only(mem, gpa, len))
        return NULL;
    return guest_mem_at(mem, gpa);
}
