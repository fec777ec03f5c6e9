/* SPDX-License-Identifier: ISC */
/* touch ROUNDS: memory of a plain process, in pages as they are and in huge ones. */
#include <sys/mman.h>

#include "floor.h"

#include "../touch.h"

static void mapping(struct bench *b, const char *key, int advice)
{
    size_t size = (size_t)(b->rounds + 2) * TOUCH_ALIGN;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    floor_require(p != MAP_FAILED, "mmap");
    madvise(p, size, advice); /* where there are none, both are the same */
    touch(b, key, (uintptr_t)p, size);
    munmap(p, size);
}

int main(int argc, char **argv)
{
    struct bench b = {.now = floor_now, .write = floor_write};

    floor_require(argc > 1, "ROUNDS");
    bench_options(&b, argv[1]);
    mapping(&b, "touch", MADV_NOHUGEPAGE);
    mapping(&b, "huge_touch", MADV_HUGEPAGE);
    return b.failed;
}
