/* SPDX-License-Identifier: ISC */
/*
 * vhost.h: --net-accel=vhost. The kernel's vhost-net (linux/vhost.h) moves frames between a tap and
 * virtqueues in the guest's memory (ext_abi.h: NET_VHOST); the tender has no part in it.
 *
 * What the kernel is told about a device is told before the guest runs, and no ioctl(2) is allowed
 * afterwards: where the queues are and that nothing but the device's part of memory can be named
 * in them. The tap is closed then, as vhost has it. What is left of the device is one eventfd that
 * counts the kernel's notifications: the device's descriptor.
 */
#ifndef HVT_VHOST_H
#define HVT_VHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "mft_abi.h"

struct hvt;

/* By handle; 0: none. */
struct vhost {
    int kick[MFT_MAX_ENTRIES]; /* eventfd; only where the net ring brings the guest's kicks */
    int fd[MFT_MAX_ENTRIES];   /* of /dev/vhost-net: open, so that it goes on */
};

/*
 * With devices and extensions: is it asked for and does the image know it? The feature's bit is
 * taken back if not. Returns how many bytes of memory it takes, a multiple of 64 KiB; 0: none.
 */
uint64_t vhost_settle(struct hvt *hvt);

/* With memory, machine and ring: start it for every net device, if it is wanted. */
int vhost_start(struct hvt *hvt, struct err *err);

/* The guest has something in the queues of HANDLE, which may be any number. For both threads. */
void vhost_kick(const struct vhost *v, uint64_t handle);

/* The descriptors that have to stay open, into FDS; returns how many. */
size_t vhost_fds(const struct vhost *v, int fds[2 * MFT_MAX_ENTRIES]);

#endif /* HVT_VHOST_H */
