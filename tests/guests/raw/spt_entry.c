/* SPDX-License-Identifier: ISC */
/*
 * spt_entry: the state a guest is entered in: registers, boot information, stack.
 * Argument of the test: the command line "a b".
 */
#include "cpu.h"
#include "cpu_spt.h"
#include "mft_abi.h"
#include "raw.h"
#include "spt_abi.h"

ABI1_NOTE_DECLARE(SPT_ABI_TARGET, SPT_ABI_VERSION);

void raw_write(const void *p, uint64_t size)
{
    cpu_syscall(CPU_NR_WRITE, 1, (uintptr_t)p, size, 0);
}

void raw_exit(int status)
{
    cpu_syscall(CPU_NR_EXIT_GROUP, (uint64_t)status, 0, 0, 0);
    for (;;)
        continue;
}

static void check_boot_info(const struct spt_boot_info *bi)
{
    const struct mft *m = bi->mft;

    raw_expect("boot_info", (uintptr_t)bi, SPT_BOOT_INFO_BASE);
    raw_expect("mem_size", bi->mem_size, 17 << 20);
    raw_check("kernel_end", bi->kernel_end > SPT_GUEST_MIN_BASE &&
                    bi->kernel_end <= bi->mem_size && bi->kernel_end % 4096 == 0);
    raw_check("cmdline", raw_equal(bi->cmdline, "a b"));
    raw_expect("mft", (uintptr_t)bi->mft, SPT_BOOT_INFO_BASE + sizeof *bi);
    raw_expect("cmdline behind mft", (uintptr_t)bi->cmdline,
            (uintptr_t)bi->mft + 8 + 2 * sizeof m->e[0]);
    raw_expect("mft.version", m->version, MFT_VERSION);
    raw_expect("mft.entries", m->entries, 2);
    raw_expect("mft.e[0].type", m->e[0].type, MFT_RESERVED_FIRST);
    raw_check("mft.e[1].name", raw_equal(m->e[1].name, "disk"));
    raw_expect("capacity", m->e[1].u.block_basic.capacity, 8192);
    raw_expect("block_size", m->e[1].u.block_basic.block_size, 512);
    raw_expect("attached", m->e[1].attached, 1);
    raw_expect("hostfd", (uint32_t)m->e[1].b.hostfd, 10);
    raw_check("descriptors", bi->epollfd > 2 && bi->timerfd > 2 &&
                    bi->epollfd != bi->timerfd && bi->epollfd != 10 && bi->timerfd != 10);
}

void raw_main(void *boot_info)
{
    const struct spt_boot_info *bi = boot_info;

    cpu_save_fpu();
    cpu_check_entry(bi->mem_size);
    check_boot_info(bi);
    raw_check_ext(0, 0);
    raw_finish();
}
