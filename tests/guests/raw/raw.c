/* SPDX-License-Identifier: ISC */
#include "raw.h"

#include "ext_abi.h"

SOLO5_INTERP_DECLARE();
NOT_OPENBSD_NOTE_DECLARE();
EXT1_NOTE_DECLARE(~EXT_F_BTI, 0); /* all but landing pads, which these have not */

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

void raw_expect_zeros(const char *name, const uint64_t *values, size_t n)
{
    while (n > 1 && *values == 0) {
        values++;
        n--;
    }
    raw_expect(name, *values, 0);
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

static const volatile struct ext_info *const ext = (const void *)EXT_INFO_BASE;

static int random_is_zero(void)
{
    uint8_t any = 0;

    for (unsigned i = 0; i < EXT_RANDOM_SIZE; i++)
        any |= ext->random[i];
    return any == 0;
}

void raw_check_ext(int large_memory, uint64_t hypercall_base)
{
    raw_expect("ext.magic", ext->magic, EXT_MAGIC);
    raw_expect("ext.version", ext->version, EXT_VERSION);
    raw_expect("ext.size", ext->size, sizeof *ext);
    raw_check("ext: only bits that exist",
            (ext->features &
                    ~(EXT_F_CLOCK_VDSO | EXT_F_NET_BATCH | EXT_F_BLOCK_MAP | EXT_F_PAC)) >>
                            5 == 0);
    raw_check("ext: RANDOM", (ext->features & EXT_F_RANDOM) != 0);
    raw_expect("ext: LARGE_MEMORY", (ext->features & EXT_F_LARGE_MEMORY) != 0,
            (uint64_t)large_memory);
    raw_expect("ext.hypercall_base", ext->hypercall_base, hypercall_base);
    raw_check("ext.random", !random_is_zero());
    raw_expect("ext.clock_vdso", ext->clock_vdso != 0, (ext->features & EXT_F_CLOCK_VDSO) != 0);
    raw_expect("ext.net_vhost", ext->net_vhost, 0);
    raw_expect("ext.block_page", ext->block_page != 0, (ext->features & EXT_F_BLOCK_MAP) != 0);
    raw_expect("ext.block_map[1]", ext->block_map[1] != 0, (ext->features & EXT_F_BLOCK_MAP) != 0);
    raw_expect("ext.block_map[2]", ext->block_map[2], 0);
    raw_expect("behind ext", *(const volatile uint64_t *)(ext + 1), 0);
}

int raw_equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}
