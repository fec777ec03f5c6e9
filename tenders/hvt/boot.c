/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "hvt.h"
#include "layout.h"

int boot_mem_size(uint64_t mib, uint64_t *size, struct err *err)
{
    *size = (mib << 20) & ~(uint64_t)(HVT_GUEST_BLOCK_SIZE - 1);
    if (*size == 0)
        *size = HVT_GUEST_BLOCK_SIZE;
    if (*size > HVT_GUEST_MAX_SIZE)
        return err_set(err, "guest memory size %llu bytes exceeds the max size %llu bytes",
                (unsigned long long)*size, (unsigned long long)HVT_GUEST_MAX_SIZE);
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
    };

    memcpy(hvt->mem.host + HVT_BOOT_BASE, &bi, sizeof bi);
    memcpy(hvt->mem.host + bi.mft, &hvt->manifest, mft_size);
    return cmdline_join((char *)hvt->mem.host + bi.cmdline, HVT_CMDLINE_SIZE,
            hvt->options.args, err);
}
