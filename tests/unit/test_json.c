/* SPDX-License-Identifier: ISC */
/*
 * links: elftool/json.c tenders/common/manifest.c tenders/common/image.c
 * links: tenders/common/err.c
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "json.h"

static struct err err;
static struct manifest m;

static int parse(const char *text)
{
    return json_to_manifest(&m, text, strlen(text), &err);
}

#define HEAD "{\"type\":\"solo5.manifest\",\"version\":1,\"devices\":"
#define DEV(name, type) "{\"name\":\"" name "\",\"type\":\"" type "\"}"
#define LIST(devices) HEAD "[" devices "]}"
#define A_TO_Z "abcdefghijklmnopqrstuvwxyz"
#define NAME_67 A_TO_Z A_TO_Z "ABCDEFGHIJKLMNO"

static void good(void **state)
{
    (void)state;
    assert_works(parse(LIST("")), err);
    assert_int_equal(m.version, MFT_VERSION);
    assert_int_equal(m.entries, 1);
    assert_int_equal(m.e[0].type, MFT_RESERVED_FIRST);
    assert_string_equal(m.e[0].name, "");

    assert_works(parse(" \t\r\n{ \"devices\" : [ ] , \"version\":1,\n\n\"type\" : "
                       "\"solo5.manifest\" } \n"),
            err);
    assert_int_equal(m.entries, 1);

    assert_works(parse(LIST(DEV("net0", "NET_BASIC") "," DEV("Disk1", "BLOCK_BASIC"))), err);
    assert_int_equal(m.entries, 3);
    assert_string_equal(m.e[1].name, "net0");
    assert_int_equal(m.e[1].type, MFT_DEV_NET_BASIC);
    assert_string_equal(m.e[2].name, "Disk1");
    assert_int_equal(m.e[2].type, MFT_DEV_BLOCK_BASIC);

    /* Escapes are decoded before the name is looked at. */
    assert_works(parse(LIST(DEV("\\u006eet", "NET_\\u0042ASIC"))), err);
    assert_string_equal(m.e[1].name, "net");

    assert_works(parse(LIST(DEV(NAME_67, "NET_BASIC"))), err);
    assert_int_equal(strlen(m.e[1].name), MFT_NAME_MAX);

    /* Nothing of an earlier call stays. */
    assert_works(parse(LIST(DEV("a", "NET_BASIC"))), err);
    assert_int_equal(m.e[1].name[1], 0);
    assert_int_equal(m.e[2].type, 0);
}

/* N devices d0, d1, ... */
static char *many(unsigned n)
{
    char *text = malloc(128 + n * 64);
    char *p = text + sprintf(text, HEAD "[");

    assert_non_null(text);
    for (unsigned i = 0; i < n; i++)
        p += sprintf(p, "%s" DEV("d%u", "NET_BASIC"), i ? "," : "", i);
    strcpy(p, "]}");
    return text;
}

static void count(void **state)
{
    (void)state;
    char *text = many(63);
    assert_works(parse(text), err);
    assert_int_equal(m.entries, 64);
    assert_string_equal(m.e[63].name, "d62");
    free(text);

    text = many(64);
    assert_fails(parse(text), err, ".devices: too many entries, maximum 63");
    free(text);
    text = many(1000);
    assert_fails(parse(text), err, "too many entries, maximum 63");
    free(text);
}

