/* SPDX-License-Identifier: ISC */
/*
 * Which devices are mapped, and which requests are served so.
 *
 * links: tenders/common/block_map.c
 */
#include "unit.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "block_map.h"

#define PAGE 4096ULL
#define REG (S_IFREG | 0600)

static const struct block_map_file good = {.mode = REG,
        .flags = O_RDWR,
        .fs = EXT4_SUPER_MAGIC,
        .capacity = 1 << 20,
        .allocated = 1 << 20,
        .unit = PAGE};

static void choice(void **state)
{
    const uint64_t tmpfs = TMPFS_MAGIC, overlay = OVERLAYFS_SUPER_MAGIC, nfs = NFS_SUPER_MAGIC;
    const struct {
        struct block_map_file f;
        bool suits;
    } rows[] = {
            {good, true},
            {{REG, O_RDONLY, good.fs, 1 << 20, 0, PAGE}, true},
            {{REG, O_RDWR | O_DIRECT, good.fs, 1 << 20, 1 << 20, PAGE}, false},
            {{REG, O_RDWR | O_SYNC, good.fs, 1 << 20, 1 << 20, PAGE}, true},
            /* sizes */
            {{REG, O_RDWR, good.fs, PAGE, PAGE, PAGE}, false},
            {{REG, O_RDWR, good.fs, 2 * PAGE - 1, 2 * PAGE, PAGE}, false},
            {{REG, O_RDWR, good.fs, 2 * PAGE, 2 * PAGE, PAGE}, true},
            {{REG, O_RDWR, good.fs, 1ULL << 30, 0, PAGE}, true},
            {{REG, O_RDWR, good.fs, (1ULL << 30) + 512, 0, PAGE}, false},
            {{REG, O_RDWR, good.fs, UINT64_MAX, 0, PAGE}, false},
            /* file systems */
            {{REG, O_RDWR, nfs, 1 << 20, 1 << 20, PAGE}, false},
            {{REG, O_RDWR, 0x65735546 /* FUSE */, 1 << 20, 1 << 20, PAGE}, false},
            {{REG, O_RDWR, HUGETLBFS_MAGIC, 1 << 20, 1 << 20, PAGE}, false},
            {{REG, O_RDWR, RAMFS_MAGIC, 1 << 20, 0, PAGE}, true},
            {{REG, O_RDWR, tmpfs, 1 << 20, 1 << 20, PAGE}, true},
            {{REG, O_RDWR, tmpfs, 1 << 20, (1 << 20) - 512, PAGE}, false},
            {{REG, O_RDWR, tmpfs, 1 << 20, 1 << 20, 2 << 20}, false},
            {{REG, O_RDWR, overlay, 1 << 20, 1 << 20, PAGE}, false},
            {{REG, O_RDWR, XFS_SUPER_MAGIC, 1 << 20, 1 << 20, PAGE}, false},
            /* what it is */
            {{S_IFBLK, O_RDWR, 0, 1 << 20, 0, PAGE}, true},
            {{S_IFBLK, O_RDWR | O_DIRECT, 0, 1 << 20, 0, PAGE}, false},
            {{S_IFBLK, O_RDWR, 0, 1ULL << 40, 0, PAGE}, false},
            {{S_IFCHR, O_RDWR, good.fs, 1 << 20, 1 << 20, PAGE}, false},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        if (block_map_suits(&rows[i].f, PAGE) != rows[i].suits)
            fail_msg("row %zu", i);
    assert_false(block_map_suits(&good, 1 << 20));
}

/*
 * Of this process
 */

static struct devices devs;
static uint64_t page;

/* Of PAGES and EXTRA bytes, all of them there. */
static void new_disk(unsigned handle, uint64_t pages, uint64_t extra, unsigned seals)
{
    struct device *d = &devs.d[handle];

    *d = (struct device){.type = MFT_DEV_BLOCK_BASIC,
            .fd = memfd_create("disk", MFD_CLOEXEC | MFD_ALLOW_SEALING),
            .capacity = pages * page + extra,
            .block_size = 512};
    assert_true(d->fd >= 0);
    assert_int_equal(posix_fallocate(d->fd, 0, (off_t)d->capacity), 0);
    uint8_t first = (uint8_t)handle;
    assert_int_equal(pwrite(d->fd, &first, 1, 0), 1);
    assert_true(seals == 0 || fcntl(d->fd, F_ADD_SEALS, seals) == 0);
}

static int setup(void **state)
{
    (void)state;
    page = (uint64_t)sysconf(_SC_PAGESIZE);
    devs = (struct devices){.n_block = 1};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 1; i < MFT_MAX_ENTRIES; i++)
        if (devs.d[i].type != 0)
            close(devs.d[i].fd);
    struct guest_mem_range r = devs.maps.range;
    return r.end ? munmap((void *)(uintptr_t)r.start, r.end - r.start) : 0;
}

