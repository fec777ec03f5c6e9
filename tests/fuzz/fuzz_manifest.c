/* SPDX-License-Identifier: ISC */
/*
 * The content of a manifest's note, as if it were at offset 0 of a file.
 *
 * links: tenders/common/manifest.c tenders/common/image.c tenders/common/err.c
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "err.h"
#include "manifest.h"

static struct err err;

static uint32_t word(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* 1 to 67 letters and digits, zeros to the end. */
static bool name_allowed(const uint8_t *name)
{
    size_t n = 0;

    while (n < 68 && is_alnum(name[n]))
        n++;
    if (n == 0 || n == 68)
        return false;
    while (n < 68 && name[n] == 0)
        n++;
    return n == 68;
}

/* The rules of docs/abi.md, section 2, once more: entry I of those at FIRST. */
static bool entry_allowed(const uint8_t *first, uint32_t i)
{
    const uint8_t *e = first + i * 104U;
    uint32_t type = word(e + 68);

    if (e[67] != 0 || e[96] != 0)
        return false;
    if (i == 0)
        return type == 1U << 30 && e[0] == 0;
    if (type >= 1U << 30)
        return true;
    if ((type != 1 && type != 2) || !name_allowed(e))
        return false;
    for (uint32_t k = 1; k < i; k++)
        if (word(first + k * 104U + 68) < 1U << 30 && memcmp(first + k * 104U, e, 68) == 0)
            return false;
    return true;
}

static bool allowed(const uint8_t *bytes, size_t size)
{
    if (size < 8 || word(bytes) != 1)
        return false;
    uint32_t n = word(bytes + 4);
    if (n < 1 || n > 64 || size != 8 + 104 * (size_t)n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!entry_allowed(bytes + 8, i))
            return false;
    return true;
}

static bool is_all(const void *p, size_t n, uint8_t value)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        if (b[i] != value)
            return false;
    return true;
}

static bool is_zero(const void *p, size_t n)
{
    return is_all(p, n, 0);
}

/* Name and type of a device, and nothing else of the file. */
static void check_entry(const struct manifest *m, unsigned i, const uint8_t *raw)
{
    const struct mft_entry *e = &m->e[i];
    bool device = word(raw + 68) < 1U << 30;

    MUST(manifest_is_device(e) == device);
    MUST(is_zero(&e->u, MFT_ENTRY_SIZE - offsetof(struct mft_entry, u)));
    if (!device) {
        MUST(e->type == MFT_RESERVED_FIRST && is_zero(e->name, MFT_NAME_SIZE));
        return;
    }
    MUST(e->type == word(raw + 68) && memcmp(e->name, raw, MFT_NAME_SIZE) == 0);
    MUST(manifest_find(m, e->name, e->type) == i);
    MUST(manifest_find(m, e->name, (mft_type_t)(3 - e->type)) == 0);
}

#define UNTOUCHED 0x5a

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct manifest m;

    memset(&m, UNTOUCHED, sizeof m);
    bool good = manifest_check(&m, bytes, size, 0x1000, &err) == 0;
    MUST(good == allowed(bytes, size));
    if (!good) {
        MUST(strstr(err.text, "offset 0x") && !strchr(err.text, '\n'));
        return 0;
    }
    MUST(manifest_size(&m) == size && m.version == 1);
    for (unsigned i = 0; i < m.entries; i++)
        check_entry(&m, i, bytes + 8 + i * 104U);
    MUST(is_all(&m.e[m.entries], (MFT_MAX_ENTRIES - m.entries) * sizeof m.e[0], UNTOUCHED));
    return 0;
}
