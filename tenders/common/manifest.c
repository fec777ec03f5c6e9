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

/* Letters and digits, at least one, then zeros to the end: else why not, from *AT on. */
static const char *name_fault(const char name[MFT_NAME_SIZE], size_t *at)
{
    size_t n = 0;

    while ((name[n] >= '0' && name[n] <= '9') || (name[n] >= 'A' && name[n] <= 'Z') ||
            (name[n] >= 'a' && name[n] <= 'z'))
        n++;
    *at = n;
    if (name[n] != 0)
        return "the name has a character that is no letter or digit";
    if (n == 0)
        return "the name is empty";
    while (n < MFT_NAME_SIZE && name[n] == 0)
        n++;
    *at = n;
    return n < MFT_NAME_SIZE ? "behind the end of the name there are more bytes" : NULL;
}

/* Why RAW can't be entry 0; *AT is where in it. */
static const char *reserved_fault(const struct mft_entry *raw, uint32_t type, size_t *at)
{
    *at = type != MFT_RESERVED_FIRST ? offsetof(struct mft_entry, type) : 0;
    return type != MFT_RESERVED_FIRST || raw->name[0] != 0 ? "is not the reserved entry" : NULL;
}

static bool is_taken(const struct manifest *m, unsigned i, const char *name)
{
    for (unsigned k = 1; k < i; k++)
        if (manifest_is_device(&m->e[k]) && strcmp(m->e[k].name, name) == 0)
            return true;
    return false;
}

/*
 * Check entry I as it is in the file and copy its name and type. Everything else in it is
 * the tender's to fill in and stays 0. Returns what is wrong, and *AT says where in it.
 */
static const char *entry_fault(struct manifest *m, unsigned i, const struct mft_entry *raw,
        const uint8_t attached, size_t *at)
{
    /* An enum read from a file: compare it as the number it is. */
    uint32_t type;
    memcpy(&type, &raw->type, sizeof type);

    *at = MFT_NAME_SIZE - 1;
    if (raw->name[MFT_NAME_SIZE - 1] != 0)
        return "the name is not terminated";
    *at = offsetof(struct mft_entry, attached);
    if (attached != 0)
        return "marked as attached in the file";
    m->e[i].type = MFT_RESERVED_FIRST;
    if (i == 0)
        return reserved_fault(raw, type, at);
    /* Reserved types of later versions: no device, nothing to attach. */
    if (type >= MFT_RESERVED_FIRST)
        return NULL;
    *at = offsetof(struct mft_entry, type);
    if (type != MFT_DEV_BLOCK_BASIC && type != MFT_DEV_NET_BASIC)
        return "unknown device type";
    const char *fault = name_fault(raw->name, at);
    if (fault)
        return fault;
    *at = offsetof(struct mft_entry, name);
    if (is_taken(m, i, raw->name))
        return "the name stands twice";
    memcpy(m->e[i].name, raw->name, MFT_NAME_SIZE);
    m->e[i].type = (mft_type_t)type;
    return NULL;
}

/* Version and number of entries, at AT in the file. */
static int check_header(struct manifest *m, const uint8_t *p, size_t size,
        unsigned long long at, struct err *err)
{
    if (size < MFT_HEADER_SIZE)
        return err_set(err, "Solo5 manifest is invalid: %zu bytes are too few (offset 0x%llx)",
                size, at);
    memcpy(&m->version, p, sizeof m->version);
    memcpy(&m->entries, p + offsetof(struct manifest, entries), sizeof m->entries);
    if (m->version != MFT_VERSION)
        return err_set(err, "Solo5 manifest is invalid: unsupported version %u (offset 0x%llx)",
                m->version, at);
    at += offsetof(struct manifest, entries);
    if (m->entries < 1 || m->entries > MFT_MAX_ENTRIES)
        return err_set(err,
                "Solo5 manifest is invalid: %u entries, 1 to %d are possible (offset 0x%llx)",
                m->entries, MFT_MAX_ENTRIES, at);
    if (size != manifest_size(m))
        return err_set(err,
                "Solo5 manifest is invalid: %zu bytes don't hold %u entries (offset 0x%llx)",
                size, m->entries, at);
    return 0;
}

int manifest_check(struct manifest *m, const void *bytes, size_t size, uint64_t at,
        struct err *err)
{
    if (check_header(m, bytes, size, at, err) != 0)
        return -1;
    memset(m->e, 0, m->entries * sizeof m->e[0]); /* no page of it is touched in vain */
    for (unsigned i = 0; i < m->entries; i++) {
        const size_t entry = MFT_HEADER_SIZE + (size_t)i * MFT_ENTRY_SIZE;
        const uint8_t *p = (const uint8_t *)bytes + entry;
        struct mft_entry raw;
        size_t in;

        memcpy(&raw, p, sizeof raw);
        const char *fault =
                entry_fault(m, i, &raw, p[offsetof(struct mft_entry, attached)], &in);
        if (fault)
            return err_set(err, "Solo5 manifest is invalid: entry %u: %s (offset 0x%llx)", i,
                    fault, (unsigned long long)at + entry + in);
    }
    return 0;
}

int manifest_read(struct manifest *m, const struct elf *elf, struct err *err)
{
    static const struct elf_note_spec spec = {
            .type = MFT1_NOTE_TYPE, .pad = MFT1_NOTE_PAD, .max_size = MFT1_NOTE_MAX_SIZE};
    uint8_t buf[MFT1_NOTE_MAX_SIZE];
    uint64_t at;

    long size = elf_note(elf, &spec, buf, &at, err);
    if (size < 0)
        return -1;
    if (size == 0)
        return elf_no_note(elf, "manifest", err);
    return manifest_check(m, buf, (size_t)size, at, err);
}

unsigned manifest_find(const struct manifest *m, const char *name, mft_type_t type)
{
    for (unsigned i = 1; i < m->entries; i++)
        if (m->e[i].type == type && strcmp(m->e[i].name, name) == 0)
            return i;
    return 0;
}
