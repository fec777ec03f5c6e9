/* SPDX-License-Identifier: ISC */
/*
 * examples/httpd: text in a buffer that is too small, and numbers.
 *
 * links: examples/httpd/text.c
 */
#include "unit.h"

#include <stdio.h>

#include "../../examples/httpd/text.h"

static char buffer[80];

static struct text text_of(size_t size)
{
    memset(buffer, '#', sizeof buffer);
    return (struct text){.at = buffer, .size = size};
}

static void assert_text(const struct text *t, const char *want)
{
    assert_int_equal(t->used, strlen(want));
    assert_memory_equal(buffer, want, t->used);
    for (size_t at = t->used; at < sizeof buffer; at++)
        assert_int_equal(buffer[at], '#');
}

/* All or nothing, and that something is missing stays known. */
static void fits_or_not(void **state)
{
    struct text t = text_of(5);

    (void)state;
    text_put(&t, "abc");
    text_put(&t, "");
    assert_false(t.cut);
    text_put(&t, "def");
    assert_true(t.cut);
    assert_text(&t, "abc");
    text_put(&t, "de");
    assert_text(&t, "abcde");
    assert_true(t.cut);
    text_number(&t, 7, 10, 1);
    assert_text(&t, "abcde");

    t = text_of(0);
    text_put(&t, "");
    assert_false(t.cut);
    text_number(&t, 0, 10, 1);
    assert_true(t.cut);
    assert_text(&t, "");
}

static void numbers(void **state)
{
    static const uint64_t values[] = {0, 1, 9, 10, 99, 100, 4294967295, 4294967296, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < N_OF(values); i++) {
        for (int digits = 1; digits <= 20; digits++) {
            char want[80];
            struct text t = text_of(sizeof buffer);
            snprintf(want, sizeof want, "%0*llu %0*llx", digits, (unsigned long long)values[i],
                    digits, (unsigned long long)values[i]);
            text_number(&t, values[i], 10, (unsigned)digits);
            text_put(&t, " ");
            text_number(&t, values[i], 16, (unsigned)digits);
            assert_text(&t, want);
        }
    }
}

static void number_limits(void **state)
{
    struct text t = text_of(sizeof buffer);

    (void)state;
    text_number(&t, UINT64_MAX, 2, 1);
    assert_text(&t, "1111111111111111111111111111111111111111111111111111111111111111");
    t = text_of(sizeof buffer);
    text_number(&t, 0, 10, 0);
    assert_text(&t, "0");
    /* As many as there are in base 2, and no more. */
    t = text_of(sizeof buffer);
    text_number(&t, 1, 2, 1000);
    assert_text(&t, "0000000000000000000000000000000000000000000000000000000000000001");
}

static void same(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
            {"", "", true},
            {"close", "close", true},
            {"CLoSE", "close", true},
            {"close", "clos", false},
            {"clos", "close", false},
            {"clOsd", "close", false},
            {"", "close", false},
            {"close", "", false},
            {"@[`{", "@[`{", true},
            {"@[", "`{", false},
            {"\xc1", "\xe1", false},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_int_equal(text_is(rows[i].a, strlen(rows[i].a), rows[i].b), rows[i].same);
    assert_true(text_is("closed", 5, "close"));
    assert_false(text_is("close\0", 6, "close"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(fits_or_not),
            cmocka_unit_test(numbers),
            cmocka_unit_test(number_limits),
            cmocka_unit_test(same),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
