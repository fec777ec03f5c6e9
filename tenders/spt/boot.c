/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "layout.h"
#include "spt.h"

int boot_write(struct spt *spt, struct err *err)
{
    size_t mft_size = manifest_size(&spt->manifest);
    uint8_t *info = guest_mem_at(&spt->mem, SPT_BOOT_INFO_BASE);
    uint8_t *manifest = info + sizeof(struct spt_boot_info);
    uint8_t *cmdline = manifest + mft_size;

    struct spt_boot_info bi = {
            .mem_size = spt->mem.size,
            .kernel_end = spt->plan.kernel_end,
            .cmdline = (const char *)cmdline,
            .mft = manifest,
            .epollfd = spt->waitset.epollfd,
            .timerfd = spt->waitset.timerfd,
    };
    memcpy(info, &bi, sizeof bi);
    memcpy(manifest, &spt->manifest, mft_size);
    return cmdline_join((char *)cmdline, SPT_CMDLINE_SIZE, spt->options.args, err);
}