static void one_range(void **state)
{
    (void)state;
    new_disk(1, 3, 0, 0);
    new_disk(5, 1, 0, 0);
    new_disk(62, 2, 512, 0);
    block_map_open(&devs);
    const uint8_t *base = (const void *)(uintptr_t)devs.maps.range.start;
    assert_int_equal(devs.maps.range.end - devs.maps.range.start, 5 * page);
    assert_int_equal(devs.maps.page, page);
    assert_ptr_equal(devs.d[1].map, base);
    assert_int_equal(devs.d[1].mapped, 3 * page);
    assert_null(devs.d[5].map);
    assert_int_equal(devs.d[5].mapped, 0);
    assert_ptr_equal(devs.d[62].map, base + 3 * page);
    assert_int_equal(devs.d[62].mapped, 2 * page);
    assert_int_equal(devs.d[1].map[0], 1);
    assert_int_equal(devs.d[62].map[0], 62);
    /* A write is seen at once. */
    assert_int_equal(pwrite(devs.d[62].fd, "x", 1, 7), 1);
    assert_int_equal(devs.d[62].map[7], 'x');
}

/* Nothing of it is in memory because of that. */
static void nothing_touched(void **state)
{
    char line[256], start[32], *rss = NULL;
    bool here = false;

    (void)state;
    new_disk(1, 4, 0, 0);
    block_map_open(&devs);
    assert_non_null(devs.d[1].map);
    FILE *f = fopen("/proc/self/smaps", "r");
    snprintf(start, sizeof start, "%lx-", (unsigned long)(uintptr_t)devs.d[1].map);
    while (f && !rss && fgets(line, sizeof line, f)) {
        here |= strncmp(line, start, strlen(start)) == 0;
        if (here && strncmp(line, "Rss:", 4) == 0)
            rss = line + 4;
    }
    assert_non_null(rss);
    assert_int_equal(strtoul(rss, NULL, 10), 0);
    fclose(f);
}

static void sealed(void **state)
{
    (void)state;
    new_disk(1, 4, 0, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    block_map_open(&devs);
    assert_non_null(devs.d[1].map);
    assert_int_equal(devs.d[1].map[0], 1);
}

/* And who has it mapped is in nobody's way. */
static void sealed_later(void **state)
{
    (void)state;
    new_disk(1, 4, 0, 0);
    block_map_open(&devs);
    assert_non_null(devs.d[1].map);
    assert_int_equal(fcntl(devs.d[1].fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
}

static void holes(void **state)
{
    (void)state;
    new_disk(1, 4, 0, 0);
    assert_int_equal(ftruncate(devs.d[1].fd, 0) | ftruncate(devs.d[1].fd, (off_t)(4 * page)), 0);
    block_map_open(&devs);
    assert_null(devs.d[1].map);
    assert_int_equal(devs.maps.range.end, 0);
}

/* What isn't a file, or can't be mapped: none is. */
static void falls_back(void **state)
{
    (void)state;
    new_disk(1, 4, 0, 0);
    new_disk(2, 4, 0, 0);
    close(devs.d[2].fd);
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", devs.d[1].fd);
    devs.d[2].fd = open(name, O_WRONLY | O_CLOEXEC);
    assert_true(devs.d[2].fd >= 0);
    block_map_open(&devs);
    assert_null(devs.d[1].map);
    assert_null(devs.d[2].map);
    assert_int_equal(devs.d[1].mapped | devs.d[2].mapped | devs.maps.range.end, 0);

    close(devs.d[2].fd);
    devs.d[2].fd = -1;
    block_map_open(&devs);
    assert_non_null(devs.d[1].map);
    assert_null(devs.d[2].map);
    devs.d[2].type = 0;
}

static void parts(void **state)
{
    const uint64_t p = PAGE;
    const struct {
        uint64_t offset, len, probe;
    } rows[] = {
            /* of five pages, PROBE is 0 if it is not served */
            {0, 1, p},
            {0, 512, p},
            {p - 512, 512, p},
            {p - 512, 513, 2 * p},
            {0, p, p},
            {512, p, 2 * p},
            {0, p + 1, 0},
            {0, 0, 0},
            {0, UINT64_MAX, 0},
            {3 * p, p, 4 * p},
            {3 * p + 1, p, 0},
            {4 * p - 1, 1, 4 * p},
            {4 * p, 1, 0},
            {5 * p - 1, 1, 0},
            {5 * p, 1, 0},
            {UINT64_MAX, 1, 0},
            {UINT64_MAX - 511, 512, 0},
    };
    static const uint8_t memory[5 * PAGE];
    const struct device d = {.map = memory, .mapped = 5 * p};
    const struct device none = {.map = NULL};
    struct block_map_part part;

    (void)state;
    devs.maps.page = p;
    for (size_t i = 0; i < N_OF(rows); i++) {
        bool r = block_map_part(&devs, &d, rows[i].offset, rows[i].len, &part);
        if (r != (rows[i].probe != 0))
            fail_msg("row %zu", i);
        if (r) {
            assert_ptr_equal(part.data, memory + rows[i].offset);
            assert_ptr_equal(part.probe, memory + rows[i].probe);
        }
        assert_false(block_map_part(&devs, &none, rows[i].offset, rows[i].len, &part));
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(choice),
            TEST(one_range),
            TEST(nothing_touched),
            TEST(sealed),
            TEST(sealed_later),
            TEST(holes),
            TEST(falls_back),
            cmocka_unit_test(parts),
    };
    return cmocka_run_group_tests_name("block_map", tests, NULL, NULL);
}
