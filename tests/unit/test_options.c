/* SPDX-License-Identifier: ISC */
/*
 * links: tenders/common/options.c tenders/common/err.c
 */
#include "unit.h"

#include <stdlib.h>

#include "options.h"

static struct err err;
static struct options o;

/* The words as an argv that outlives the statement. */
static char **words(char *first, ...)
{
    static char *argv[16];
    va_list ap;
    int n = 1;

    argv[0] = (char *)"solo5";
    va_start(ap, first);
    for (char *w = first; w; w = va_arg(ap, char *))
        argv[n++] = w;
    va_end(ap);
    argv[n] = NULL;
    return argv;
}

#define ARGV(...) words(__VA_ARGS__, (char *)NULL)
#define A(s) (char *)(s)
#define HVT(...) options_parse(&o, TENDER_HVT, ARGV(__VA_ARGS__), &err)
#define SPT(...) options_parse(&o, TENDER_SPT, ARGV(__VA_ARGS__), &err)

static void good(void **state)
{
    (void)state;
    assert_works(HVT(A("kernel")), err);
    assert_int_equal(o.mem_mib, 512);
    assert_string_equal(o.kernel, "kernel");
    assert_null(o.args[0]);

    assert_works(HVT(A("--mem=16"), A("-v"), A("--x-exec-heap"), A("--no-net-ring"),
                         A("--hugepages"), A("--"), A("-kernel"), A("--mem=3"), A("--"), A("x")),
            err);
    assert_int_equal(o.mem_mib, 16);
    assert_true(o.verbose && o.exec_heap && o.no_net_ring && o.huge_pages && !o.net_vhost);
    assert_string_equal(o.kernel, "-kernel");
    assert_string_equal(o.args[0], "--mem=3");
    assert_string_equal(o.args[1], "--");
    assert_string_equal(o.args[2], "x");
    assert_null(o.args[3]);
}

static void net_accel(void **state)
{
    static const char *const wrong[] = {"--net-accel", "--net-accel=", "--net-accel:a=vhost",
            "--net-acce=vhost", "--net-accel=vhost-net", "--net-accel=VHOST"};

    (void)state;
    assert_works(HVT(A("--net-accel=vhost"), A("kernel")), err);
    assert_true(o.net_vhost && !o.no_net_ring);
    for (size_t i = 0; i < N_OF(wrong); i++)
        assert_fails(HVT(A(wrong[i]), A("kernel")), err, wrong[i] + (i < 4 ? 0 : 12));
}

static void devices(void **state)
{
    (void)state;
    assert_works(SPT(A("--net:a1=tap0"), A("--net=tap1"), A("--block:b=x y=z:"),
                         A("--block-sector-size=4096"), A("--net-mac:a1=1:2:3:4:5:6"), A("k")),
            err);
    assert_int_equal(o.n_settings, 5);
    assert_int_equal(o.settings[0].what, OPT_NET);
    assert_string_equal(o.settings[0].name, "a1");
    assert_string_equal(o.settings[0].value, "tap0");
    assert_string_equal(o.settings[1].name, "");
    assert_int_equal(o.settings[2].what, OPT_BLOCK);
    assert_string_equal(o.settings[2].value, "x y=z:");
    assert_int_equal(o.settings[3].what, OPT_BLOCK_SECTOR_SIZE);
    assert_int_equal(o.settings[4].what, OPT_NET_MAC);
    assert_string_equal(o.settings[4].word, "--net-mac:a1=1:2:3:4:5:6");
    options_free(&o);

    assert_works(SPT(A("--block-ro:b"), A("--block-nolock:c"), A("--block-ro"),
                         A("--block-nolock"), A("k")),
            err);
    assert_int_equal(o.n_settings, 4);
    assert_int_equal(o.settings[0].what, OPT_BLOCK_RO);
    assert_string_equal(o.settings[0].name, "b");
    assert_string_equal(o.settings[0].value, "");
    assert_int_equal(o.settings[1].what, OPT_BLOCK_NOLOCK);
    assert_string_equal(o.settings[1].name, "c");
    assert_int_equal(o.settings[2].what, OPT_BLOCK_RO);
    assert_string_equal(o.settings[2].name, "");
    assert_string_equal(o.settings[3].word, "--block-nolock");
    options_free(&o);
}

