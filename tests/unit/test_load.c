/* SPDX-License-Identifier: ISC */
/*
 * Loading: which pages are mapped, and that nothing but a segment's own bytes is ever
 * visible, whatever the file's offsets.
 *
 * links: tenders/common/load.c tenders/common/image.c tenders/common/guest_mem.c
 * links: tenders/common/err.c
 */
#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "load.h"

#define BASE 0x100000ULL
#define MEM_SIZE 0x200000ULL

static const uint64_t pages[] = {0x1000, 0x4000, 0x10000};

static struct err err;

static void by_hand(void **state)
{
    struct elf_segment s = {.vaddr = 0x103000, .filesz = 0x12345, .offset = 0x3000};
    struct load_parts p = load_parts_of(&s, 0x1000);

    (void)state;
    assert_int_equal(p.head.end - p.head.start, 0);
    assert_int_equal(p.map.start, 0x103000);
    assert_int_equal(p.map.end, 0x115000);
    assert_int_equal(p.tail.start, 0x115000);
    assert_int_equal(p.tail.end, 0x115345);

    p = load_parts_of(&s, 0x4000);
    assert_int_equal(p.head.start, 0x103000);
    assert_int_equal(p.head.end, 0x104000);
    assert_int_equal(p.map.end, 0x114000);
    assert_int_equal(p.tail.start, 0x114000);

    /* No whole page of 64 KiB; offsets that don't fit. */
    p = load_parts_of(&s, 0x10000);
    assert_int_equal(p.map.start, p.map.end);
    assert_int_equal(p.head.end, 0x115345);
    s.offset = 0x3001;
    p = load_parts_of(&s, 0x1000);
    assert_int_equal(p.map.start, p.map.end);
    assert_int_equal(p.head.start, 0x103000);
    assert_int_equal(p.head.end, 0x115345);
}

/* The parts are the segment, no more, and the middle is whole pages that fit the file. */
static void check_parts(const struct elf_segment *s, uint64_t page)
{
    struct load_parts p = load_parts_of(s, page);
    struct guest_mem_range r[] = {p.head, p.map, p.tail};
    uint64_t at = s->vaddr;

    for (size_t i = 0; i < N_OF(r); i++) {
        if (r[i].start == r[i].end)
            continue;
        assert_int_equal(r[i].start, at);
        assert_true(r[i].end > at);
        at = r[i].end;
    }
    assert_int_equal(at, s->vaddr + s->filesz);
    if (p.map.start == p.map.end)
        return;
    assert_int_equal(p.map.start % page, 0);
    assert_int_equal(p.map.end % page, 0);
    assert_int_equal((s->offset + (p.map.start - s->vaddr)) % page, 0);
    assert_true(p.head.end - p.head.start < page && p.tail.end - p.tail.start < page);
}

static void every_page_size(void **state)
{
    static const uint64_t near[] = {0, 1, 0xfff, 0x1000, 0x1001, 0x3fff, 0x4000, 0xffff,
            0x10000, 0x10001, 0x20000, 0x2ffff};

    (void)state;
    for (size_t i = 0; i < N_OF(pages); i++)
        for (size_t v = 0; v < N_OF(near); v++)
            for (size_t f = 1; f < N_OF(near); f++)
                for (size_t o = 0; o < N_OF(near); o++) {
                    struct elf_segment s = {.vaddr = BASE + near[v],
                            .filesz = near[f],
                            .offset = near[o]};
                    check_parts(&s, pages[i]);
                }
}

/* A file in which no byte is 0: byte N of it. */
static uint8_t byte_of(uint64_t offset)
{
    return (uint8_t)(1 + offset % 251);
}

static int make_file(size_t size)
{
    uint8_t *bytes = malloc(size);
    int fd = memfd_create("image", MFD_CLOEXEC);

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_of(i);
    assert_int_equal(write(fd, bytes, size), size);
    free(bytes);
    return fd;
}

static int prot_of(const struct elf_segment *s)
{
    return PROT_READ | (s->prot & PROT_WRITE);
}

