/* SPDX-License-Identifier: ISC */
/*
 * examples/httpd: archives as tar(1) writes them, and as nobody should.
 *
 * links: examples/httpd/tar.c
 */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tar_test.h"

static const char too_many[] = "it has too many files, or their names are too long";

static struct tar t;

/* The archive; blocks that are read are of a memory of their own, so overruns are seen. */
static uint8_t *disk;
static uint64_t disk_size;
static uint64_t unreadable = UINT64_MAX; /* this offset */

static bool read_disk(uint64_t offset, uint8_t block[static TAR_BLOCK])
{
    assert_int_equal(offset % TAR_BLOCK, 0);
    assert_true(offset + TAR_BLOCK <= disk_size);
    if (offset == unreadable)
        return false;
    memcpy(block, disk + offset, TAR_BLOCK);
    return true;
}

static const char *open_disk(void)
{
    memset(&t, '#', sizeof t);
    return tar_open(&t, read_disk, disk_size);
}

#define assert_opens() assert_null(open_disk())
#define assert_complains(words) assert_string_equal(open_disk(), (words))

static void clear(void)
{
    free(disk);
    disk = NULL;
    disk_size = 0;
}

static int tear_down(void **state)
{
    (void)state;
    clear();
    return 0;
}

static uint8_t *grow(size_t size)
{
    disk = realloc(disk, disk_size + size);
    assert_non_null(disk);
    disk_size += size;
    return memset(disk + disk_size - size, 0, size);
}

