/* SPDX-License-Identifier: ISC */
/*
 * The frequency of the aarch64 counter: device trees made by dtc, read as the folders that the
 * kernel makes of them.
 *
 * links: tenders/hvt/aarch64/cycle_freq.c tenders/common/err.c
 */
#include "unit.h"

#include <errno.h>
#include <ftw.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../tenders/hvt/aarch64/cycle_freq.h"

#define REGISTER_HZ 1000000

static struct err err;
static char dir[] = "/tmp/cycle_freq.XXXXXX";
static uint8_t blob[65536];
static size_t blob_size;

static const struct tree {
    const char *what;
    const char *nodes;
    uint64_t hz; /* what it says, 0: nothing */
} trees[] = {
        {"no timer", "cpus { a = <1>; };", 0},
        {"timer without frequency", "timer { compatible = \"arm,armv8-timer\"; };", 0},
        {"ARMv8", "timer { compatible = \"arm,armv8-timer\"; clock-frequency = <24000000>; };",
                24000000},
        {"ARMv7",
                "timer { compatible = \"arm,armv7-timer\"; clock-frequency = <0x1000001>; };",
                0x1000001},
        {"both names",
                "timer { compatible = \"arm,armv8-timer\", \"arm,armv7-timer\"; "
                "clock-frequency = <50000000>; };",
                50000000},
        {"second name",
                "timer { compatible = \"maker,timer\", \"arm,armv8-timer\"; "
                "clock-frequency = <19200000>; };",
                19200000},
        {"part of a name",
                "timer { compatible = \"arm,armv8-timer-mem\"; clock-frequency = <5>; };", 0},
        {"beginning of a name", "timer { compatible = \"arm,armv8\"; clock-frequency = <5>; };",
                0},
        {"two cells",
                "timer { compatible = \"arm,armv8-timer\"; clock-frequency = <1 2>; };",
                0x100000002},
        {"64 bits",
                "timer { compatible = \"arm,armv8-timer\"; "
                "clock-frequency = /bits/ 64 <1000000000>; };",
                1000000000},
        {"largest cell",
                "timer { compatible = \"arm,armv8-timer\"; clock-frequency = <0xffffffff>; };",
                0xffffffff},
        {"zero", "timer { compatible = \"arm,armv8-timer\"; clock-frequency = <0>; };", 0},
        {"three cells",
                "timer { compatible = \"arm,armv8-timer\"; clock-frequency = <0 0 5>; };", 0},
        {"two bytes",
                "timer { compatible = \"arm,armv8-timer\"; clock-frequency = [01 02]; };", 0},
        {"no bytes", "timer { compatible = \"arm,armv8-timer\"; clock-frequency; };", 0},
        {"empty name", "timer { compatible; clock-frequency = <5>; };", 0},
        {"disabled",
                "timer { compatible = \"arm,armv8-timer\"; status = \"disabled\"; "
                "clock-frequency = <5>; };",
                0},
        {"okay",
                "timer { compatible = \"arm,armv8-timer\"; status = \"okay\"; "
                "clock-frequency = <6>; };",
                6},
        {"ok",
                "timer { compatible = \"arm,armv8-timer\"; status = \"ok\"; "
                "clock-frequency = <7>; };",
                7},
        {"deep inside",
                "soc { bus@8000 { #address-cells = <1>; timer@1 { compatible = "
                "\"arm,armv8-timer\"; clock-frequency = <54000000>; }; }; };",
                54000000},
        {"others have one, too",
                "uart { compatible = \"arm,pl011\"; clock-frequency = <1>; }; "
                "timer { compatible = \"arm,armv8-timer\"; clock-frequency = <8>; }; "
                "cpus { clock-frequency = <2>; };",
                8},
        {"one is disabled",
                "a { compatible = \"arm,armv7-timer\"; status = \"disabled\"; "
                "clock-frequency = <5>; }; "
                "b { compatible = \"arm,armv8-timer\"; clock-frequency = <9>; };",
                9},
        {"two agree",
                "a { compatible = \"arm,armv7-timer\"; clock-frequency = <9>; }; "
                "b { compatible = \"arm,armv8-timer\"; clock-frequency = <9>; };",
                9},
        {"two disagree",
                "a { compatible = \"arm,armv7-timer\"; clock-frequency = <8>; }; "
                "b { compatible = \"arm,armv8-timer\"; clock-frequency = <9>; };",
                0},
        {"two disagree, the other way round",
                "b { compatible = \"arm,armv8-timer\"; clock-frequency = <9>; }; "
                "a { compatible = \"arm,armv7-timer\"; clock-frequency = <8>; };",
                0},
        {"the usual name is asked alone",
                "a { compatible = \"arm,armv7-timer\"; clock-frequency = <8>; }; "
                "timer { compatible = \"arm,armv8-timer\"; clock-frequency = <9>; }; "
                "z { compatible = \"arm,armv7-timer\"; clock-frequency = <8>; };",
                9},
        {"the usual name says nothing",
                "timer { compatible = \"arm,armv8-timer\"; }; "
                "z { compatible = \"arm,armv8-timer\"; clock-frequency = <8>; };",
                0},
        {"the usual name is disabled",
                "timer { compatible = \"arm,armv8-timer\"; status = \"disabled\"; "
                "clock-frequency = <5>; }; "
                "z { compatible = \"arm,armv8-timer\"; clock-frequency = <8>; };",
                8},
        {"the usual name is of another",
                "timer { compatible = \"maker,timer\"; clock-frequency = <5>; }; "
                "soc { timer { compatible = \"arm,armv8-timer\"; clock-frequency = <8>; }; };",
                8},
        {"in the root node", "compatible = \"arm,armv8-timer\"; clock-frequency = <10>;", 10},
};

