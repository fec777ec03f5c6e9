/* SPDX-License-Identifier: ISC */
/*
 * hvt_entry: the state a guest is entered in, as a guest can read it: registers,
 * boot information, stack. Argument of the test: the command line "a b".
 */
#include "hvt.h"
#include "mft_abi.h"

static void check_boot_info(const struct hvt_boot_info *bi)
{
    const struct mft *m = (const void *)bi->mft;

    raw_expect("boot_info", (uintptr_t)bi, 0x10000);
    raw_expect("mem_size", bi->mem_size, 16 << 20);
    raw_check("kernel_end", bi->kernel_end > HVT_GUEST_MIN_BASE &&
                    bi->kernel_end <= bi->mem_size && bi->kernel_end % 4096 == 0);
    raw_check("cpu_cycle_freq", bi->cpu_cycle_freq > 1000000);
    raw_check("cmdline is in the low region",
            bi->cmdline >= 0x10000 && bi->cmdline + HVT_CMDLINE_SIZE <= 0x100000);
    raw_check("cmdline", raw_equal((const char *)bi->cmdline, "a b"));
    raw_expect("guest_features", bi->guest_features, 0);
    raw_expect("host_features without a network", bi->host_features, 0);
    raw_expect("net_ring without a network", bi->net_ring, 0);
    raw_expect("mft", bi->mft, 0x10000 + sizeof *bi);
    raw_expect("cmdline behind mft", bi->cmdline, bi->mft + 8 + 2 * sizeof m->e[0]);
    raw_expect("mft.version", m->version, MFT_VERSION);
    raw_expect("mft.entries", m->entries, 2);
    raw_expect("mft.e[0].type", m->e[0].type, MFT_RESERVED_FIRST);
    raw_check("mft.e[1].name", raw_equal(m->e[1].name, "disk"));
    raw_expect("mft.e[1].type", m->e[1].type, MFT_DEV_BLOCK_BASIC);
    raw_expect("capacity", m->e[1].u.block_basic.capacity, 8192);
    raw_expect("block_size", m->e[1].u.block_basic.block_size, 512);
    raw_expect("attached", m->e[1].attached, 1);
    raw_expect("hostfd", (uint32_t)m->e[1].b.hostfd, 0);
}

void raw_main(void *boot_info)
{
    const struct hvt_boot_info *bi = boot_info;

    cpu_check_entry(bi->mem_size);
    check_boot_info(bi);
    raw_check_ext(1, CPU_HYPERCALL_BASE);
    raw_finish();
}