/* A header and its content, all of it C. Returns the header; who changes it sets the sum. */
static uint8_t *add(const char *name, size_t size, char type, uint8_t c)
{
    size_t content = (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    uint8_t *b = grow(TAR_BLOCK + content);

    memcpy(b, name, strlen(name) < 100 ? strlen(name) : 100);
    snprintf((char *)b + 124, 12, "%011zo", size);
    b[156] = (uint8_t)type;
    memcpy(b + 257, "ustar\0" "00", 8);
    memset(b + TAR_BLOCK, c, content);
    set_checksum(b);
    return b;
}

static void add_end(void)
{
    grow(2 * TAR_BLOCK);
}

static void assert_file(const char *name, uint64_t size, uint8_t c)
{
    const struct tar_file *f = tar_find(&t, name);

    if (!f)
        fail_msg("'%s' is not found", name);
    assert_int_equal(f->size, size);
    assert_true(f->offset + size <= disk_size);
    for (uint64_t i = 0; i < size; i++)
        assert_int_equal(disk[f->offset + i], c);
}

static void assert_sorted(unsigned count)
{
    assert_int_equal(t.count, count);
    for (unsigned i = 0; i + 1 < t.count; i++)
        assert_true(strcmp(t.names + t.files[i].name, t.names + t.files[i + 1].name) < 0);
}

/*
 * What tar(1) writes
 */

/* In a folder of its own; what it says on failure is shown. */
static void shell(const char *format, const char *script)
{
    char command[2048];

    snprintf(command, sizeof command,
            "set -e; d=$(mktemp -d); trap 'rm -rf $d' EXIT; cd $d; f=%s; %s", format, script);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    clear();
    for (size_t n = 1; n > 0;) {
        uint8_t buffer[4096];
        n = fread(buffer, 1, sizeof buffer, p);
        if (n)
            memcpy(grow(n), buffer, n);
    }
    assert_int_equal(pclose(p), 0);
}

static const char *const formats[] = {"v7", "oldgnu", "gnu", "ustar", "posix"};

static void real_archives(void **state)
{
    static const char script[] =
            "mkdir -p a/b empty; printf 1 >index.html; printf 22 >a/index.html;"
            "head -c 511 /dev/zero | tr '\\0' 3 >a/b/511;"
            "head -c 512 /dev/zero | tr '\\0' 4 >a/b/512;"
            "head -c 513 /dev/zero | tr '\\0' 5 >a/b/513; : >a/nothing;"
            "ln -s 511 a/b/link; tar --format=$f -c .";

    (void)state;
    if (access("/bin/tar", X_OK) != 0)
        skip();
    for (size_t i = 0; i < N_OF(formats); i++) {
        shell(formats[i], script);
        assert_opens();
        assert_sorted(6);
        assert_file("index.html", 1, '1');
        assert_file("a/index.html", 2, '2');
        assert_file("a/b/511", 511, '3');
        assert_file("a/b/512", 512, '4');
        assert_file("a/b/513", 513, '5');
        assert_file("a/nothing", 0, 0);
        assert_null(tar_find(&t, "a"));
        assert_null(tar_find(&t, "a/b/link"));
        assert_null(tar_find(&t, "./index.html"));
        assert_null(tar_find(&t, ""));
    }
}

#define LONG_FOLDER "a123456789b123456789c123456789d123456789e123456789f123456789g123456789"

/* Of 99 bytes in each format; ustar has some more. */
static void real_long_names(void **state)
{
    (void)state;
    if (access("/bin/tar", X_OK) != 0)
        skip();
    for (size_t i = 0; i < N_OF(formats); i++) {
        shell(formats[i],
                "mkdir " LONG_FOLDER "; printf 1 >" LONG_FOLDER "/h123456789i123456789j1234567;"
                "tar --format=$f -c *");
        assert_opens();
        assert_sorted(1);
        assert_file(LONG_FOLDER "/h123456789i123456789j1234567", 1, '1');
    }
    shell("ustar", "mkdir -p " LONG_FOLDER "/" LONG_FOLDER "; cd " LONG_FOLDER
                   "; printf 1 >" LONG_FOLDER "/1; cd ..; tar --format=$f -c *");
    assert_opens();
    assert_sorted(1);
    assert_file(LONG_FOLDER "/" LONG_FOLDER "/1", 1, '1');
}

/* Files that were added to an archive later replace those before. */
static void real_updates(void **state)
{
    (void)state;
    if (access("/bin/tar", X_OK) != 0)
        skip();
    shell("gnu", "printf 1 >a; printf 2 >b; tar -cf x a b; printf 333 >a; tar -rf x a; cat x");
    assert_opens();
    assert_sorted(2);
    assert_file("a", 3, '3');
    assert_file("b", 1, '2');
}

/*
 * Headers of our own
 */

static void names(void **state)
{
    (void)state;
    add("./a", 1, '0', 'a');
    add("/b", 2, '0', 'b');
    add("/.//./c/./d", 3, '0', 'c');
    add("..", 4, '0', 'd');
    add(".e", 5, 0, 'e');
    add("../f", 6, '0', 'f');
    add("g/", 0, '5', 0);
    add("h", 7, '7', 'h');
    assert_opens();
    assert_sorted(6);
    assert_file("a", 1, 'a');
    assert_file("b", 2, 'b');
    assert_file("c/./d", 3, 'c');
    assert_file("..", 4, 'd');
    assert_file(".e", 5, 'e');
    assert_file("../f", 6, 'f');
}

/* Fields that are full have no NUL. */
static void full_names(void **state)
{
    char name[257];
    uint8_t *b;

    (void)state;
    memset(name, 'n', 100);
    name[100] = 0;
    add(name, 1, '0', 'a');
    b = add(name, 2, '0', 'b');
    memset(b + 345, 'p', 155);
    set_checksum(b);
    /* GNU's own formats have times there. */
    b = add("old", 3, '0', 'c');
    memcpy(b + 257, "ustar  ", 8);
    memset(b + 345, '1', 12);
    set_checksum(b);
    assert_opens();
    assert_sorted(3);
    assert_file(name, 1, 'a');
    assert_file("old", 3, 'c');
    memset(name, 'p', 155);
    name[155] = '/';
    memset(name + 156, 'n', 100);
    name[256] = 0;
    assert_file(name, 2, 'b');
}

static void duplicates(void **state)
{
    (void)state;
    add("b", 1, '0', 'a');
    add("a", 2, '0', 'b');
    add("./b", 3, '0', 'c');
    add("c", 4, '0', 'd');
    add("/a", 5, '0', 'e');
    assert_opens();
    assert_sorted(3);
    assert_file("a", 5, 'e');
    assert_file("b", 3, 'c');
    assert_file("c", 4, 'd');
}

/* In whatever order they come. */
static void look_up(void **state)
{
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "%u", i * 7 % 500);
        add(name, i * 7 % 500, '0', 'x');
    }
    assert_opens();
    assert_sorted(500);
    for (unsigned i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "%u", i);
        assert_file(name, i, 'x');
    }
    assert_null(tar_find(&t, "500"));
    assert_null(tar_find(&t, ""));
    assert_null(tar_find(&t, "/"));
    assert_null(tar_find(&t, "~"));
}

