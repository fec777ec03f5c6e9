/* SPDX-License-Identifier: ISC */
/*
 * The --solo5: options in front of a guest's command line.
 *
 * links: bindings/cmdline.c
 */
#include "unit.h"

#include "../../bindings/bindings.h"

/* Stands for a level that no option sets. */
#define UNCHANGED LOG_ALWAYS

static const struct {
    const char *cmdline;
    const char *rest;
    enum log_level level;
} cases[] = {
        {"", "", UNCHANGED},
        {"a b", "a b", UNCHANGED},
        {" \t\n\v\f\r a  b ", "a  b ", UNCHANGED},
        {"--solo5:quiet a b", "a b", LOG_ERROR},
        {"--solo5:error", "", LOG_ERROR},
        {"--solo5:warn\tx", "x", LOG_WARN},
        {"--solo5:info \n x", "x", LOG_INFO},
        {"  --solo5:debug  ", "", LOG_DEBUG},
        /* later ones win */
        {"--solo5:quiet --solo5:debug x", "x", LOG_DEBUG},
        {"--solo5:debug\v--solo5:quiet", "", LOG_ERROR},
        /* not ours: another word, a suffix, a prefix, behind a word */
        {"--solo5:quietx", "--solo5:quietx", UNCHANGED},
        {"--solo5:quie", "--solo5:quie", UNCHANGED},
        {"--solo5:", "--solo5:", UNCHANGED},
        {"--solo5:quiet=1 x", "--solo5:quiet=1 x", UNCHANGED},
        {"x--solo5:quiet", "x--solo5:quiet", UNCHANGED},
        {"a --solo5:quiet", "a --solo5:quiet", UNCHANGED},
        {"--solo5:warn a --solo5:quiet", "a --solo5:quiet", LOG_WARN},
        {"--solo5:warn --solo5:loud", "--solo5:loud", LOG_WARN},
        {"--Solo5:quiet", "--Solo5:quiet", UNCHANGED},
        {"-- -x", "-- -x", UNCHANGED},
        {"--solo5:quiet\x1f", "--solo5:quiet\x1f", UNCHANGED},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        enum log_level level = UNCHANGED;
        const char *rest = cmdline_parse(cases[i].cmdline, &level);
        assert_string_equal(rest, cases[i].rest);
        assert_int_equal(level, cases[i].level);
        /* The rest is where it was, not a copy. */
        assert_ptr_equal(rest + strlen(rest), cases[i].cmdline + strlen(cases[i].cmdline));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
