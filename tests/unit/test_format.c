/* SPDX-License-Identifier: ISC */
/*
 * The bindings' formatter, against the host's snprintf() where it knows the same, and
 * the log above it.
 *
 * links: bindings/format.c bindings/log.c
 */
#include "unit.h"

#include <limits.h>
#include <stdio.h>

#include "../../bindings/target.h"

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

/*
 * The console: how often it was written to and what.
 */
static char console[1024];
static size_t console_size, console_writes;

void target_console_write(const char *buf, size_t size)
{
    assert_true(console_size + size < sizeof console);
    memcpy(console + console_size, buf, size);
    console_size += size;
    console[console_size] = '\0';
    console_writes++;
}

static void clear_console(void)
{
    console_size = console_writes = 0;
    console[0] = '\0';
}

static void test_levels(void **state)
{
    (void)state;
    for (enum log_level limit = LOG_ERROR; limit <= LOG_DEBUG; limit++) {
        log_set_level(limit);
        for (enum log_level level = LOG_ALWAYS; level <= LOG_DEBUG; level++) {
            clear_console();
            log_at(level, "%s\n", text);
            assert_string_equal(console, level <= limit ? "text\n" : "");
        }
    }
}

/* 319 bytes pass; of a longer message they do, and a remark. */
static void test_long_message(void **state)
{
    char message[400];

    (void)state;
    log_set_level(LOG_INFO);
    for (size_t len = 0; len < sizeof message - 1; len++) {
        memset(message, 'm', len);
        message[len] = '\0';
        clear_console();
        log_at(LOG_INFO, "%s", message);
        assert_int_equal(console_writes, 1);
        if (len <= 319) {
            assert_string_equal(console, message);
        } else {
            assert_memory_equal(console, message, 319);
            assert_string_equal(console + 319, "(truncated)\n");
            assert_int_equal(console_size, 319 + 12);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_plain),
            cmocka_unit_test(test_numbers),
            cmocka_unit_test(test_width_of_strings),
            cmocka_unit_test(test_pointer),
            cmocka_unit_test(test_nonsense),
            cmocka_unit_test(test_levels),
            cmocka_unit_test(test_long_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
