/* SPDX-License-Identifier: ISC */
/*
 * The bindings' formatter, against the host's snprintf() where it knows the same.
 *
 * links: bindings/format.c
 */
#include "unit.h"

#include <limits.h>
#include <stdio.h>

#include "../../bindings/bindings.h"

static size_t ours(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    size_t len = format(buf, size, fmt, ap);
    va_end(ap);
    return len;
}

/* Same text, same length, whatever the size of the buffer. */
#define assert_same(...)                                                       \
    do {                                                                       \
        for (size_t size = 0; size <= 64; size++) {                            \
            char a[66], b[66];                                                 \
            memset(a, '#', sizeof a);                                          \
            memset(b, '#', sizeof b);                                          \
            size_t n = ours(a, size, __VA_ARGS__);                             \
            assert_int_equal(n, snprintf(b, size, __VA_ARGS__));               \
            if (size > 0)                                                      \
                assert_string_equal(a, b);                                     \
            for (size_t at = size; at < sizeof a; at++)                        \
                assert_int_equal(a[at], '#');                                  \
        }                                                                      \
    } while (0)

/* Not literals, so that the host's compiler has nothing to say about them. */
static const char *volatile empty = "";
static const char *volatile text = "text";

static void test_plain(void **state)
{
    (void)state;
    assert_same("%s", empty);
    assert_same("plain%c", '\n');
    assert_same("100%% of %s and %s", text, empty);
    assert_same("%c%c", 'a', 'z');
}

static void test_numbers(void **state)
{
    static const long values[] = {0, 1, -1, 9, 10, 99, 100, INT_MAX, INT_MIN, LONG_MAX,
            LONG_MIN, 0x123456789abcdef};

    (void)state;
    for (size_t i = 0; i < N_OF(values); i++) {
        long v = values[i];
        assert_same("%d %u %x", (int)v, (unsigned)v, (unsigned)v);
        assert_same("%ld %lu %lx", v, (unsigned long)v, (unsigned long)v);
        assert_same("%lld %llu %llx", (long long)v, (unsigned long long)v,
                (unsigned long long)v);
        assert_same("%zu %zx", (size_t)v, (size_t)v);
        assert_same("[%016lx] [%02u]", (unsigned long)v, (unsigned)v);
        assert_same("[%5d] [%05d]", (int)v, (int)v);
        assert_same("[%24ld] [%024ld]", v, v);
    }
}

static void test_width_of_strings(void **state)
{
    (void)state;
    assert_same("[%10s] [%2s] [%4s]", text, text, text);
}

static void test_pointer(void **state)
{
    int here;

    (void)state;
    assert_same("%p", (void *)&here);
    char buf[8];
    assert_int_equal(ours(buf, sizeof buf, "%p", NULL), 3);
    assert_string_equal(buf, "0x0");
}

/* A format that makes no sense is shown, and its text does not run over. */
static void test_nonsense(void **state)
{
    char buf[16];

    (void)state;
    assert_int_equal(ours(buf, sizeof buf, "a%qb"), 4);
    assert_string_equal(buf, "a%qb");
    assert_int_equal(ours(buf, sizeof buf, "a%"), 2);
    assert_string_equal(buf, "a%");
    assert_int_equal(ours(buf, sizeof buf, "a%08l"), 2);
    assert_string_equal(buf, "a%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_plain),
            cmocka_unit_test(test_numbers),
            cmocka_unit_test(test_width_of_strings),
            cmocka_unit_test(test_pointer),
            cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
