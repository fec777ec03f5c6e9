/* SPDX-License-Identifier: ISC */
#include "target.h"

solo5_result_t solo5_block_acquire(const char *name, solo5_handle_t *handle,
        struct solo5_block_info *info)
{
    const struct mft_entry *e = manifest_find(name, MFT_DEV_BLOCK_BASIC, handle);

    if (!e)
        return SOLO5_R_EINVAL;
    info->capacity = e->u.block_basic.capacity;
    info->block_size = e->u.block_basic.block_size;
    return SOLO5_R_OK;
}

/* Whole blocks within a block device. */
static inline bool is_valid(solo5_handle_t handle, solo5_off_t offset, size_t size)
{
    const struct mft_entry *e = manifest_get(handle, MFT_DEV_BLOCK_BASIC);

    if (!e || size == 0 || size > SOLO5_BLOCK_MAX)
        return false;
    uint64_t unit = e->u.block_basic.block_size, capacity = e->u.block_basic.capacity;
    return size % unit == 0 && offset % unit == 0 && size <= capacity &&
            offset <= capacity - size;
}

solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset,
        const uint8_t *buf, size_t size)
{
    if (!is_valid(handle, offset, size) || !bounds_readable(buf, size))
        return SOLO5_R_EINVAL;
    return target_block_write(handle, offset, buf, size);
}

solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf,
        size_t size)
{
    if (!is_valid(handle, offset, size) || !bounds_writable(buf, size))
        return SOLO5_R_EINVAL;
    return target_block_read(handle, offset, buf, size);
}

solo5_result_t solo5_block_flush(solo5_handle_t handle)
{
    if (!manifest_get(handle, MFT_DEV_BLOCK_BASIC))
        return SOLO5_R_EINVAL;
    if (!ext_has(EXT_F_BLOCK_FLUSH))
        return SOLO5_R_EUNSPEC;
    return target_block_flush(handle);
}
