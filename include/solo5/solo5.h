/* SPDX-License-Identifier: ISC */
/*
 * solo5.h: everything a unikernel may call.
 *
 * A unikernel is one static image: an application, its library OS and the
 * bindings behind this header. It runs on one CPU, without interrupts,
 * preemption, signals or callbacks. The only call that waits is solo5_yield().
 *
 * Results. Calls that can fail return a solo5_result_t. A binding may end the
 * guest (solo5_abort) instead of returning SOLO5_R_EINVAL or SOLO5_R_EUNSPEC,
 * so an application must not use an error return to probe what it was given.
 *
 * Pointers must name memory of the guest itself. Nothing here allocates, keeps
 * a pointer after it returned, or needs a buffer to be aligned.
 */
#ifndef SOLO5_SOLO5_H
#define SOLO5_SOLO5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The values are part of the interface: some callers use the number. */
typedef enum {
    SOLO5_R_OK = 0,      /* done */
    SOLO5_R_AGAIN = 1,   /* nothing to do now; only solo5_net_read() says so */
    SOLO5_R_EINVAL = 2,  /* an argument was wrong; nothing was done */
    SOLO5_R_EUNSPEC = 3  /* the host failed; what was done is not known */
} solo5_result_t;

/* A point in time or a span, in nanoseconds. */
typedef uint64_t solo5_time_t;

/* A device of this guest: the index of its entry in the manifest, 1 to 63. */
typedef uint64_t solo5_handle_t;

/* A set of devices: bit H stands for handle H. */
typedef uint64_t solo5_handle_set_t;

/* A position on or a size of a block device, in bytes. */
typedef uint64_t solo5_off_t;

/*
 * Start and end
 */

/* What the guest is given when it starts. Read-only, valid until it ends. */
struct solo5_start_info {
    const char *cmdline;  /* NUL-terminated arguments, "" if none, never NULL;
                             --solo5: options in front have been removed */
    uintptr_t heap_start; /* first free byte above the image, 4096-aligned */
    size_t heap_size;     /* bytes from heap_start to the end of memory. The
                             stack grows down from that end: leave it room.
                             The region is zero, but for the stack in use, and
                             may not be executed */
};

/*
 * The application. Called once, on the initial stack, with FP and SIMD
 * registers usable and the TLS base register zero. Returning N is the same as
 * solo5_exit(N).
 */
int solo5_app_main(const struct solo5_start_info *info);

#define SOLO5_EXIT_SUCCESS 0
#define SOLO5_EXIT_FAILURE 1
#define SOLO5_EXIT_ABORT 255 /* 255 and up are kept for solo5_abort() */

/* End the guest. The tender's exit status is STATUS & 0xff. */
void solo5_exit(int status) __attribute__((__noreturn__));

/* End the guest as failed, status SOLO5_EXIT_ABORT. */
void solo5_abort(void) __attribute__((__noreturn__));

/*
 * Thread-local storage
 *
 * One block per thread of the library OS, in memory of the caller:
 *
 *     uintptr_t block = (uintptr_t)calloc(solo5_tls_size(), 1);
 *     solo5_tls_init(block);
 *     solo5_set_tls_base(solo5_tls_tp_offset(block));
 *
 * Blocks may be switched at any time with solo5_set_tls_base(). Before the
 * first one is set, touching a thread-local variable faults.
 */

/* Bytes one block needs, never 0. BLOCK itself may have any alignment. */
size_t solo5_tls_size(void);

/* The value for solo5_set_tls_base() of the block at TLS: an address. */
uintptr_t solo5_tls_tp_offset(uintptr_t tls);

/*
 * Fill the block at TLS, which the caller has zeroed: the initial values of
 * thread-local variables and the thread control word. EINVAL if TLS is 0.
 */
solo5_result_t solo5_tls_init(uintptr_t tls);

/* Load the CPU's TLS base register. EINVAL if the CPU can't hold BASE. */
solo5_result_t solo5_set_tls_base(uintptr_t base);

/*
 * Time
 */

/* Nanoseconds since some fixed moment. Never goes back. */
solo5_time_t solo5_clock_monotonic(void);

/*
 * Nanoseconds since 1970-01-01 00:00 UTC. Follows the host's clock: it is off by 1 ms at most,
 * but for 100 ms after that was set. Goes back only if the host's does.
 */
solo5_time_t solo5_clock_wall(void);

