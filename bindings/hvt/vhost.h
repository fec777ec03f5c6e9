/* SPDX-License-Identifier: ISC */
/*
 * vhost.h: frames by virtqueues that the host's kernel works on (ext_abi.h: NET_VHOST). Section
 * numbers are of Virtio 1.2.
 *
 * Each queue has 64 buffers of its own, so that the caller's is free at once. Where a function
 * returns true for KICK, the host is to be told that there is something in the device's queues.
 */
#ifndef BINDINGS_VHOST_H
#define BINDINGS_VHOST_H

#include "../bindings.h"

/*
 * Begin, for all net devices of M, which are returned; AT is ext_info.net_vhost. Then each of them
 * is to be kicked, for the buffers for its first frames.
 */
solo5_handle_set_t vhost_start(const struct mft *m, uint64_t at);

/* Which devices have frames to be read. */
solo5_handle_set_t vhost_ready(void);

/* From now on the host notifies of frames. Some may have come before: look again. */
void vhost_listen(void);

/* The next frame's first SIZE bytes, OK; or AGAIN. */
int32_t vhost_take(solo5_handle_t handle, uint8_t *buf, size_t size, size_t *read_size,
        bool *kick);

/* Queue a frame the device can take. False: there is no room, and nothing was done. */
bool vhost_put(solo5_handle_t handle, const uint8_t *frame, size_t size, bool *kick);

/* How many frames are under way. */
unsigned vhost_under_way(solo5_handle_t handle);

/* From now on the host notifies when at most LEFT are. That may have been before: look again. */
void vhost_listen_sent(solo5_handle_t handle, unsigned left);

#endif /* BINDINGS_VHOST_H */
