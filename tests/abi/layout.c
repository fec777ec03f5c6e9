/* SPDX-License-Identifier: ISC */
/*
 * The layout of everything that crosses between guest and tender, as numbers. It
 * compiles, for each CPU, or the interface has changed.
 */
#include <stddef.h>

#include "elf_abi.h"
#include "ext_abi.h"
#include "hvt_abi.h"
#include "mft_abi.h"
#include "solo5.h"
#include "spt_abi.h"

#define SIZE(type, n) _Static_assert(sizeof(type) == (n), #type)
#define FIELD(type, field, at, n)                                              \
    _Static_assert(offsetof(type, field) == (at) &&                            \
                    sizeof(((type *)0)->field) == (n),                         \
            #type "." #field)
#define VALUE(name, n) _Static_assert((name) == (n), #name)

/* solo5.h */
VALUE(SOLO5_R_OK, 0);
VALUE(SOLO5_R_AGAIN, 1);
VALUE(SOLO5_R_EINVAL, 2);
VALUE(SOLO5_R_EUNSPEC, 3);
VALUE(SOLO5_EXIT_SUCCESS, 0);
VALUE(SOLO5_EXIT_FAILURE, 1);
VALUE(SOLO5_EXIT_ABORT, 255);
VALUE(SOLO5_NET_ALEN, 6);
VALUE(SOLO5_NET_HLEN, 14);
SIZE(solo5_result_t, 4);
SIZE(solo5_time_t, 8);
SIZE(solo5_handle_t, 8);
SIZE(solo5_handle_set_t, 8);
SIZE(solo5_off_t, 8);
SIZE(struct solo5_start_info, 24);
FIELD(struct solo5_start_info, cmdline, 0, 8);
FIELD(struct solo5_start_info, heap_start, 8, 8);
FIELD(struct solo5_start_info, heap_size, 16, 8);
SIZE(struct solo5_net_info, 16);
FIELD(struct solo5_net_info, mac_address, 0, 6);
FIELD(struct solo5_net_info, mtu, 8, 8);
SIZE(struct solo5_block_info, 16);
FIELD(struct solo5_block_info, capacity, 0, 8);
FIELD(struct solo5_block_info, block_size, 8, 8);

/* elf_abi.h */
VALUE(ABI1_NOTE_TYPE, 0x31494241);
VALUE(ABI1_NOTE_MAX_SIZE, 32);
VALUE(SOLO5_NOTE_DESC_OFFSET, 20);
VALUE(HVT_ABI_TARGET, 1);
VALUE(SPT_ABI_TARGET, 2);
VALUE(VIRTIO_ABI_TARGET, 3);
VALUE(MUEN_ABI_TARGET, 4);
VALUE(GENODE_ABI_TARGET, 5);
VALUE(XEN_ABI_TARGET, 6);
SIZE(struct abi1_info, 16);
FIELD(struct abi1_info, abi_target, 0, 4);
FIELD(struct abi1_info, abi_version, 4, 4);
FIELD(struct abi1_info, reserved0, 8, 4);
FIELD(struct abi1_info, reserved1, 12, 4);
SIZE(struct abi1_note, 36);
FIELD(struct abi1_note, name, 12, 8);
FIELD(struct abi1_note, info, 20, 16);
SIZE(struct not_openbsd_note, 24);
_Static_assert(sizeof SOLO5_INTERP <= SOLO5_INTERP_SIZE, "interp");

/* mft_abi.h */
VALUE(MFT_VERSION, 1);
VALUE(MFT_MAX_ENTRIES, 64);
VALUE(MFT_NAME_SIZE, 68);
VALUE(MFT_NAME_MAX, 67);
VALUE(MFT_DEV_BLOCK_BASIC, 1);
VALUE(MFT_DEV_NET_BASIC, 2);
VALUE(MFT_RESERVED_FIRST, 1 << 30);
VALUE(MFT1_NOTE_TYPE, 0x3154464d);
VALUE(MFT1_NOTE_MAX_SIZE, 6668);
SIZE(struct mft, 8);
FIELD(struct mft, version, 0, 4);
FIELD(struct mft, entries, 4, 4);
_Static_assert(offsetof(struct mft, e) == 8, "mft.e");
_Static_assert(_Alignof(struct mft) == 8, "mft align");
SIZE(struct mft_entry, 104);
_Static_assert(_Alignof(struct mft_entry) == 8, "mft_entry align");
FIELD(struct mft_entry, name, 0, 68);
FIELD(struct mft_entry, type, 68, 4);
FIELD(struct mft_entry, u, 72, 16);
FIELD(struct mft_entry, u.block_basic.capacity, 72, 8);
FIELD(struct mft_entry, u.block_basic.block_size, 80, 2);
FIELD(struct mft_entry, u.net_basic.mac, 72, 6);
FIELD(struct mft_entry, u.net_basic.mtu, 78, 2);
FIELD(struct mft_entry, b, 88, 8);
FIELD(struct mft_entry, b.hostfd, 88, 4);
FIELD(struct mft_entry, attached, 96, 1);

/* hvt_abi.h */
VALUE(HVT_ABI_VERSION, 2);
VALUE(HVT_GUEST_MIN_BASE, 0x100000);
VALUE(HVT_GUEST_MAX_SIZE, 0x100000000);
VALUE(HVT_CMDLINE_SIZE, 8192);
VALUE(HVT_FEATURE_RING_IO, 1);
VALUE(HVT_HYPERCALL_PIO_BASE, 0x500);
VALUE(HVT_HYPERCALL_MMIO_BASE, 0x100000000);
VALUE(HVT_HYPERCALL_MMIO_STRIDE, 8);
VALUE(HVT_RING_KICK_PIO, 0x600);
VALUE(HVT_RING_KICK_MMIO, 0x100000100);
VALUE(HVT_HYPERCALL_WALLTIME, 1);
VALUE(HVT_HYPERCALL_PUTS, 2);
VALUE(HVT_HYPERCALL_POLL, 3);
VALUE(HVT_HYPERCALL_BLOCK_WRITE, 4);
VALUE(HVT_HYPERCALL_BLOCK_READ, 5);
VALUE(HVT_HYPERCALL_NET_WRITE, 6);
VALUE(HVT_HYPERCALL_NET_READ, 7);
VALUE(HVT_HYPERCALL_HALT, 8);
VALUE(HVT_HYPERCALL_MAX, 9);
SIZE(struct hvt_boot_info, 56);
FIELD(struct hvt_boot_info, mem_size, 0, 8);
FIELD(struct hvt_boot_info, kernel_end, 8, 8);
FIELD(struct hvt_boot_info, cpu_cycle_freq, 16, 8);
FIELD(struct hvt_boot_info, cmdline, 24, 8);
FIELD(struct hvt_boot_info, mft, 32, 8);
FIELD(struct hvt_boot_info, host_features, 40, 4);
FIELD(struct hvt_boot_info, guest_features, 44, 4);
FIELD(struct hvt_boot_info, net_ring, 48, 8);
SIZE(struct hvt_hc_walltime, 8);
FIELD(struct hvt_hc_walltime, nsecs, 0, 8);
SIZE(struct hvt_hc_puts, 16);
FIELD(struct hvt_hc_puts, data, 0, 8);
FIELD(struct hvt_hc_puts, len, 8, 8);
SIZE(struct hvt_hc_poll, 24);
FIELD(struct hvt_hc_poll, timeout_nsecs, 0, 8);
FIELD(struct hvt_hc_poll, ready_set, 8, 8);
FIELD(struct hvt_hc_poll, ret, 16, 4);
SIZE(struct hvt_hc_block_write, 40);
FIELD(struct hvt_hc_block_write, handle, 0, 8);
FIELD(struct hvt_hc_block_write, offset, 8, 8);
FIELD(struct hvt_hc_block_write, data, 16, 8);
FIELD(struct hvt_hc_block_write, len, 24, 8);
FIELD(struct hvt_hc_block_write, ret, 32, 4);
SIZE(struct hvt_hc_block_read, 40);
FIELD(struct hvt_hc_block_read, handle, 0, 8);
FIELD(struct hvt_hc_block_read, offset, 8, 8);
FIELD(struct hvt_hc_block_read, data, 16, 8);
FIELD(struct hvt_hc_block_read, len, 24, 8);
FIELD(struct hvt_hc_block_read, ret, 32, 4);
SIZE(struct hvt_hc_net_write, 32);
FIELD(struct hvt_hc_net_write, handle, 0, 8);
FIELD(struct hvt_hc_net_write, data, 8, 8);
FIELD(struct hvt_hc_net_write, len, 16, 8);
FIELD(struct hvt_hc_net_write, ret, 24, 4);
SIZE(struct hvt_hc_net_read, 32);
FIELD(struct hvt_hc_net_read, handle, 0, 8);
FIELD(struct hvt_hc_net_read, data, 8, 8);
FIELD(struct hvt_hc_net_read, len, 16, 8);
FIELD(struct hvt_hc_net_read, ret, 24, 4);
SIZE(struct hvt_hc_halt, 16);
FIELD(struct hvt_hc_halt, cookie, 0, 8);
FIELD(struct hvt_hc_halt, exit_status, 8, 4);
VALUE(HVT_HALT_COOKIE_MAX, 512);
VALUE(HVT_COOKIE_MAGIC, 0x505254356f6c6f53);
SIZE(struct hvt_cookie_x86_64, 184);
FIELD(struct hvt_cookie_x86_64, cr2, 0, 8);
FIELD(struct hvt_cookie_x86_64, ec, 8, 8);
FIELD(struct hvt_cookie_x86_64, rip, 16, 8);
FIELD(struct hvt_cookie_x86_64, cs, 24, 8);
FIELD(struct hvt_cookie_x86_64, rflags, 32, 8);
FIELD(struct hvt_cookie_x86_64, rsp, 40, 8);
FIELD(struct hvt_cookie_x86_64, ss, 48, 8);
FIELD(struct hvt_cookie_x86_64, magic, 56, 8);
FIELD(struct hvt_cookie_x86_64, gpr.rax, 64, 8);
FIELD(struct hvt_cookie_x86_64, gpr.rbx, 72, 8);
FIELD(struct hvt_cookie_x86_64, gpr.rcx, 80, 8);
FIELD(struct hvt_cookie_x86_64, gpr.rdx, 88, 8);
FIELD(struct hvt_cookie_x86_64, gpr.rsi, 96, 8);
FIELD(struct hvt_cookie_x86_64, gpr.rdi, 104, 8);
FIELD(struct hvt_cookie_x86_64, gpr.rbp, 112, 8);
FIELD(struct hvt_cookie_x86_64, gpr.r8, 120, 8);
FIELD(struct hvt_cookie_x86_64, gpr.r15, 176, 8);
SIZE(struct hvt_cookie_aarch64, 304);
FIELD(struct hvt_cookie_aarch64, magic, 0, 8);
FIELD(struct hvt_cookie_aarch64, trap.x, 16, 248);
FIELD(struct hvt_cookie_aarch64, trap.sp, 264, 8);
FIELD(struct hvt_cookie_aarch64, trap.pc, 272, 8);
FIELD(struct hvt_cookie_aarch64, trap.pstate, 280, 8);
FIELD(struct hvt_cookie_aarch64, trap.esr, 288, 8);
FIELD(struct hvt_cookie_aarch64, trap.far, 296, 8);

VALUE(HVT_RING_KICK_PIO, 0x600);
VALUE(HVT_RING_KICK_MMIO, 0x100000100);
VALUE(HVT_RING_NET_WRITE, 1);
VALUE(HVT_RING_NET_READ, 2);
VALUE(HVT_RING_SLOTS, 1024);
SIZE(struct hvt_ring_entry, 32);
FIELD(struct hvt_ring_entry, operation, 0, 4);
FIELD(struct hvt_ring_entry, handle, 4, 4);
FIELD(struct hvt_ring_entry, data, 8, 8);
FIELD(struct hvt_ring_entry, len, 16, 4);
FIELD(struct hvt_ring_entry, id, 20, 4);
SIZE(struct hvt_ring_commit, 16);
FIELD(struct hvt_ring_commit, id, 0, 4);
FIELD(struct hvt_ring_commit, ret, 4, 4);
FIELD(struct hvt_ring_commit, len, 8, 4);
SIZE(struct hvt_ring, 49280);
FIELD(struct hvt_ring, ent_tail, 0, 4);
FIELD(struct hvt_ring, com_head, 4, 4);
FIELD(struct hvt_ring, ent_head, 64, 4);
FIELD(struct hvt_ring, com_tail, 68, 4);
FIELD(struct hvt_ring, needs_kick, 72, 4);
FIELD(struct hvt_ring, entries, 128, 32768);
FIELD(struct hvt_ring, commits, 32896, 16384);

/* ext_abi.h: ours, and as fixed as the others. */
VALUE(EXT_VERSION, 1);
VALUE(EXT_F_BLOCK_RANGE, 1);
VALUE(EXT_F_BLOCK_FLUSH, 2);
VALUE(EXT_F_NET_FORGET, 4);
VALUE(EXT_F_RANDOM, 8);
VALUE(EXT_F_LARGE_MEMORY, 16);
VALUE(EXT_F_PIE, 32);
VALUE(EXT_F_BTI, 64);
VALUE(EXT_F_NET_BATCH, 256);
VALUE(EXT_F_BLOCK_MAP, 512);
VALUE(EXT_BLOCK_MAPS, 64);
VALUE(EXT_F_PAC, 1024);
VALUE(EXT_PIE_STEP, 0x10000);
VALUE(EXT_HVT_MAX_SIZE, 0x1000000000);
VALUE(EXT1_NOTE_TYPE, 0x31545845);
SIZE(struct ext1_info, 20);
FIELD(struct ext1_info, version, 0, 4);
FIELD(struct ext1_info, features, 4, 8);
FIELD(struct ext1_info, min_memory, 12, 8);
SIZE(struct ext1_pie, 36);
FIELD(struct ext1_pie, info, 0, 20);
FIELD(struct ext1_pie, rela, 20, 8);
FIELD(struct ext1_pie, rela_size, 28, 8);
SIZE(struct ext1_note, 40);
FIELD(struct ext1_note, info, 20, 20);
VALUE(EXT_INFO_BASE, 0x20000);
VALUE(EXT_MAGIC, 0x545845356f6c6f53);
SIZE(struct ext_info, 640);
FIELD(struct ext_info, magic, 0, 8);
FIELD(struct ext_info, version, 8, 4);
FIELD(struct ext_info, size, 12, 4);
FIELD(struct ext_info, features, 16, 8);
FIELD(struct ext_info, block_max, 24, 8);
FIELD(struct ext_info, hypercall_base, 32, 8);
FIELD(struct ext_info, random, 40, 64);
FIELD(struct ext_info, clock_vdso, 104, 8);
FIELD(struct ext_info, block_page, 112, 8);
FIELD(struct ext_info, block_map, 120, 512);
FIELD(struct ext_info, net_vhost, 632, 8);
VALUE(EXT_F_NET_VHOST, 2048);
VALUE(EXT_VRING_SLOTS, 64);
VALUE(EXT_VRING_DESC_F_WRITE, 2);
SIZE(struct ext_vring_desc, 16);
FIELD(struct ext_vring_desc, addr, 0, 8);
FIELD(struct ext_vring_desc, len, 8, 4);
FIELD(struct ext_vring_desc, flags, 12, 2);
FIELD(struct ext_vring_desc, next, 14, 2);
SIZE(struct ext_vring_used, 8);
FIELD(struct ext_vring_used, id, 0, 4);
FIELD(struct ext_vring_used, len, 4, 4);
SIZE(struct ext_vring, 1792);
FIELD(struct ext_vring, desc, 0, 1024);
FIELD(struct ext_vring, avail.flags, 1024, 2);
FIELD(struct ext_vring, avail.idx, 1026, 2);
FIELD(struct ext_vring, avail.ring, 1028, 128);
FIELD(struct ext_vring, avail.used_event, 1156, 2);
FIELD(struct ext_vring, used.flags, 1216, 2);
FIELD(struct ext_vring, used.idx, 1218, 2);
FIELD(struct ext_vring, used.ring, 1220, 512);
FIELD(struct ext_vring, used.avail_event, 1732, 2);
SIZE(struct ext_vhost, 3584);
FIELD(struct ext_vhost, receive, 0, 1792);
FIELD(struct ext_vhost, transmit, 1792, 1792);
VALUE(EXT_RING_NET_KICK, 3);
VALUE(EXT_VHOST_HEADER, 12);
VALUE(EXT_VHOST_TAGS, 8);
VALUE(EXT_VHOST_FRAMES, 4096);
VALUE(EXT_VHOST_SLOT(1500), 1600);
VALUE(EXT_VHOST_SLOT(9000), 9088);
VALUE(EXT_VHOST_SIZE(1500), 208896);
VALUE(EXT_VHOST_SIZE(9000), 1167360);
VALUE(HVT_HYPERCALL_BLOCK_FLUSH, 16);
SIZE(struct hvt_hc_block_flush, 16);
FIELD(struct hvt_hc_block_flush, handle, 0, 8);
FIELD(struct hvt_hc_block_flush, ret, 8, 4);
VALUE(HVT_HYPERCALL_NET_BATCH, 17);
VALUE(HVT_NET_BATCH_WAIT, 1);
VALUE(HVT_NET_BATCH_MAX, 64);
SIZE(struct hvt_hc_net_batch, 56);
FIELD(struct hvt_hc_net_batch, handle, 0, 8);
FIELD(struct hvt_hc_net_batch, data, 8, 8);
FIELD(struct hvt_hc_net_batch, len, 16, 8);
FIELD(struct hvt_hc_net_batch, timeout_nsecs, 24, 8);
FIELD(struct hvt_hc_net_batch, ready_set, 32, 8);
FIELD(struct hvt_hc_net_batch, frame_max, 40, 4);
FIELD(struct hvt_hc_net_batch, flags, 44, 4);
FIELD(struct hvt_hc_net_batch, frames, 48, 4);
FIELD(struct hvt_hc_net_batch, ret, 52, 4);
SIZE(struct hvt_net_frame, 8);
FIELD(struct hvt_net_frame, len, 0, 4);
VALUE(SOLO5_BLOCK_MAX, 1048576);
VALUE(SOLO5_RANDOM_SIZE, 48);

/* spt_abi.h */
VALUE(SPT_ABI_VERSION, 2);
VALUE(SPT_GUEST_MIN_BASE, 0x100000);
VALUE(SPT_HOST_MEM_BASE, 0x10000);
VALUE(SPT_BOOT_INFO_BASE, 0x11000);
VALUE(SPT_CMDLINE_SIZE, 8192);
VALUE(SPT_INTERNAL_TIMERFD, 0xfffffffe);
SIZE(struct spt_boot_info, 40);
FIELD(struct spt_boot_info, mem_size, 0, 8);
FIELD(struct spt_boot_info, kernel_end, 8, 8);
FIELD(struct spt_boot_info, cmdline, 16, 8);
FIELD(struct spt_boot_info, mft, 24, 8);
FIELD(struct spt_boot_info, epollfd, 32, 4);
FIELD(struct spt_boot_info, timerfd, 36, 4);
