/* SPDX-License-Identifier: ISC */
/*
 * ext_abi.h: what our tenders and bindings agree on beyond the interface of
 * release 0.12.1, and how each finds out that the other knows it.
 *
 *  1. The image says what it knows in a note of its own, struct ext1_note, alone in
 *     a PT_NOTE segment after the three of the interface. Other tenders skip it.
 *     An image without it gets none of the below.
 *  2. The tender answers with struct ext_info at EXT_INFO_BASE, which other tenders
 *     leave zero: read-only on hvt; on spt a page of memory that starts like any.
 *     A guest looks at MAGIC first, then at FEATURES, and at a field only if SIZE
 *     reaches beyond it.
 *
 * A feature is in force if both have its bit: struct ext_info has just those bits.
 * The same shape on both targets and CPUs; which target a feature is for stands at
 * its bit.
 */
#ifndef SOLO5_EXT_ABI_H
#define SOLO5_EXT_ABI_H

#include <stdint.h>

#include "elf_abi.h"

#define EXT_VERSION 1

/* hvt and spt: a block request may have several blocks, up to ext_info.block_max. */
#define EXT_F_BLOCK_RANGE (1ULL << 0)

/*
 * A block device can be flushed.
 *   hvt: hypercall HVT_HYPERCALL_BLOCK_FLUSH
 *   spt: fdatasync(2) on the device's descriptor
 */
#define EXT_F_BLOCK_FLUSH (1ULL << 1)

/*
 * spt: epoll_ctl(epollfd, EPOLL_CTL_DEL, a net device's descriptor, NULL), for a
 * device that is gone and would be readable for ever: read(2) failed with EBADFD, or
 * returned 0. EPERM for one of which 0 is not the end. hvt: the tender does it.
 */
#define EXT_F_NET_FORGET (1ULL << 2)

/* hvt and spt: ext_info.random. */
#define EXT_F_RANDOM (1ULL << 3)

/*
 * hvt: the guest's memory may be larger than HVT_GUEST_MAX_SIZE, up to
 * EXT_HVT_MAX_SIZE. The guest places requests below 4 GiB (what they point to may be
 * anywhere) and, on aarch64, issues hypercalls and ring kicks relative to
 * ext_info.hypercall_base in place of HVT_HYPERCALL_MMIO_BASE.
 */
#define EXT_F_LARGE_MEMORY (1ULL << 4)

#define EXT_HVT_MAX_SIZE 0x1000000000 /* 64 GiB */

/*
 * hvt and spt: the image (ET_DYN, linked at 0) runs at any multiple of EXT_PIE_STEP from
 * HVT_GUEST_MIN_BASE up. Its note is a struct ext1_pie. The tender chooses, adds the address
 * to what the table of relocations lists, and only then protects memory. Never in force
 * for ET_EXEC; a tender that can't do it must not load ET_DYN.
 */
#define EXT_F_PIE (1ULL << 5)

#define EXT_PIE_STEP 0x10000

/*
 * hvt and spt on aarch64: all code of the image has landing pads (BTI). The tender guards
 * the pages it is on, if the CPU knows that: then a branch through a register to anything
 * else faults.
 */
#define EXT_F_BTI (1ULL << 6)

/*
 * spt: ext_info.clock_vdso is the address of the kernel's own clock_gettime(), a C function
 * of two arguments as its system call has, which needs 1 KiB of stack. It gives the same
 * answers and mostly makes no system call. If it does not return 0: make the system call.
 */
#define EXT_F_CLOCK_VDSO (1ULL << 7)

/*
 * hvt: hypercall HVT_HYPERCALL_NET_BATCH receives several frames at once, and may wait for
 * them as HVT_HYPERCALL_POLL does.
 */
#define EXT_F_NET_BATCH (1ULL << 8)

/*
 * spt: files of block devices are in memory, to be read: ext_info.block_map has where the first
 * byte of each is, 0: this one is not. What is there, whole pages of ext_info.block_page bytes up
 * to the capacity, is the file's contents as long as the file has them:
 *
 *  - [offset, offset + size) may be copied if
 *      round_up(offset + size, block_page) < round_down(capacity, block_page)
 *  - then the byte at round_up(...) is read, after all of the copy. If it is there, the copy is
 *    what read(2) would have given. The part of a page behind a file's end reads as zeros, so
 *    that the copy alone proves nothing.
 *  - A page that is not there is SIGBUS. Then the tender goes on where X9 (aarch64) or R11
 *    (x86_64) says, with the stack pointer and the registers that a function keeps as they
 *    were, and all others lost; on aarch64 as by BR X16. The way out is pread(2), which has the
 *    contents or the error. Both copy and probe need the register to be set.
 *
 * Writes are pwrite(2), and seen at once.
 */
#define EXT_F_BLOCK_MAP (1ULL << 9)

#define EXT_BLOCK_MAPS 64 /* handles */