/* Load two segments of FD and look at each byte of memory. */
static void load_and_look(int fd, const struct elf_segment s[2], uint64_t page, bool copy,
        size_t mapped_ranges)
{
    struct elf elf = {.fd = fd, .size = 0x40000};
    struct elf_plan plan = {.count = 2, .segment = (struct elf_segment *)s};
    struct load_map mapped;
    struct guest_mem mem;

    assert_works(guest_mem_alloc(&mem, MEM_SIZE, false, &err), err);
    mem.page = page;
    assert_works(load_image(&elf, &plan, &mem, prot_of, copy, &mapped, &err), err);
    assert_int_equal(mapped.count, mapped_ranges);
    for (uint64_t gpa = BASE; gpa < MEM_SIZE; gpa++) {
        uint8_t want = 0;
        for (size_t i = 0; i < 2; i++)
            if (gpa >= s[i].vaddr && gpa < s[i].vaddr + s[i].filesz)
                want = byte_of(s[i].offset + (gpa - s[i].vaddr));
        if (mem.host[gpa] != want)
            fail_msg("byte 0x%lx is %u, not %u", (unsigned long)gpa, mem.host[gpa], want);
    }
    /* Private: the file stays as it is. */
    uint8_t *data = guest_mem_write(&mem, s[1].vaddr, s[1].filesz);
    memset(data, 0, s[1].filesz);
    uint8_t first;
    assert_int_equal(pread(fd, &first, 1, (off_t)s[1].offset), 1);
    assert_int_equal(first, byte_of(s[1].offset));
    munmap(mem.host, MEM_SIZE);
    free(mapped.range);
}

static void bytes(void **state)
{
    struct elf_segment s[2] = {
            {.vaddr = 0x100000, .filesz = 0x12345, .offset = 0x10000, .prot = PROT_READ},
            {.vaddr = 0x130123, .filesz = 0x11000, .offset = 0x20123,
                    .prot = PROT_READ | PROT_WRITE}};
    uint64_t host = (uint64_t)sysconf(_SC_PAGESIZE);
    int fd = make_file(0x40000);

    (void)state;
    for (size_t i = 0; i < N_OF(pages); i++) {
        if (pages[i] < host)
            continue;
        load_and_look(fd, s, pages[i], false, pages[i] == 0x10000 ? 1 : 2);
        load_and_look(fd, s, pages[i], true, 0);
    }
    s[0].offset = 0x11;
    load_and_look(fd, s, host, false, 1);
    close(fd);
}

/* A file that can't be mapped is copied. */
static void not_mappable(void **state)
{
    struct elf_segment s = {
            .vaddr = BASE, .filesz = 0x2000, .offset = 0, .prot = PROT_READ};
    uint8_t *file = malloc(0x2000);
    struct elf elf = {.fd = -1, .bytes = file, .size = 0x2000};
    struct elf_plan plan = {.count = 1, .segment = &s};
    struct load_map mapped;
    struct guest_mem mem;

    (void)state;
    memset(file, 'x', 0x2000);
    assert_works(guest_mem_alloc(&mem, MEM_SIZE, false, &err), err);
    assert_works(load_image(&elf, &plan, &mem, prot_of, false, &mapped, &err), err);
    assert_int_equal(mapped.count, 0);
    assert_int_equal(mem.host[BASE + 0x1fff], 'x');
    assert_int_equal(mem.host[BASE + 0x2000], 0);
    mem.host[BASE] = 'y';
    munmap(mem.host, MEM_SIZE);
    free(mapped.range);
    free(file);
}

static void truncated(void **state)
{
    struct elf_segment s = {.vaddr = BASE, .filesz = 0x2345, .offset = 0, .prot = PROT_READ};
    struct elf elf = {.fd = make_file(0x2000), .size = 0x10000};
    struct elf_plan plan = {.count = 1, .segment = &s};
    struct load_map mapped;
    struct guest_mem mem;

    (void)state;
    assert_works(guest_mem_alloc(&mem, MEM_SIZE, false, &err), err);
    assert_fails(load_image(&elf, &plan, &mem, prot_of, true, &mapped, &err), err,
            "the file became shorter");
    free(mapped.range);
    assert_fails(load_image(&elf, &plan, &mem, prot_of, false, &mapped, &err), err,
            "the file became shorter");
    free(mapped.range);
    munmap(mem.host, MEM_SIZE);
    close(elf.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(by_hand),
            cmocka_unit_test(every_page_size),
            cmocka_unit_test(bytes),
            cmocka_unit_test(not_mappable),
            cmocka_unit_test(truncated),
    };
    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
