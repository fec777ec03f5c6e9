/* SPDX-License-Identifier: ISC */
/*
 * Sentences: what comes from others is made printable, too long ones are cut.
 *
 * links: tenders/common/err.c
 */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "err.h"

static struct err err;

static void sentences(void **state)
{
    (void)state;
    assert_int_equal(err_set(&err, "%s of %d", "a\x1b[1mname\n", 3), -1);
    assert_string_equal(err.text, "a?[1mname? of 3");
    assert_int_equal(err_prefix(&err, "image\x7f"), -1);
    assert_string_equal(err.text, "image?: a?[1mname? of 3");
    errno = ENOENT;
    assert_int_equal(err_errno(&err, "could not"), -1);
    assert_string_equal(err.text, "could not: No such file or directory");
    err_join(&err, (const char *const[]){"solo5-hvt: ", "\x01", "", ": gone", NULL});
    assert_string_equal(err.text, "solo5-hvt: ?: gone");
    err_join(&err, (const char *const[]){NULL});
    assert_string_equal(err.text, "");
}

static void long_ones(void **state)
{
    static char name[2 * sizeof err.text];

    (void)state;
    memset(name, 'n', sizeof name - 1);
    err_set(&err, "%s", name);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    err_prefix(&err, "it");
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_memory_equal(err.text, "it: nnn", 7);
    err_join(&err, (const char *const[]){"a", name, "b", NULL});
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(err.text[sizeof err.text - 2], 'n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(sentences),
            cmocka_unit_test(long_ones),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