/*
 * hvt on aarch64: functions sign the addresses they return to (PAC, key IA). The tender makes a key
 * for each start and lets the CPU sign (SCTLR_EL1.EnIA), if the host's can; else these
 * instructions are NOPs. On spt the kernel does so for all images.
 */
#define EXT_F_PAC (1ULL << 10)

/*
 * hvt, if --net-accel=vhost is given: frames of all net devices go by virtqueues in the guest's
 * memory, which the host's kernel reads and fills itself: struct ext_vhost, below. Hypercalls 6, 7
 * and 17 are not there.
 */
#define EXT_F_NET_VHOST (1ULL << 11)

/*
 * The note: owner SOLO5_NOTE_NAME, section .note.solo5.ext.
 */
#define EXT1_NOTE_TYPE 0x31545845 /* "EXT1" as little-endian bytes */
#define EXT1_NOTE_MAX_SIZE 128    /* largest descriptor a tender accepts */

/* The descriptor, 20 bytes. A later version may be longer: a tender reads these. */
struct ext1_info {
    uint32_t version;    /* EXT_VERSION, or a later one that keeps these fields */
    uint64_t features;   /* EXT_F_* the image knows */
    uint64_t min_memory; /* bytes below which it can't be loaded, 0: not said */
} __attribute__((packed));

/*
 * The descriptor of an image with EXT_F_PIE, 36 bytes. The table is an array of
 * Elf64_Rela, all of them R_*_RELATIVE without a symbol: 8 bytes at r_offset become
 * r_addend plus the chosen one. All addresses are as linked.
 */
struct ext1_pie {
    struct ext1_info info;
    uint64_t rela;      /* where the table is; its bytes are within a segment's */
    uint64_t rela_size; /* in bytes, 0: there is none */
} __attribute__((packed));

struct ext1_note {
    uint32_t n_namesz; /* SOLO5_NOTE_NAMESZ */
    uint32_t n_descsz; /* sizeof (struct ext1_info) */
    uint32_t n_type;   /* EXT1_NOTE_TYPE */
    char name[8];      /* SOLO5_NOTE_NAME, NUL padded */
    struct ext1_info info;
} __attribute__((packed, aligned(4)));

/* Define the note of a bindings object. MEMORY: an address constant. */
#define EXT1_NOTE_DECLARE(known, memory)                                       \
    static const struct ext1_note solo5_ext1_note                              \
            __attribute__((section(".note.solo5.ext"), aligned(4), used)) = {  \
                    .n_namesz = SOLO5_NOTE_NAMESZ,                             \
                    .n_descsz = sizeof(struct ext1_info),                      \
                    .n_type = EXT1_NOTE_TYPE,                                  \
                    .name = SOLO5_NOTE_NAME,                                   \
                    .info = {.version = EXT_VERSION,                           \
                            .features = (known),                               \
                            .min_memory = (memory)}}

/*
 * The answer. In the low region that other tenders leave zero, in a 64 KiB page of
 * its own, so that any host can protect it.
 */
#define EXT_INFO_BASE 0x20000
#define EXT_MAGIC 0x545845356f6c6f53 /* "Solo5EXT" as little-endian bytes */

#define EXT_RANDOM_SIZE 64

/* 640 bytes. */
struct ext_info {
    uint64_t magic;          /* EXT_MAGIC; anything else: there is no answer */
    uint32_t version;        /* EXT_VERSION */
    uint32_t size;           /* bytes of this struct that the tender has written */
    uint64_t features;       /* EXT_F_* in force */
    uint64_t block_max;      /* BLOCK_RANGE: most bytes of a request, at least 32768 */
    uint64_t hypercall_base; /* LARGE_MEMORY on aarch64; else 0 */
    uint8_t random[EXT_RANDOM_SIZE]; /* RANDOM: of getrandom(2), new for each start */
    uint64_t clock_vdso;     /* CLOCK_VDSO: where clock_gettime() is; else 0 */
    uint64_t block_page;     /* BLOCK_MAP: bytes of a page, a power of two; else 0 */
    uint64_t block_map[EXT_BLOCK_MAPS]; /* BLOCK_MAP: addresses, by handle; else 0 */
    uint64_t net_vhost;      /* NET_VHOST: where the first struct ext_vhost is; else 0 */
};

/*
 * Hypercalls of the hvt target beyond enum hvt_hypercall; issued alike.
 */
enum ext_hvt_hypercall {
    HVT_HYPERCALL_BLOCK_FLUSH = 16, /* BLOCK_FLUSH */
    HVT_HYPERCALL_NET_BATCH = 17    /* NET_BATCH */
};

/* What was written is on the medium as far as fdatasync(2) says so. */
struct hvt_hc_block_flush {
    uint64_t handle; /* IN */
    int32_t ret;     /* OUT: 0, 2 (no block device) or 3 (the host failed) */
};

