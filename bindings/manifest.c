/* SPDX-License-Identifier: ISC */
#include "bindings.h"

const struct mft *manifest_all;
solo5_handle_set_t manifest_attached[MFT_DEV_NET_BASIC + 1];

static bool is_device(const struct mft_entry *e)
{
    return e->attached && (e->type == MFT_DEV_BLOCK_BASIC || e->type == MFT_DEV_NET_BASIC);
}

void manifest_init(const struct mft *m)
{
    if (m->version != MFT_VERSION || m->entries > MFT_MAX_ENTRIES)
        PANIC("Manifest is invalid", NULL);
    manifest_all = m;
    for (uint32_t i = 0; i < m->entries; i++)
        if (is_device(&m->e[i]))
            manifest_attached[m->e[i].type] |= UINT64_C(1) << i;
}

bool manifest_has_networks(void)
{
    return manifest_attached[MFT_DEV_NET_BASIC] != 0;
}

static bool is_name(const struct mft_entry *e, const char *name)
{
    for (size_t i = 0; i < MFT_NAME_SIZE; i++) {
        if (e->name[i] != name[i])
            return false;
        if (name[i] == '\0')
            return true;
    }
    return false;
}

const struct mft_entry *manifest_find(const char *name, enum mft_type type,
        solo5_handle_t *handle)
{
    for (uint32_t i = 0; i < manifest_all->entries; i++) {
        const struct mft_entry *e = manifest_get(i, type);
        if (e && is_name(e, name)) {
            *handle = i;
            return e;
        }
    }
    return NULL;
}