static const char *path_of(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");

    if (!f)
        fail_msg("%s: %s", path, strerror(errno));
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

/* The blob of a tree, by dtc. */
static void compile(const char *nodes)
{
    char command[1400];

    FILE *f = fopen(path_of("dts"), "w");
    assert_non_null(f);
    fprintf(f, "/dts-v1/;\n/ { %s };\n", nodes);
    assert_int_equal(fclose(f), 0);
    snprintf(command, sizeof command, "dtc -q -f -I dts -O dtb -o %s/dtb %s/dts", dir, dir);
    if (system(command) != 0)
        fail_msg("dtc failed or is missing (Debian: device-tree-compiler)");
    f = fopen(path_of("dtb"), "rb");
    assert_non_null(f);
    blob_size = fread(blob, 1, sizeof blob, f);
    fclose(f);
    assert_true(blob_size > 0 && blob_size < sizeof blob);
}

/* As the kernel shows it: a folder for each node, a file for each property. */
static void unpack(int node, const char *path)
{
    char sub[600];
    int offset;

    assert_int_equal(mkdir(path, 0700), 0);
    fdt_for_each_property_offset(offset, blob, node) {
        const char *name;
        int len;
        const void *value = fdt_getprop_by_offset(blob, offset, &name, &len);
        assert_non_null(value);
        snprintf(sub, sizeof sub, "%s/%s", path, name);
        write_file(sub, value, (size_t)len);
    }
    /* The kernel adds the node's name as a property. */
    snprintf(sub, sizeof sub, "%s/name", path);
    write_file(sub, "x", 2);
    fdt_for_each_subnode(offset, blob, node) {
        snprintf(sub, sizeof sub, "%s/%s", path, fdt_get_name(blob, offset, NULL));
        unpack(offset, sub);
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
    (void)st, (void)type, (void)f;
    return remove(path);
}

static void remove_all(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void check_tree(const struct tree *t)
{
    uint64_t hz, want = t->hz ? t->hz : REGISTER_HZ;

    compile(t->nodes);
    assert_int_equal(mkdir(path_of("sys"), 0700), 0);
    assert_int_equal(mkdir(path_of("sys/devicetree"), 0700), 0);
    char *base = strdup(path_of("sys/devicetree/base"));
    assert_non_null(base);
    unpack(0, base);
    free(base);
    assert_works(cycle_freq(path_of("sys"), REGISTER_HZ, &hz, &err), err);
    if (hz != want)
        fail_msg("%s: %llu Hz, want %llu", t->what, (unsigned long long)hz,
                (unsigned long long)want);
    remove_all(path_of("sys"));
}

static void what_trees_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(trees); i++)
        check_tree(&trees[i]);
}

static void no_tree(void **state)
{
    uint64_t hz = 0;

    (void)state;
    assert_works(cycle_freq("/nonexistent", 62500000, &hz, &err), err);
    assert_int_equal(hz, 62500000);
    assert_fails(cycle_freq("/nonexistent", 0, &hz, &err), err, "CNTFRQ_EL0");
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    remove_all(dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(what_trees_say),
            cmocka_unit_test(no_tree),
    };

    return cmocka_run_group_tests_name("cycle_freq", tests, setup, teardown);
}
