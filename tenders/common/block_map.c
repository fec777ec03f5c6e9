/* SPDX-License-Identifier: ISC */
#include "block_map.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * Filesystems whose pages are the file, for read(2) as for a mapping. Others may know of
 * changes that a mapping does not (other machines', a server's), or keep data twice. XFS clears
 * the rest of the last page before a shorter file's other pages go, in xfs_setattr_size(), and what
 * is below an overlay may be any of these.
 */
static const struct kind {
    uint64_t fs;
    bool in_memory; /* a hole that is read would become memory; where pages are huge, one may
                     * stay mapped behind the end of its file */
} kinds[] = {
        {EXT4_SUPER_MAGIC, false}, /* and ext2, ext3 */
        {BTRFS_SUPER_MAGIC, false},
        {F2FS_SUPER_MAGIC, false},
        {TMPFS_MAGIC, true},
        {RAMFS_MAGIC, false}, /* for read(2), too */
};

static const struct kind *kind_of(uint64_t fs)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].fs == fs)
            return &kinds[i];
    return NULL;
}

static bool file_suits(const struct block_map_file *f, uint64_t page)
{
    const struct kind *k = kind_of(f->fs);

    return k && (!k->in_memory || (f->allocated >= f->capacity && f->unit <= page));
}

/* O_DIRECT: who opened it wants nothing of the page cache. */
bool block_map_suits(const struct block_map_file *f, uint64_t page)
{
    if ((f->flags & O_DIRECT) || f->capacity > BLOCK_MAP_DEVICE_MAX || f->capacity / page < 2)
        return false;
    return S_ISBLK(f->mode) || (S_ISREG(f->mode) && file_suits(f, page));
}

/* The whole pages of it that may be mapped, in bytes. */
static uint64_t pages_of(const struct device *dev, uint64_t page)
{
    struct stat st;
    struct statfs fs;
    int flags;

    if (dev->type != MFT_DEV_BLOCK_BASIC || (flags = fcntl(dev->fd, F_GETFL)) < 0 ||
            fstat(dev->fd, &st) != 0 || fstatfs(dev->fd, &fs) != 0)
        return 0;
    const struct block_map_file f = {.mode = st.st_mode,
            .flags = flags,
            .fs = (uint64_t)fs.f_type,
            .capacity = dev->capacity,
            .allocated = (uint64_t)st.st_blocks * 512,
            .unit = (uint64_t)st.st_blksize};
    return block_map_suits(&f, page) ? dev->capacity & ~(page - 1) : 0;
}

/*
 * All or none of those that have a size, from AT on: no room between them for anything else.
 * Private mappings that nobody writes to have the file's own pages, on Linux. A shared one of a
 * file that is open for writing would make the kernel look after caches in each read and write.
 */
static bool map_all(struct devices *devs, uint8_t *at)
{
    for (unsigned i = 1; i < MFT_MAX_ENTRIES; i++) {
        struct device *dev = &devs->d[i];
        if (dev->mapped == 0)
            continue;
        if (mmap(at, dev->mapped, PROT_READ, MAP_PRIVATE | MAP_FIXED, dev->fd, 0) != at)
            return false;
        dev->map = at;
        at += dev->mapped;
    }
    return true;
}

static void forget_all(struct devices *devs)
{
    for (unsigned i = 1; i < MFT_MAX_ENTRIES; i++) {
        devs->d[i].map = NULL;
        devs->d[i].mapped = 0;
    }
}

void block_map_open(struct devices *devs)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t size = 0;

    for (unsigned i = 1; i < MFT_MAX_ENTRIES; i++)
        if (devs->d[i].type == MFT_DEV_BLOCK_BASIC)
            size += devs->d[i].mapped = pages_of(&devs->d[i], page);
    if (size == 0)
        return;
    uint8_t *base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        forget_all(devs);
        return;
    }
    if (!map_all(devs, base)) {
        forget_all(devs);
        munmap(base, size);
        return;
    }
    devs->maps = (struct device_maps){{(uintptr_t)base, (uintptr_t)base + size}, page};
}
