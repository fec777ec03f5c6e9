/* SPDX-License-Identifier: ISC */
/*
 * hvt_abi.h: guest and tender of the hvt target.
 *
 * The guest runs alone in a virtual machine with one CPU. It is entered at
 * e_entry with the address of struct hvt_boot_info as its only argument (RDI,
 * X0), and asks the tender for service with hypercalls. A guest physical
 * address equals the guest virtual address everywhere.
 *
 * Only data here. How a hypercall is issued is each CPU's own:
 *   x86_64:  OUT of the 32-bit request address to port HVT_HYPERCALL_PIO_BASE + NR
 *   aarch64: 32-bit store of it to HVT_HYPERCALL_MMIO_BASE + 8 * NR
 * The tender has answered in the request when the next instruction runs.
 */
#ifndef SOLO5_HVT_ABI_H
#define SOLO5_HVT_ABI_H

#include <stdint.h>

#define HVT_ABI_VERSION 2

/* An image is loaded at or above this address; the guest never writes below. */
#define HVT_GUEST_MIN_BASE 0x100000

/* Guest memory is at most this large; EXT_F_LARGE_MEMORY (ext_abi.h) lifts that. */
#define HVT_GUEST_MAX_SIZE 0x100000000

/* A guest physical address. Not a pointer: only the tender's guest_mem.h makes one of it. */
typedef uint64_t hvt_gpa_t;

/* Bytes of the guest command line with its NUL. */
#define HVT_CMDLINE_SIZE 8192

/*
 * Boot information, 56 bytes. Tenders up to release 0.10.1 wrote only the first
 * 40 and let the manifest follow, so that host_features reads as 1 and net_ring
 * as 0 there: a guest uses the ring only if bit 0 of host_features is set *and*
 * net_ring is not 0.
 */
struct hvt_boot_info {
    uint64_t mem_size;       /* bytes of memory = initial top of stack */
    uint64_t kernel_end;     /* end of the image without BSS, page aligned */
    uint64_t cpu_cycle_freq; /* Hz of the counter (TSC, CNTVCT_EL0), not 0 */
    hvt_gpa_t cmdline;       /* NUL-terminated string */
    hvt_gpa_t mft;           /* struct mft (mft_abi.h) */
    uint32_t host_features;  /* HVT_FEATURE_* the tender offers */
    uint32_t guest_features; /* 0; the page is read-only for the guest */
    hvt_gpa_t net_ring;      /* the net ring, 0 if there is none */
};

#define HVT_FEATURE_RING_IO (1U << 0)

/* Where requests are issued. */
#define HVT_HYPERCALL_PIO_BASE 0x500         /* x86_64: I/O port */
#define HVT_HYPERCALL_MMIO_BASE 0x100000000  /* aarch64: physical address */
#define HVT_HYPERCALL_MMIO_STRIDE 8

/* Where a 32-bit write of 0 wakes the tender's ring thread. */
#define HVT_RING_KICK_PIO 0x600
#define HVT_RING_KICK_MMIO 0x100000100

enum hvt_hypercall {
    HVT_HYPERCALL_WALLTIME = 1,
    HVT_HYPERCALL_PUTS = 2,
    HVT_HYPERCALL_POLL = 3,
    HVT_HYPERCALL_BLOCK_WRITE = 4,
    HVT_HYPERCALL_BLOCK_READ = 5,
    HVT_HYPERCALL_NET_WRITE = 6,
    HVT_HYPERCALL_NET_READ = 7,
    HVT_HYPERCALL_HALT = 8,
    HVT_HYPERCALL_MAX = 9
};

/*
 * Requests. Each lies in guest memory below 4 GiB, not necessarily aligned; IN
 * fields are the guest's, OUT fields the tender's. A `ret` is a solo5_result_t.
 */

struct hvt_hc_walltime {
    uint64_t nsecs; /* OUT: CLOCK_REALTIME, ns since 1970 */
};

struct hvt_hc_puts {
    hvt_gpa_t data; /* IN */
    uint64_t len;   /* IN: bytes */
};

struct hvt_hc_poll {
    uint64_t timeout_nsecs; /* IN: from now on; any value works */
    uint64_t ready_set;     /* OUT: bit per readable device */
    int32_t ret;            /* OUT: number of bits set */
};

/* Any LEN and OFFSET within the device. RET: 0, 2 (nothing done) or 3. */
struct hvt_hc_block_write {
    uint64_t handle; /* IN */
    uint64_t offset; /* IN: bytes */
    hvt_gpa_t data;  /* IN */
    uint64_t len;    /* IN: bytes */
    int32_t ret;     /* OUT */
};

