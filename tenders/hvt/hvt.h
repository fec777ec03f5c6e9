/* SPDX-License-Identifier: ISC */
/*
 * hvt.h: one guest of solo5-hvt, from its options to its exit status.
 */
#ifndef HVT_H
#define HVT_H

#include <stdint.h>

#include "block_map.h"
#include "devices.h"
#include "ext.h"
#include "guest_mem.h"
#include "hvt_abi.h"
#include "image.h"
#include "load.h"
#include "manifest.h"
#include "memmap.h"
#include "options.h"
#include "ring.h"
#include "sandbox.h"
#include "vhost.h"
#include "vm.h"
#include "waitset.h"

/* What a running guest needs comes first: it is reached with fewer instructions. */
struct hvt {
    struct guest_mem mem;
    struct vm vm;
    struct waitset waitset;
    struct ring ring;
    struct options options;
    struct elf elf;
    struct ext ext;
    struct elf_plan plan;
    struct load_map mapped; /* of the image file */
    struct memmap map;
    uint64_t cycle_hz;
    uint64_t ring_gpa;  /* the net ring: guest_mem_top(), 0 if there is none */
    int console;        /* descriptor that the guest's output goes to */
    bool console_stuck; /* waited for it in vain */
    int exit_status;    /* the guest's, after hc_halt() */
    uint64_t halt_cookie; /* its cookie, 0: none */
    bool has_vhost;       /* the kernel moves frames */
    /* Last: a guest with few devices leaves most of their pages untouched. */
    struct devices devices;
    struct manifest manifest;
    struct vhost vhost; /* not touched unless has_vhost */
};

/* boot.c: memory for --mem, with room for the net ring and vhost, and low memory's contents. */
int boot_memory(struct hvt *hvt, struct err *err);
int boot_write(struct hvt *hvt, struct err *err);

/* signals.c: die by SIGINT and SIGTERM, with a word on stderr. */
int signals_install(struct err *err);

/* signals.c: what this asks the kernel for, beyond its message. After signals_install(). */
void signals_rows(struct sandbox *sb);

/*
 * signals.c: a line of PARTS, up to a NULL, to stderr, if it takes it at once. Safe in a handler
 * and in the sandbox.
 */
void signals_say(const char *const *parts);

/*
 * sigbus.c: end with a sentence and status 1 when a page of the image can't be read any
 * more. sigbus_probe() reads all that are mapped, for when KVM could not say why it failed.
 * sigbus_check() does so if errno says that a system call found no page under a guest's
 * buffer.
 */
int sigbus_install(const struct hvt *hvt, struct err *err);
void sigbus_probe(const struct hvt *hvt);
void sigbus_check(const struct hvt *hvt);

/*
 * sigbus.c: copy SIZE bytes, a multiple of 8, of a device's file. False: not all of them are
 * in the file any more, or can't be read. For the first thread alone.
 */
bool sigbus_copy(void *to, const struct block_map_part *part, size_t size);

/* policy.c: the system calls from now on. No way back. */
int policy_install(const struct hvt *hvt, struct err *err);

/* policy.c: print it; 0, or -1 if it could not be written. */
int policy_show(const struct hvt *hvt, FILE *out);

/* policy.c: what it consists of. */
void policy_rows(const struct hvt *hvt, struct sandbox *sb);
size_t policy_blocks(const struct hvt *hvt, struct sandbox_block blocks[MFT_MAX_ENTRIES]);

/* run.c: run the guest; returns its exit status, 0 to 255, or -1. */
int hvt_run(struct hvt *hvt, struct err *err);

/*
 * Hypercalls. Each handler works on run.c's copy of the request, which run.c
 * writes back, and returns 0 to go on, HC_HALT to end, or -1 with a sentence if the
 * guest broke the rules in a way that ends it.
 */
union hvt_request {
    struct hvt_hc_walltime walltime;
    struct hvt_hc_puts puts;
    struct hvt_hc_poll poll;
    struct hvt_hc_block_write block_write;
    struct hvt_hc_block_read block_read;
    struct hvt_hc_block_flush block_flush;
    struct hvt_hc_net_write net_write;
    struct hvt_hc_net_read net_read;
    struct hvt_hc_net_batch net_batch;
    struct hvt_hc_halt halt;
    uint64_t words[8]; /* so that it is copied with few instructions */
};

#define HC_HALT 1

/* What is rare in a hypercall is on its own, so that what is not needs less of the stack. */
#define RARE __attribute__((noinline, cold))

/* hc_core.c */
int hc_walltime(struct hvt *hvt, union hvt_request *req, struct err *err);
int hc_puts(struct hvt *hvt, union hvt_request *req, struct err *err);
int hc_poll(struct hvt *hvt, union hvt_request *req, struct err *err);
int hc_halt(struct hvt *hvt, union hvt_request *req, struct err *err);

/*
 * hc_core.c: wait as POLL does, when all that the guest has queued is sent. Returns how
 * many devices are in *READY, or -1 with a sentence.
 */
int hc_wait(struct hvt *hvt, uint64_t timeout, uint64_t *ready, struct err *err);

/* hc_block.c */
int hc_block_write(struct hvt *hvt, union hvt_request *req, struct err *err);
int hc_block_read(struct hvt *hvt, union hvt_request *req, struct err *err);
int hc_block_flush(struct hvt *hvt, union hvt_request *req, struct err *err);

/*
 * The most bytes that are moved between the guest and a disk or the console in one system call.
 * The kernel doesn't interrupt it when a signal comes, so it must not take long.
 */
#define HC_CHUNK (1U << 20)

/* hc_net.c */
int hc_net_write(struct hvt *hvt, union hvt_request *req, struct err *err);
int hc_net_read(struct hvt *hvt, union hvt_request *req, struct err *err);
int hc_net_batch(struct hvt *hvt, union hvt_request *req, struct err *err);

/*
 * hc_net.c: a frame of LEN bytes to DEV, or from DEV into *LEN bytes, which become the
 * frame's if there is one. Returns a solo5_result_t. Any thread may call.
 */
int32_t net_send(const struct hvt *hvt, const struct device *dev, const void *frame,
        uint64_t len);
int32_t net_receive(const struct hvt *hvt, const struct device *dev, void *buf,
        uint64_t *len);

/*
 * run.c: the guest's buffer [GPA, GPA + LEN) to be read or written by the tender, or
 * NULL. Without a byte to move any address will do: applications pass null then.
 */
const void *hvt_read_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len);
void *hvt_write_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len);

/* For hypercalls: NULL comes with the sentence that ends the guest. */
const void *hc_read_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len,
        struct err *err);
void *hc_write_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len, struct err *err);

#endif /* HVT_H */
