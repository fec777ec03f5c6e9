/* SPDX-License-Identifier: ISC */
#include "bindings.h"

static const struct mft *manifest;
static bool networks;

void manifest_init(const struct mft *m)
{
    if (m->version != MFT_VERSION || m->entries > MFT_MAX_ENTRIES)
        PANIC("Manifest is invalid", NULL);
    manifest = m;
    for (uint32_t i = 0; i < m->entries; i++)
        networks |= m->e[i].type == MFT_DEV_NET_BASIC;
}

bool manifest_has_networks(void)
{
    return networks;
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
    for (uint32_t i = 0; i < manifest->entries; i++) {
        const struct mft_entry *e = manifest_get(i, type);
        if (e && is_name(e, name)) {
            *handle = i;
            return e;
        }
    }
    return NULL;
}

const struct mft_entry *manifest_get(solo5_handle_t handle, enum mft_type type)
{
    if (handle >= manifest->entries)
        return NULL;
    const struct mft_entry *e = &manifest->e[handle];
    return e->type == type && e->attached ? e : NULL;
}