static void ends(void **state)
{
    (void)state;
    disk_size = 0;
    assert_opens();
    assert_sorted(0);
    add_end();
    assert_opens();
    assert_sorted(0);
    clear();
    /* What is behind the end does not matter, nor whether there is one. */
    add("a", 1, '0', 'a');
    assert_opens();
    assert_sorted(1);
    grow(TAR_BLOCK);
    memset(grow(TAR_BLOCK), '#', TAR_BLOCK);
    assert_opens();
    assert_sorted(1);
}

/* However few bytes of an archive there are: the files found are whole. */
static void cut(void **state)
{
    uint64_t size;

    (void)state;
    add("a", 700, '0', 'a');
    add("b", 0, '0', 'b');
    add("c", 512, '0', 'c');
    add_end();
    size = disk_size;
    for (disk_size = 0; disk_size < size; disk_size++) {
        const char *wrong = open_disk();
        bool in_a = disk_size >= 512 && disk_size < 512 + 700;
        bool in_c = disk_size >= 2560 && disk_size < 2560 + 512;
        assert_int_equal(wrong != NULL, in_a || in_c);
        if (wrong)
            assert_string_equal(wrong, "a file goes beyond its end");
        assert_sorted(disk_size < 1212 ? 0 : disk_size < 2048 ? 1 : disk_size < 3072 ? 2 : 3);
        for (unsigned i = 0; i < t.count; i++)
            assert_true(t.files[i].offset + t.files[i].size <= disk_size);
    }
    disk_size = size;
}

static void no_archive(void **state)
{
    (void)state;
    memset(grow(4096), 'x', 4096);
    assert_complains("it is no tar archive");
    assert_sorted(0);
}

