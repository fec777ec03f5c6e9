/* SPDX-License-Identifier: ISC */
#include "bindings.h"

/* Where a tender that knows of extensions answers; any other leaves zeros there. */
static const struct ext_info *const info = (const struct ext_info *)EXT_INFO_BASE;

uint64_t ext_features;

void ext_init(void)
{
    const struct ext_info *answer = ext_find(0, EXT_END(features));

    ext_features = answer ? answer->features : 0;
}

const struct ext_info *ext_find(uint64_t feature, size_t end)
{
    if (info->magic != EXT_MAGIC || info->size < end ||
            info->size < EXT_END(features) || (info->features & feature) != feature)
        return NULL;
    return info;
}