static void help_and_version_come_first(void **state)
{
    (void)state;
    assert_works(SPT(A("--help")), err);
    assert_true(o.help);
    assert_works(SPT(A("--mem=1"), A("--version"), A("--bad")), err);
    assert_true(o.version);
    assert_works(SPT(A("k"), A("--help")), err);
    assert_false(o.help);
}

static void bad(void **state)
{
    static const struct {
        const char *arg, *words;
    } rows[] = {
            {"--bad", "Invalid option: `--bad'. See --help."},
            {"-x", "Invalid option: `-x'"},
            {"-", "Invalid option: `-'"},
            {"--me=1", "Invalid option"},
            {"--memory=1", "Invalid option"},
            {"--mem", "write --mem=N"},
            {"--mem=", "write --mem=N"},
            {"--mem:x=1", "Invalid option"},
            {"--mem=0", "Malformed argument to --mem"},
            {"--mem=-1", "Malformed argument to --mem"},
            {"--mem=+1", "Malformed argument to --mem"},
            {"--mem= 1", "Malformed argument to --mem"},
            {"--mem=16.5", "Malformed argument to --mem"},
            {"--mem=16x", "Malformed argument to --mem"},
            {"--mem=0x10", "Malformed argument to --mem"},
            {"--mem=18446744073709551617", "Malformed argument to --mem"},
            {"--mem=18446744073709551615", "Malformed argument to --mem"},
            {"--net", "write --net:NAME=IFACE"},
            {"--net:", "a device name has"},
            {"--net:=x", "a device name has"},
            {"--net:a-b=x", "a device name has"},
            {"--net:a", "write --net:NAME=IFACE"},
            {"--net:a=", "write --net:NAME=IFACE"},
            {"--block:a", "write --block:NAME=PATH"},
            {"--block-ro=", "write --block-ro:NAME"},
            {"--block-ro=b", "write --block-ro:NAME"},
            {"--block-ro:", "a device name has"},
            {"--block-ro:b=", "write --block-ro:NAME"},
            {"--block-ro:b=disk", "write --block-ro:NAME"},
            {"--block-ro:b:c", "a device name has"},
            {"--block-nolock:b=1", "write --block-nolock:NAME"},
            {"--block-r:b", "Invalid option: `--block-r:b'"},
            {"--help=1", "Invalid option"},
            {"--x-exec-heap=1", "Invalid option"},
            {"--hugepages=2M", "Invalid option"},
            {"-v:a", "Invalid option"},
            {"--no-net-ring", "Invalid option: `--no-net-ring': only solo5-hvt has it. See"},
            {"--net-accel=vhost", "Invalid option: `--net-accel=vhost': only solo5-hvt has it."},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_fails(SPT(A(rows[i].arg), A("k")), err, rows[i].words);
    assert_fails(SPT(A("--net:012345678901234567890123456789012345678901234567890123456789"
                       "01234567=x"),
                         A("k")),
            err, "a device name has");
    assert_works(SPT(A("--net:0123456789012345678901234567890123456789012345678901234567890"
                       "123456=x"),
                         A("k")),
            err);
    assert_int_equal(strlen(o.settings[0].name), 67);
    options_free(&o);
    assert_fails(SPT(A("--net:a=b")), err, "Missing KERNEL operand");
    assert_fails(SPT(A("--")), err, "Missing KERNEL operand");
    char *none[] = {NULL};
    assert_fails(options_parse(&o, TENDER_SPT, none, &err), err, "Missing KERNEL operand");
    /* Nothing of a terminal's control reaches the sentence. */
    assert_fails(SPT(A("--\033[31m\n"), A("k")), err, "`--?[31m?'");
}

static const char *more_value;
static unsigned more_flags;

static int set_more(const char *value, struct err *e)
{
    if (strcmp(value, "bad") == 0)
        return err_set(e, "refused");
    more_value = value;
    return 0;
}

static int set_more_flag(const char *value, struct err *e)
{
    (void)value, (void)e;
    more_flags++;
    return 0;
}

/* One program's own options. */
static void more(void **state)
{
    static const struct options_extra rows[] = {
            {"--word=W", "a word", true, set_more},
            {"--flag", "a flag", false, set_more_flag},
    };
    static const struct options_more extra = {"solo5-more", rows, N_OF(rows)};

    (void)state;
    assert_fails(HVT(A("--word=1"), A("k")), err, "Invalid option: `--word=1'");
    o.more = &extra;
    assert_works(HVT(A("--word=a=b:c"), A("--flag"), A("--mem=3"), A("--flag"), A("k")), err);
    assert_string_equal(more_value, "a=b:c");
    assert_int_equal(more_flags, 2);
    assert_int_equal(o.mem_mib, 3);
    assert_ptr_equal(o.more, &extra);
    assert_fails(HVT(A("--word=bad"), A("k")), err, "refused");
    assert_fails(HVT(A("--word="), A("k")), err, "write --word=W");
    assert_fails(HVT(A("--word"), A("k")), err, "write --word=W");
    assert_fails(HVT(A("--word:a=1"), A("k")), err, "Invalid option: `--word:a=1'");
    assert_fails(HVT(A("--flag=1"), A("k")), err, "Invalid option: `--flag=1'");
    assert_fails(HVT(A("--wor=1"), A("k")), err, "Invalid option: `--wor=1'");
    o.more = NULL;
}

static void numbers(void **state)
{
    uint64_t v = 7;

    (void)state;
    assert_int_equal(parse_u64("18446744073709551615", UINT64_MAX, &v), 0);
    assert_true(v == UINT64_MAX);
    assert_int_equal(parse_u64("0", 0, &v), 0);
    assert_int_equal(parse_u64("00010", 10, &v), 0);
    assert_int_equal(v, 10);
    assert_int_equal(parse_u64("11", 10, &v), -1);
    assert_int_equal(parse_u64("18446744073709551616", UINT64_MAX, &v), -1);
    assert_int_equal(parse_u64("99999999999999999999", UINT64_MAX, &v), -1);
    assert_int_equal(v, 10);
}

static void joined(void **state)
{
    char buf[8];

    (void)state;
    assert_works(cmdline_join(buf, sizeof buf, &ARGV(A("a"), A(""), A("bcd"))[1], &err), err);
    assert_string_equal(buf, "a  bcd");
    assert_works(cmdline_join(buf, sizeof buf, &words(NULL)[1], &err), err);
    assert_string_equal(buf, "");
    assert_works(cmdline_join(buf, sizeof buf, &ARGV(A("123"), A("567"))[1], &err), err);
    assert_string_equal(buf, "123 567");
    assert_fails(cmdline_join(buf, sizeof buf, &ARGV(A("123"), A("5678"))[1], &err), err,
            "Guest command line too long (max=7 characters)");
    assert_fails(cmdline_join(buf, sizeof buf, &ARGV(A("12345678"))[1], &err), err,
            "too long");
    assert_fails(cmdline_join(buf, sizeof buf, &ARGV(A("1234567"), A(""))[1], &err), err,
            "too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(good),
            cmocka_unit_test(net_accel),
            cmocka_unit_test(devices),
            cmocka_unit_test(help_and_version_come_first),
            cmocka_unit_test(bad),
            cmocka_unit_test(more),
            cmocka_unit_test(numbers),
            cmocka_unit_test(joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