/* A single changed bit of a header is seen; the sum's own field has several spellings. */
static void bad_checksum(void **state)
{
    (void)state;
    add("a", 0, '0', 'a');
    add("b", 0, '0', 'b');
    add_end();
    for (unsigned bit = 0; bit < TAR_BLOCK * 8; bit++) {
        if (bit / 8 >= 148 && bit / 8 < 156)
            continue;
        disk[TAR_BLOCK + bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_complains("a header is damaged");
        assert_sorted(1);
        assert_file("a", 0, 0);
        disk[TAR_BLOCK + bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_opens();
}

static void sizes(void **state)
{
    static const struct {
        const char field[13];
        const char *wrong;
    } rows[] = {
            {"00000000000", NULL},
            {"0           ", NULL},
            {"           1", NULL},
            {"000000001000", NULL}, /* 512: all that there is */
            {"000000001001", "a file goes beyond its end"},
            {"77777777777", "a file goes beyond its end"},
            {"777777777777", "a file goes beyond its end"},
            {"", "a header has no size"},
            {"            ", "a header has no size"},
            {"0x10", "a header has no size"},
            {"-1", "a header has no size"},
            {"8", "a header has no size"},
            {"1777777777 7", "a file goes beyond its end"},
            /* GNU's numbers in base 256, for files of 8 GiB and more */
            {"\x80\0\0\0\0\0\0\0\0\0\2\0", "a header has no size"},
            {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "a header has no size"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        clear();
        uint8_t *b = add("a", 512, '0', 0);
        memcpy(b + 124, rows[i].field, 12);
        set_checksum(b);
        const char *wrong = open_disk();
        if (rows[i].wrong)
            assert_string_equal(wrong, rows[i].wrong);
        else if (wrong)
            fail_msg("'%s': %s", rows[i].field, wrong);
        assert_sorted(wrong ? 0 : 1);
    }
}

/* A disk as large as there can be, full of files as large as there can be. */
static uint8_t everywhere[TAR_BLOCK];
static unsigned blocks_read;

static bool read_everywhere(uint64_t offset, uint8_t block[static TAR_BLOCK])
{
    blocks_read++;
    assert_int_equal(offset % TAR_BLOCK, 0);
    assert_true(offset <= UINT64_MAX - TAR_BLOCK);
    memcpy(everywhere, &(uint32_t){blocks_read | 0x01010101}, 4);
    set_checksum(everywhere);
    memcpy(block, everywhere, TAR_BLOCK);
    return true;
}

static void hostile_sizes(void **state)
{
    const uint64_t largest = (UINT64_C(1) << 36) - 1;

    (void)state;
    memset(everywhere, 0, sizeof everywhere);
    memcpy(everywhere + 124, "777777777777", 12);
    for (uint64_t capacity = largest + 512 - 2; capacity <= largest + 512 + 2; capacity++) {
        const char *wrong = tar_open(&t, read_everywhere, capacity);
        assert_int_equal(wrong != NULL, capacity < largest + 512);
        assert_int_equal(t.count, capacity >= largest + 512);
    }
    blocks_read = 0;
    assert_string_equal(tar_open(&t, read_everywhere, UINT64_MAX), too_many);
    for (unsigned i = 0; i < t.count; i++)
        assert_true(t.files[i].size <= UINT64_MAX - t.files[i].offset);
}

static void too_many_files(void **state)
{
    char name[16];

    (void)state;
    for (unsigned i = 0; i < TAR_FILES_MAX; i++) {
        snprintf(name, sizeof name, "%u", i);
        add(name, 0, '0', 0);
    }
    assert_opens();
    assert_sorted(TAR_FILES_MAX);
    add("one-more", 0, '0', 0);
    assert_complains(too_many);
    assert_sorted(TAR_FILES_MAX);
    assert_file("0", 0, 0);
}

/* The names of 256 bytes with their NULs fill it to the last byte. */
static void too_many_names(void **state)
{
    char name[101];

    (void)state;
    for (unsigned i = 0; i < TAR_NAMES_MAX / 256 + 1; i++) {
        snprintf(name, sizeof name, "%0100u", i);
        uint8_t *b = add(name, 0, '0', 0);
        memset(b + 345, 'p', 154);
        set_checksum(b);
    }
    assert_complains(too_many);
    assert_sorted(TAR_NAMES_MAX / 256);
    disk_size -= TAR_BLOCK;
    assert_opens();
    assert_int_equal(t.names_used, TAR_NAMES_MAX);
    assert_int_equal(t.names[TAR_NAMES_MAX - 1], 0);
    /* A name of slashes at the very end. */
    memset(disk + disk_size - TAR_BLOCK, '/', 100);
    memset(disk + disk_size - TAR_BLOCK + 345, '/', 154);
    set_checksum(disk + disk_size - TAR_BLOCK);
    assert_opens();
    assert_file("", 0, 0);
    disk_size += TAR_BLOCK;
}

static void read_errors(void **state)
{
    (void)state;
    add("a", 1, '0', 'a');
    add("b", 1, '0', 'b');
    unreadable = 0;
    assert_complains("it can't be read");
    assert_sorted(0);
    unreadable = 2 * TAR_BLOCK;
    assert_complains("it can't be read");
    assert_sorted(1);
    assert_file("a", 1, 'a');
    unreadable = UINT64_MAX;
}

#define test(f) cmocka_unit_test_teardown(f, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
            test(real_archives),
            test(real_long_names),
            test(real_updates),
            test(names),
            test(full_names),
            test(duplicates),
            test(look_up),
            test(ends),
            test(cut),
            test(no_archive),
            test(bad_checksum),
            test(sizes),
            test(hostile_sizes),
            test(too_many_files),
            test(too_many_names),
            test(read_errors),
    };

    return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