static void bad(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } rows[] = {
            /* not JSON */
            {"", "invalid JSON on line 1"},
            {" \n\n", "invalid JSON"},
            {"{", "invalid JSON on line 1"},
            {"x", "invalid JSON"},
            {LIST("") "x", "invalid JSON on line 1: end of file expected"},
            {LIST("") LIST(""), "end of file expected"},
            {HEAD "[],}", "invalid JSON"},
            {HEAD "[" DEV("a", "NET_BASIC") ",]}", "invalid JSON"},
            {HEAD "[" DEV("a", "NET_BASIC") DEV("b", "NET_BASIC") "]}", "invalid JSON"},
            {"{\n\n\"type\" 1}", "invalid JSON on line 3"},
            {"{\"type\":\"solo5.manifest\",\"version\":01,\"devices\":[]}", "invalid JSON"},
            {"{\"type\":\"solo5.manifest\",\"version\":1,\"version\":1,\"devices\":[]}",
                    "duplicate object key"},
            {LIST("{\"name\":\"a\",\"name\":\"b\",\"type\":\"NET_BASIC\"}"),
                    "duplicate object key"},
            {LIST("{\"name\":\"\\u0000\",\"type\":\"NET_BASIC\"}"), "invalid JSON"},
            {LIST("{\"name\":\"\xff\",\"type\":\"NET_BASIC\"}"), "invalid JSON"},
            {"// no comments\n" LIST(""), "invalid JSON"},
            /* the root */
            {"[]", "(root): expected an object, found an array"},
            {"1", "(root): expected an object, found an integer"},
            {"null", "(root): expected an object, found null"},
            {"\"solo5.manifest\"", "(root): expected an object, found a string"},
            {"{}", "(root): missing .type"},
            {"{\"type\":\"solo5.manifest\"}", "(root): missing .version"},
            {"{\"type\":\"solo5.manifest\",\"version\":1}", "(root): missing .devices"},
            {"{\"type\":\"solo5.manifest\",\"version\":1,\"devices\":[],\"x\":1}",
                    "(root): unknown key: x"},
            {"{\"type\":1,\"version\":1,\"devices\":[]}",
                    ".type: expected a string, found an integer"},
            {"{\"type\":\"solo5.manifes\",\"version\":1,\"devices\":[]}",
                    ".type: invalid value: solo5.manifes"},
            {"{\"type\":\"solo5.manifest\",\"version\":1.0,\"devices\":[]}",
                    ".version: expected an integer, found a real number"},
            {"{\"type\":\"solo5.manifest\",\"version\":\"1\",\"devices\":[]}",
                    ".version: expected an integer, found a string"},
            {"{\"type\":\"solo5.manifest\",\"version\":true,\"devices\":[]}",
                    ".version: expected an integer, found a boolean"},
            {"{\"type\":\"solo5.manifest\",\"version\":2,\"devices\":[]}",
                    ".version: invalid version: 2"},
            {"{\"type\":\"solo5.manifest\",\"version\":-1,\"devices\":[]}",
                    ".version: invalid version: -1"},
            {"{\"type\":\"solo5.manifest\",\"version\":4294967297,\"devices\":[]}",
                    ".version: invalid version: 4294967297"},
            {HEAD "{}}", ".devices: expected an array, found an object"},
            {HEAD "null}", ".devices: expected an array, found null"},
            /* the devices */
            {LIST("1"), ".devices[0]: expected an object, found an integer"},
            {LIST(DEV("a", "NET_BASIC") ",[]"),
                    ".devices[1]: expected an object, found an array"},
            {LIST("{}"), ".devices[0]: missing .name"},
            {LIST("{\"name\":\"a\"}"), ".devices[0]: missing .type"},
            {LIST("{\"name\":\"a\",\"type\":\"NET_BASIC\",\"mac\":1}"),
                    ".devices[0]: unknown key: mac"},
            {LIST("{\"name\":1,\"type\":\"NET_BASIC\"}"),
                    ".devices[0].name: expected a string, found an integer"},
            {LIST("{\"name\":\"a\",\"type\":{}}"),
                    ".devices[0].type: expected a string, found an object"},
            {LIST(DEV("", "NET_BASIC")), ".devices[0].name: a name may not be empty"},
            {LIST(DEV(NAME_67 "x", "NET_BASIC")), ".devices[0].name: name too long"},
            {LIST(DEV("a b", "NET_BASIC")), ".devices[0].name: name is not alphanumeric"},
            {LIST(DEV("a-b", "NET_BASIC")), ".devices[0].name: name is not alphanumeric"},
            {LIST(DEV("\\u00e9", "NET_BASIC")), "name is not alphanumeric"},
            {LIST(DEV("a\\n", "NET_BASIC")), "name is not alphanumeric"},
            {LIST(DEV("a", "NET_BASIC") "," DEV("b", "NET_BASIC") "," DEV("a", "BLOCK_BASIC")),
                    ".devices[2].name: duplicate name: a is .devices[0], too"},
            {LIST(DEV("a", "")), ".devices[0].type: unknown type: "},
            {LIST(DEV("a", "NET")), ".devices[0].type: unknown type: NET"},
            {LIST(DEV("a", "net_basic")), ".devices[0].type: unknown type: net_basic"},
            {LIST(DEV("a", "NET_BASIC }, { .type = 5")), ".devices[0].type: unknown type"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_fails(parse(rows[i].text), err, rows[i].words);
}

/* Every prefix of a good manifest is a bad one, and none does harm. */
static void cut(void **state)
{
    static const char text[] =
            LIST(DEV("net0", "NET_BASIC") "," DEV("disk", "BLOCK_BASIC"));

    (void)state;
    for (size_t n = 0; n < sizeof text - 1; n++) {
        char *part = malloc(n + 1); /* of its own: an overrun is seen */
        assert_non_null(part);
        memcpy(part, text, n);
        assert_int_equal(json_to_manifest(&m, part, n, &err), -1);
        free(part);
    }
}

static void deep_and_large(void **state)
{
    const size_t n = JSON_SOURCE_MAX + 1;
    char *text = malloc(n);

    (void)state;
    assert_non_null(text);
    memset(text, '[', n);
    assert_fails(json_to_manifest(&m, text, n, &err), err, "too large");
    assert_fails(json_to_manifest(&m, text, n - 1, &err), err, "depth");
    memset(text, ' ', n);
    assert_fails(json_to_manifest(&m, text, n - 1, &err), err, "invalid JSON");
    free(text);
}

/* A sentence is printable, whatever was in the source. */
static void printable(void **state)
{
    (void)state;
    assert_fails(parse(LIST(DEV("a\\u001b[31m\\n", "NET_BASIC"))), err, "not alphanumeric");
    for (const char *p = err.text; *p; p++)
        assert_true((unsigned char)*p >= 0x20);
}

static void print_string(void **state)
{
    static const char text[] = "a\"b\\c\n\x1b\x7f\xe9z";
    char *out = NULL;
    size_t size;
    FILE *f = open_memstream(&out, &size);

    (void)state;
    assert_non_null(f);
    json_print_string(f, text);
    fclose(f);
    assert_string_equal(out, "\"a\\\"b\\\\c\\u000a\\u001b\\u007f\\u00e9z\"");
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(good),
            cmocka_unit_test(count),
            cmocka_unit_test(bad),
            cmocka_unit_test(cut),
            cmocka_unit_test(deep_and_large),
            cmocka_unit_test(printable),
            cmocka_unit_test(print_string),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
