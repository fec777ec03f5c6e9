/* SPDX-License-Identifier: ISC */
/* block ROUNDS COUNT FILE: pread(2) and pwrite(2). */
#include <fcntl.h>

#include "floor.h"

static int disk;

static bool disk_read(uint64_t offset, uint8_t *buf, size_t size)
{
    return pread(disk, buf, size, (off_t)offset) == (ssize_t)size;
}

static bool disk_write(uint64_t offset, uint8_t *buf, size_t size)
{
    return pwrite(disk, buf, size, (off_t)offset) == (ssize_t)size;
}

#include "../block.h"

int main(int argc, char **argv)
{
    struct bench b = floor_bench(argv);

    disk = argc == 4 ? open(argv[3], O_RDWR) : -1;
    floor_require(disk >= 0, "ROUNDS COUNT FILE");
    block(&b);
    return b.failed;
}
