/* SPDX-License-Identifier: ISC */
#include "target.h"

solo5_result_t solo5_net_acquire(const char *name, solo5_handle_t *handle,
        struct solo5_net_info *info)
{
    const struct mft_entry *e = manifest_find(name, MFT_DEV_NET_BASIC, handle);

    if (!e)
        return SOLO5_R_EINVAL;
    memcpy(info->mac_address, e->u.net_basic.mac, SOLO5_NET_ALEN);
    info->mtu = e->u.net_basic.mtu;
    return SOLO5_R_OK;
}

solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size)
{
    const struct mft_entry *e = manifest_get(handle, MFT_DEV_NET_BASIC);

    if (!e || size < SOLO5_NET_HLEN || size > (size_t)e->u.net_basic.mtu + SOLO5_NET_HLEN)
        return SOLO5_R_EINVAL;
    if (!bounds_readable(buf, size))
        return SOLO5_R_EINVAL;
    return target_net_write(handle, buf, size);
}

/* A buffer that is shorter than the frame gets its beginning; none at all is a mistake. */
solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
        size_t *read_size)
{
    if (!manifest_get(handle, MFT_DEV_NET_BASIC) || size == 0 || !bounds_writable(buf, size))
        return SOLO5_R_EINVAL;
    return target_net_read(handle, buf, size, read_size);
}
