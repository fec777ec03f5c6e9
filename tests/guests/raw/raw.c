/* SPDX-License-Identifier: ISC */
#include "raw.h"

SOLO5_INTERP_DECLARE();
NOT_OPENBSD_NOTE_DECLARE();

static unsigned failures;

void raw_put(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    raw_write(s, n);
}

void raw_put_hex(uint64_t v)
{
    char buf[20];
    char *p = buf + sizeof buf;

    *--p = 0;
    do {
        *--p = "0123456789abcdef"[v & 15];
        v >>= 4;
    } while (v);
    raw_put("0x");
    raw_put(p);
}

void raw_expect(const char *name, uint64_t value, uint64_t expected)
{
    raw_put(name);
    raw_put("=");
    raw_put_hex(value);
    if (value != expected) {
        raw_put(" FAILURE: expected ");
        raw_put_hex(expected);
        failures++;
    }
    raw_put("\n");
}

void raw_check(const char *what, int condition)
{
    if (condition)
        return;
    raw_put("FAILURE: ");
    raw_put(what);
    raw_put("\n");
    failures++;
}

void raw_finish(void)
{
    raw_put(failures ? "FAILURE\n" : "SUCCESS\n");
    raw_exit(failures != 0);
}

int raw_equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}