struct hvt_hc_block_read {
    uint64_t handle; /* IN */
    uint64_t offset; /* IN: bytes */
    hvt_gpa_t data;  /* IN */
    uint64_t len;    /* IN: bytes */
    int32_t ret;     /* OUT */
};

/* RET: 0 (sent or dropped), 2 or 3. */
struct hvt_hc_net_write {
    uint64_t handle; /* IN */
    hvt_gpa_t data;  /* IN */
    uint64_t len;    /* IN: bytes */
    int32_t ret;     /* OUT */
};

/* RET: 0, 1 (no frame; LEN unchanged), 2 or 3. */
struct hvt_hc_net_read {
    uint64_t handle; /* IN */
    hvt_gpa_t data;  /* IN */
    uint64_t len;    /* IN: bytes of the buffer. OUT: bytes of the frame */
    int32_t ret;     /* OUT */
};

struct hvt_hc_halt {
    hvt_gpa_t cookie;    /* IN: 0, or HVT_HALT_COOKIE_MAX bytes for a debugger */
    int32_t exit_status; /* IN: the low 8 bits become the tender's status */
};

#define HVT_HALT_COOKIE_MAX 512

/*
 * The cookie of a trap: the state in which the CPU was. On x86_64 the words up to SS
 * are all that bindings of release 0.12.1 give; on aarch64 those give none. The rest
 * is there if MAGIC is.
 */
#define HVT_COOKIE_MAGIC 0x505254356f6c6f53 /* "Solo5TRP" as little-endian bytes */

struct hvt_gpr_x86_64 {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
};

struct hvt_cookie_x86_64 {
    uint64_t cr2;
    uint64_t ec; /* error code */
    uint64_t rip;
    uint64_t cs;
    uint64_t rflags;
    uint64_t rsp;
    uint64_t ss;
    uint64_t magic;
    struct hvt_gpr_x86_64 gpr;
};

struct hvt_trap_aarch64 {
    uint64_t x[31]; /* x[30] is the link register */
    uint64_t sp;
    uint64_t pc;     /* ELR_EL1 */
    uint64_t pstate; /* SPSR_EL1 */
    uint64_t esr;
    uint64_t far;
};

struct hvt_cookie_aarch64 {
    uint64_t magic;
    uint64_t reserved;
    struct hvt_trap_aarch64 trap;
};

/*
 * The net ring, one for all net devices, at hvt_boot_info.net_ring; zeroed by the
 * tender. Frames go through it without leaving the guest for each.
 *
 * Indices run freely modulo 2^32; a slot is the index modulo HVT_RING_SLOTS. The
 * guest fills entries[ent_tail], then publishes it by ent_tail + 1, then, after a
 * full barrier, kicks the tender if needs_kick is not 0. It has at most
 * HVT_RING_SLOTS - 1 entries outstanding. The tender takes entries in order and says
 * so with ent_head; what an entry's DATA points to is the tender's until then. A
 * read is answered in commits[com_tail], which the tender then publishes by
 * com_tail + 1, and the guest counts in com_head. Writes are not answered.
 *
 * Before it sleeps the tender sets needs_kick, then, after a full barrier, looks at
 * ent_tail again. Both barriers are needed, or both sides sleep.
 */
#define HVT_RING_SLOTS 1024

enum hvt_ring_operation { HVT_RING_NET_WRITE = 1, HVT_RING_NET_READ = 2 };

struct hvt_ring_entry {
    uint32_t operation; /* enum hvt_ring_operation; others are skipped */
    uint32_t handle;
    hvt_gpa_t data;
    uint32_t len; /* bytes of the frame or of the buffer */
    uint32_t id;  /* comes back in the commit */
    uint64_t reserved;
};

struct hvt_ring_commit {
    uint32_t id;
    int32_t ret;  /* solo5_result_t: 0, 1 (no frame), 2 or 3 */
    uint32_t len; /* bytes of the frame, 0 unless RET is 0 */
    uint32_t reserved;
};

/* 49280 bytes. */
struct hvt_ring {
    uint32_t ent_tail __attribute__((aligned(64))); /* guest: entries produced */
    uint32_t com_head;                              /* guest: commits consumed */
    uint32_t ent_head __attribute__((aligned(64))); /* tender: entries consumed */
    uint32_t com_tail;                              /* tender: commits produced */
    uint32_t needs_kick;                            /* tender */
    struct hvt_ring_entry entries[HVT_RING_SLOTS] __attribute__((aligned(64)));
    struct hvt_ring_commit commits[HVT_RING_SLOTS];
};

/*
 * Our tenders put it behind mem_size: into the last HVT_RING_SIZE bytes of --mem, or of what vhost
 * leaves of it (ext_abi.h: NET_VHOST).
 */
#define HVT_RING_SIZE 0x10000

#endif /* SOLO5_HVT_ABI_H */