/*
 * Wait until the monotonic clock has reached DEADLINE or a network device has
 * a frame to read, whichever is first. A DEADLINE that has passed does not
 * wait. If READY_SET is not NULL, it is set to the devices that can be read,
 * 0 if none. A device stays ready until solo5_net_read() returned AGAIN.
 */
void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set);

/*
 * Console
 */

/*
 * Write SIZE bytes, unchanged, to the host's standard output. Best effort: what
 * the host can't take is dropped.
 */
void solo5_console_write(const char *buf, size_t size);

/*
 * Network: Ethernet frames, without checksum (FCS)
 */

#define SOLO5_NET_ALEN 6  /* bytes of a MAC address */
#define SOLO5_NET_HLEN 14 /* bytes of an Ethernet header */

struct solo5_net_info {
    uint8_t mac_address[SOLO5_NET_ALEN];
    size_t mtu; /* largest payload in bytes; a frame has SOLO5_NET_HLEN more */
};

/*
 * Find the NET_BASIC device NAME of the manifest. EINVAL, and nothing written,
 * if there is none of that name and type. Acquiring a device again gives the
 * same handle again.
 */
solo5_result_t solo5_net_acquire(const char *name, solo5_handle_t *handle,
        struct solo5_net_info *info);

/*
 * Send one frame of SIZE bytes, header included, at most mtu + SOLO5_NET_HLEN.
 * Does not wait (with --net-accel=vhost it may, for a second, once until there is room again);
 * a frame the host has no room for is dropped and reported as sent. Never AGAIN. Where frames are
 * queued (hvt's net ring, --net-accel=vhost), one for an interface that is down or gone is dropped,
 * too, not EUNSPEC.
 */
solo5_result_t solo5_net_write(solo5_handle_t handle, const uint8_t *buf,
        size_t size);

/*
 * Receive one frame into BUF, SIZE >= mtu + SOLO5_NET_HLEN bytes, and put its
 * length into *READ_SIZE. Does not wait: AGAIN if there is no frame. Where frames are
 * received ahead (hvt), the first AGAIN after some is of the moment when those came; the
 * next call, and solo5_yield(), look again.
 */
solo5_result_t solo5_net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
        size_t *read_size);

/*
 * Block devices
 */

struct solo5_block_info {
    solo5_off_t capacity;   /* bytes, a positive multiple of block_size */
    solo5_off_t block_size; /* bytes, a power of two, 512 to 32768 */
};

/* Find the BLOCK_BASIC device NAME; else as solo5_net_acquire(). */
solo5_result_t solo5_block_acquire(const char *name, solo5_handle_t *handle,
        struct solo5_block_info *info);

/*
 * Write or read blocks: OFFSET is a multiple of block_size, and SIZE is one of 1 to
 * SOLO5_BLOCK_MAX bytes; EINVAL otherwise or if they are not within capacity. Portable
 * applications move one block at a time.
 *
 * On return the transfer is done, or has failed with EUNSPEC: then some of the blocks
 * may have been moved. What a host error leaves of a block that was being written is for
 * its file system or disk to say; whole blocks are all that is ever asked of it. Data of
 * a write is the host's when the call returns and survives the end of the guest. A power
 * cut can lose or reorder what was not flushed, and leave any part of a request that was
 * under way, several blocks of one being no better off than of many. Writing a device that
 * is attached read-only is EUNSPEC. Never AGAIN.
 */
solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset,
        const uint8_t *buf, size_t size);
solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset,
        uint8_t *buf, size_t size);

/*
 * Additions of this implementation
 *
 * They work with any tender, as described, and are absent from other
 * implementations' headers: test for SOLO5_ADDITIONS.
 */
#define SOLO5_ADDITIONS 1

/* A block request may have any multiple of block_size up to this many bytes. */
#define SOLO5_BLOCK_MAX 1048576

/*
 * Wait until what was written to the device is on its medium, so that it survives a
 * power cut (fdatasync of what is attached). EINVAL if HANDLE is no block device;
 * EUNSPEC if the host failed or the tender can't do this: then nothing is known.
 */
solo5_result_t solo5_block_flush(solo5_handle_t handle);

#define SOLO5_RANDOM_SIZE 48

/*
 * Random bytes of the host, new for each start, to seed a generator: SIZE of them, 1
 * to SOLO5_RANDOM_SIZE. They are given once: later calls, and all calls under a
 * tender that has none to give, return EUNSPEC and write nothing. EINVAL: SIZE.
 */
solo5_result_t solo5_random_seed(uint8_t *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* SOLO5_SOLO5_H */
