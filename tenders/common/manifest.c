/* SPDX-License-Identifier: ISC */
#include "manifest.h"

#include <string.h>

#include "image.h"

_Static_assert(sizeof(struct mft_entry) == MFT_ENTRY_SIZE, "manifest entry");
_Static_assert(sizeof(struct manifest) ==
                MFT_HEADER_SIZE + MFT_MAX_ENTRIES * MFT_ENTRY_SIZE,
        "manifest");

size_t manifest_size(const struct manifest *m)
{
    return MFT_HEADER_SIZE + m->entries * (size_t)MFT_ENTRY_SIZE;
}

bool manifest_is_device(const struct mft_entry *e)
{
    return e->type == MFT_DEV_BLOCK_BASIC || e->type == MFT_DEV_NET_BASIC;
}

const char *manifest_type_name(mft_type_t type)
{
    return type == MFT_DEV_NET_BASIC ? "NET_BASIC" : "BLOCK_BASIC";
}

/* Letters and digits, at least one, then zeros to the end. */
static bool name_ok(const char name[MFT_NAME_SIZE])
{
    size_t n = 0;

    while (n < MFT_NAME_MAX &&
            ((name[n] >= '0' && name[n] <= '9') || (name[n] >= 'A' && name[n] <= 'Z') ||
                    (name[n] >= 'a' && name[n] <= 'z')))
        n++;
    if (n == 0)
        return false;
    for (; n < MFT_NAME_SIZE; n++)
        if (name[n] != 0)
            return false;
    return true;
}

static int invalid(struct err *err, unsigned entry, const char *why)
{
    return err_set(err, "Solo5 manifest is invalid: entry %u: %s", entry, why);
}

/*
 * Check entry I as it is in the file and copy its name and type. Everything else
 * in it is the tender's to fill in and stays 0.
 */
static int check_entry(struct manifest *m, unsigned i, const struct mft_entry *raw,
        const uint8_t attached, struct err *err)
{
    /* An enum read from a file: compare it as the number it is. */
    uint32_t type;
    memcpy(&type, &raw->type, sizeof type);

    if (raw->name[MFT_NAME_SIZE - 1] != 0)
        return invalid(err, i, "the name is not terminated");
    if (attached != 0)
        return invalid(err, i, "marked as attached in the file");
    if (i == 0) {
        if (type != MFT_RESERVED_FIRST || raw->name[0] != 0)
            return invalid(err, i, "is not the reserved entry");
        m->e[0].type = MFT_RESERVED_FIRST;
        return 0;
    }
    /* Reserved types of later versions: no device, nothing to attach. */
    if (type >= MFT_RESERVED_FIRST) {
        m->e[i].type = MFT_RESERVED_FIRST;
        return 0;
    }
    if (type != MFT_DEV_BLOCK_BASIC && type != MFT_DEV_NET_BASIC)
        return invalid(err, i, "unknown device type");
    if (!name_ok(raw->name))
        return invalid(err, i, "the name is not made of 1 to 67 letters and digits");
    for (unsigned k = 1; k < i; k++)
        if (manifest_is_device(&m->e[k]) && strcmp(m->e[k].name, raw->name) == 0)
            return invalid(err, i, "the name stands twice");
    memcpy(m->e[i].name, raw->name, MFT_NAME_SIZE);
    m->e[i].type = (mft_type_t)type;
    return 0;
}

int manifest_check(struct manifest *m, const void *bytes, size_t size, struct err *err)
{
    const uint8_t *p = bytes;
    uint32_t version, entries;

    memset(m, 0, sizeof *m);
    if (size < MFT_HEADER_SIZE)
        return err_set(err, "Solo5 manifest is invalid: %zu bytes are too few", size);
    memcpy(&version, p, sizeof version);
    memcpy(&entries, p + sizeof version, sizeof entries);
    if (version != MFT_VERSION)
        return err_set(err, "Solo5 manifest is invalid: unsupported version %u", version);
    if (entries < 1 || entries > MFT_MAX_ENTRIES)
        return err_set(err, "Solo5 manifest is invalid: %u entries, 1 to %d are possible",
                entries, MFT_MAX_ENTRIES);
    if (size != MFT_HEADER_SIZE + (size_t)entries * MFT_ENTRY_SIZE)
        return err_set(err, "Solo5 manifest is invalid: %zu bytes don't hold %u entries",
                size, entries);

    m->version = version;
    m->entries = entries;
    for (unsigned i = 0; i < entries; i++) {
        const uint8_t *at = p + MFT_HEADER_SIZE + (size_t)i * MFT_ENTRY_SIZE;
        struct mft_entry raw;

        memcpy(&raw, at, sizeof raw);
        uint8_t attached = at[offsetof(struct mft_entry, attached)];
        if (check_entry(m, i, &raw, attached, err) != 0)
            return -1;
    }
    return 0;
}

int manifest_read(struct manifest *m, const struct elf *elf, struct err *err)
{
    static const struct elf_note_spec spec = {
            .type = MFT1_NOTE_TYPE, .pad = MFT1_NOTE_PAD, .max_size = MFT1_NOTE_MAX_SIZE};
    uint8_t buf[MFT1_NOTE_MAX_SIZE];

    long size = elf_note(elf, &spec, buf, err);
    if (size < 0)
        return -1;
    if (size == 0)
        return err_set(err, "No Solo5 manifest found in executable");
    return manifest_check(m, buf, (size_t)size, err);
}

unsigned manifest_find(const struct manifest *m, const char *name, mft_type_t type)
{
    for (unsigned i = 1; i < m->entries; i++)
        if (m->e[i].type == type && strcmp(m->e[i].name, name) == 0)
            return i;
    return 0;
}