/*
 * Frames of one net device, in order, each behind a struct hvt_net_frame at a multiple of 8
 * bytes from DATA. It ends with RET
 *   0  when there is no room for one of FRAME_MAX bytes, or after HVT_NET_BATCH_MAX: there
 *      may be more; without a frame, when the device was not ready after the wait
 *   1  when the device had no more
 *   2  at once: no net device, or a FRAME_MAX that is less than an Ethernet header or that
 *      there is no room for. Nothing was waited for
 *   3  when the host failed; the frames before that are there
 * With HVT_NET_BATCH_WAIT it waits first, as POLL does, for any device, and looks for
 * frames if this one is ready. Without, READY_SET is 0.
 */
struct hvt_hc_net_batch {
    uint64_t handle;        /* IN */
    uint64_t data;          /* IN: guest physical address */
    uint64_t len;           /* IN: bytes at DATA. OUT: bytes with frames in them */
    uint64_t timeout_nsecs; /* IN: with WAIT, from now on; any value works */
    uint64_t ready_set;     /* OUT: as of POLL, before frames were read */
    uint32_t frame_max;     /* IN: what is longer is cut */
    uint32_t flags;         /* IN: HVT_NET_BATCH_WAIT or 0; other bits are ignored */
    uint32_t frames;        /* OUT: how many */
    int32_t ret;            /* OUT */
};

#define HVT_NET_BATCH_WAIT (1U << 0)
#define HVT_NET_BATCH_MAX 64

struct hvt_net_frame {
    uint32_t len; /* bytes that follow; 0: of a socket, no frame where one could be read */
    uint32_t reserved;
};

/*
 * NET_VHOST. A split virtqueue (Virtio 1.2, 2.7) of 64 descriptors; names and meaning are the
 * specification's. In force are VIRTIO_F_VERSION_1 and VIRTIO_F_EVENT_IDX, without which the two
 * *_event would not be there. The tender leaves all of it zero, and the guest begins at index 0.
 */
#define EXT_VRING_SLOTS 64

struct ext_vring_desc {
    uint64_t addr; /* within the device's part of memory, or the queue stands still */
    uint32_t len;
    uint16_t flags; /* EXT_VRING_DESC_F_WRITE or 0 */
    uint16_t next;
};

#define EXT_VRING_DESC_F_WRITE 2 /* a buffer of the receive queue */

struct ext_vring_used {
    uint32_t id;
    uint32_t len;
};

/* 1792 bytes. */
struct ext_vring {
    struct ext_vring_desc desc[EXT_VRING_SLOTS] __attribute__((aligned(64)));
    struct {
        uint16_t flags;
        uint16_t idx;
        uint16_t ring[EXT_VRING_SLOTS];
        uint16_t used_event;
    } avail __attribute__((aligned(64))); /* the guest's */
    struct {
        uint16_t flags;
        uint16_t idx;
        struct ext_vring_used ring[EXT_VRING_SLOTS];
        uint16_t avail_event;
    } used __attribute__((aligned(64))); /* the host's */
};

/*
 * A net device, 3584 bytes: at ext_info.net_vhost is the one with the lowest handle, and
 * EXT_VHOST_SIZE(its mtu) bytes behind each the next one. That many bytes are the device's part:
 * nothing else can be named in a descriptor. Those from EXT_VHOST_FRAMES on are for buffers, twice
 * EXT_VRING_SLOTS of EXT_VHOST_SLOT(mtu) bytes.
 *
 * In front of each frame is a header of 12 bytes (5.1.6, struct virtio_net_hdr), which the host
 * writes and, of the guest's, does not read. A frame is at most mtu + 14 + EXT_VHOST_TAGS bytes; a
 * longer one the host drops, as it does what it can't send.
 *
 * Where there is no net ring the guest notifies the host (2.7.13) by a 32-bit write of the handle,
 * for both queues alike, to where the ring is kicked (hvt_abi.h); else by an entry of the ring with
 * EXT_RING_NET_KICK and the handle.
 *
 * The host's notifications are what POLL waits for: it tells of a device once for each, or for
 * several, and whether there are frames, the queue says.
 */
struct ext_vhost {
    struct ext_vring receive, transmit;
};

#define EXT_RING_NET_KICK 3

#define EXT_VHOST_HEADER 12
#define EXT_VHOST_TAGS 8 /* of VLANs, which hosts may add */
#define EXT_VHOST_FRAMES 4096
/* Headers begin at 4, so that frames are aligned. */
#define EXT_VHOST_SLOT(mtu) (((mtu) + 4ULL + EXT_VHOST_HEADER + 14 + EXT_VHOST_TAGS + 63) / 64 * 64)
#define EXT_VHOST_SIZE(mtu) \
    ((EXT_VHOST_FRAMES + 2 * EXT_VRING_SLOTS * EXT_VHOST_SLOT(mtu) + 4095) / 4096 * 4096)

#endif /* SOLO5_EXT_ABI_H */
