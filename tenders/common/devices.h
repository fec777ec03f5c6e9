/* SPDX-License-Identifier: ISC */
/*
 * devices.h: every device of the manifest with what is behind it on the host.
 * After devices_attach() a device *is* a descriptor plus limits.
 */
#ifndef DEVICES_H
#define DEVICES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "guest_mem.h"
#include "manifest.h"
#include "options.h"

struct device {
    mft_type_t type;     /* 0: no device of this handle */
    int fd;              /* close-on-exec; net: non-blocking */
    uint64_t capacity;   /* block: bytes, fixed for the run */
    uint32_t block_size; /* block: bytes, power of two, 512 to 32768 */
    bool read_only;      /* block: no writes, whatever fd allows */
    bool nolock;         /* block: others may have it, too */
    const uint8_t *map;  /* block: its first byte in memory, see block_map.h; NULL */
    uint64_t mapped;     /* block: bytes of it that are there: whole pages; 0 */
    uint8_t mac[6];      /* net */
    uint32_t mtu;        /* net: bytes without the Ethernet header, 1 to 65535 */
    bool is_tap;         /* net: else a socket */
    bool vhost;          /* net: the kernel moves its frames, and fd counts what it did */
    bool connected;      /* net: a socket where reading 0 bytes means the peer is gone */
    const char *name;    /* of the manifest entry */
};

/* block_map.h: where all mapped ones are; zeros if there are none. */
struct device_maps {
    struct guest_mem_range range; /* addresses of this process */
    uint64_t page;                /* bytes of a page of the host */
};

struct devices {
    unsigned n_net;
    unsigned n_block;
    struct device_maps maps;
    struct device d[MFT_MAX_ENTRIES]; /* index = handle; last, as most of it is never touched */
};

/* For -v: what is attached, a line each, after PREFIX. */
void devices_report(FILE *out, const char *prefix, const struct devices *devs);

/*
 * Bind each entry of M to what the options say, open it, and write MAC, MTU,
 * capacity and block size into M. WITH_FDS: the descriptors, too (spt guests
 * use them). All or nothing; descriptors are closed when the process ends. *DEVS is zero, or from
 * another call.
 */
int devices_attach(struct devices *devs, struct manifest *m, const struct options *o,
        bool with_fds, struct err *err);

/* The device HANDLE if it is one of TYPE, else NULL. Any HANDLE may be asked. */
static inline const struct device *devices_get(const struct devices *devs, uint64_t handle,
        mft_type_t type)
{
    if (handle >= MFT_MAX_ENTRIES || devs->d[handle].type != type)
        return NULL;
    return &devs->d[handle];
}

/*
 * The descriptor that "@FD" names; -1 if it is no number, below 3 or was not open when this program
 * began.
 */
int inherited_fd(const char *text);

/* Their descriptors, into FDS; returns how many. */
size_t devices_fds(const struct devices *devs, int fds[MFT_MAX_ENTRIES]);

/* attach_net.c: IFACE is a tap's name or @FD. */
int attach_net(struct device *dev, const char *iface, struct err *err);

/* attach_block.c: PATH is a file, a block device or @FD. Read-only if DEV says so. */
int attach_block(struct device *dev, const char *path, struct err *err);

/*
 * Lock what is behind it: shared if it is read-only, else for it alone. An error if
 * another process has it. Nothing to undo: the lock goes with the descriptor.
 */
int lock_block(const struct device *dev, const char *path, struct err *err);

#endif /* DEVICES_H */
