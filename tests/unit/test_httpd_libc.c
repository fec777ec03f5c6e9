/* SPDX-License-Identifier: ISC */
/*
 * The small C library of examples/httpd against the host's, under names of its own.
 */
#include "unit.h"

#include <stdlib.h>

#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define strlen our_strlen
#define strcmp our_strcmp
#define strncmp our_strncmp
#define atoi our_atoi
#include "../../examples/httpd/libc/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp
#undef strncmp
#undef atoi

/* Beyond two chunks of memcpy, at every alignment that matters to one. */
#define SIZE_MAX_TESTED 80
#define OFFSETS 40
#define ROOM (SIZE_MAX_TESTED + OFFSETS)

static unsigned char ours[ROOM], theirs[ROOM];

static void fill(void)
{
    for (size_t i = 0; i < ROOM; i++)
        ours[i] = theirs[i] = (unsigned char)(i * 37 + 11);
}

static void copies(void **state)
{
    unsigned char from[ROOM];

    (void)state;
    for (size_t i = 0; i < ROOM; i++)
        from[i] = (unsigned char)~i;
    for (size_t n = 0; n <= SIZE_MAX_TESTED; n++) {
        for (size_t at = 0; at < OFFSETS; at++) {
            fill();
            assert_ptr_equal(our_memcpy(ours + at, from + n % OFFSETS, n), ours + at);
            memcpy(theirs + at, from + n % OFFSETS, n);
            assert_memory_equal(ours, theirs, ROOM);
        }
    }
}

/* From everywhere to everywhere. */
static void moves(void **state)
{
    (void)state;
    for (size_t n = 0; n <= SIZE_MAX_TESTED; n++) {
        for (size_t to = 0; to < OFFSETS; to++) {
            for (size_t from = 0; from < OFFSETS; from++) {
                fill();
                assert_ptr_equal(our_memmove(ours + to, ours + from, n), ours + to);
                memmove(theirs + to, theirs + from, n);
                if (memcmp(ours, theirs, ROOM) != 0)
                    fail_msg("%zu bytes from %zu to %zu", n, from, to);
            }
        }
    }
}

static void sets(void **state)
{
    (void)state;
    for (size_t n = 0; n <= SIZE_MAX_TESTED; n++) {
        fill();
        assert_ptr_equal(our_memset(ours + 1, 0x1a5, n), ours + 1);
        memset(theirs + 1, 0x1a5, n);
        assert_memory_equal(ours, theirs, ROOM);
    }
}

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

static void compares(void **state)
{
    static const char *const strings[] = {"", "a", "b", "ab", "abc", "\x80", "a\x80",
            "a\x7f", "\xff"};

    (void)state;
    for (size_t i = 0; i < N_OF(strings); i++) {
        const char *a = strings[i];
        assert_int_equal(our_strlen(a), strlen(a));
        for (size_t k = 0; k < N_OF(strings); k++) {
            const char *b = strings[k];
            size_t common = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
            assert_int_equal(sign(our_strcmp(a, b)), sign(strcmp(a, b)));
            for (size_t n = 0; n < 5; n++)
                assert_int_equal(sign(our_strncmp(a, b, n)), sign(strncmp(a, b, n)));
            for (size_t n = 0; n <= common; n++)
                assert_int_equal(sign(our_memcmp(a, b, n)), sign(memcmp(a, b, n)));
        }
    }
    assert_true(our_memcmp("a\0b", "a\0c", 3) < 0);
}

/* Not a byte is read beyond what decides. */
static void reads_no_more(void **state)
{
    char *a = malloc(3), *b = malloc(3);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    memcpy(a, "abc", 3);
    memcpy(b, "abc", 3);
    assert_int_equal(our_strncmp(a, b, 3), 0);
    assert_int_equal(our_memcmp(a, b, 3), 0);
    b[2] = 'd';
    assert_true(our_strncmp(a, b, 100) < 0);
    b[2] = 0;
    assert_int_equal(our_strlen(b), 2);
    free(a);
    free(b);
}

static void numbers(void **state)
{
    (void)state;
    assert_int_equal(our_atoi(""), 0);
    assert_int_equal(our_atoi("0"), 0);
    assert_int_equal(our_atoi("00120x"), 120);
    assert_int_equal(our_atoi("2147483647"), 2147483647);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(copies),
            cmocka_unit_test(moves),
            cmocka_unit_test(sets),
            cmocka_unit_test(compares),
            cmocka_unit_test(reads_no_more),
            cmocka_unit_test(numbers),
    };

    return cmocka_run_group_tests_name("httpd libc", tests, NULL, NULL);
}
