/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "hvt.h"
#include "layout.h"

static int mem_size(const struct hvt *hvt, uint64_t *size, struct err *err)
{
    bool large = hvt->ext.features & EXT_F_LARGE_MEMORY;
    uint64_t max = large ? EXT_HVT_MAX_SIZE : HVT_GUEST_MAX_SIZE;

    if (guest_mem_size(hvt->options.mem_mib, size, err) != 0)
        return -1;
    if (*size > max)
        return err_set(err, "guest memory size %llu bytes exceeds the max size %llu bytes%s",
                (unsigned long long)*size, (unsigned long long)max,
                large ? "" : " of an image without the extension for more");
    return 0;
}

int boot_memory(struct hvt *hvt, struct err *err)
{
    uint64_t size;

    if (mem_size(hvt, &size, err) != 0 ||
            guest_mem_alloc(&hvt->mem, size, hvt->options.huge_pages, err) != 0)
        return -1;
    uint64_t vhost = vhost_settle(hvt), ring = ring_open(hvt) ? HVT_RING_SIZE : 0;
    if (vhost + ring >= size - HVT_GUEST_MIN_BASE)
        return err_set(err,
                "--net-accel=vhost takes %llu bytes of guest memory: use a larger --mem",
                (unsigned long long)vhost);
    if (vhost + ring == 0)
        return 0;
    uint64_t top = guest_mem_reserve(&hvt->mem, vhost + ring);
    hvt->ring_gpa = ring ? top : 0;
    hvt->ext.net_vhost = vhost ? top + ring : 0;
    return 0;
}

int boot_write(struct hvt *hvt, struct err *err)
{
    size_t mft_size = manifest_size(&hvt->manifest);
    struct hvt_boot_info bi = {
            .mem_size = hvt->mem.size,
            .kernel_end = hvt->plan.kernel_end,
            .cpu_cycle_freq = hvt->cycle_hz,
            .mft = HVT_MANIFEST_BASE,
            .cmdline = HVT_MANIFEST_BASE + mft_size,
            .host_features = hvt->ring_gpa ? HVT_FEATURE_RING_IO : 0,
            .net_ring = hvt->ring_gpa,
    };

    if (ext_write(&hvt->ext, &hvt->mem, hvt->vm.hypercall_base, err) != 0)
        return -1;
    memcpy(hvt->mem.host + HVT_BOOT_BASE, &bi, sizeof bi);
    memcpy(hvt->mem.host + bi.mft, &hvt->manifest, mft_size);
    return cmdline_join((char *)hvt->mem.host + bi.cmdline, HVT_CMDLINE_SIZE,
            hvt->options.args, err);
}
