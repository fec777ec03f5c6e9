/* SPDX-License-Identifier: ISC */
/*
 * batch.h: frames that the tender has received ahead of the guest's reads (ext_abi.h: struct
 * hvt_hc_net_batch). One buffer, which one device owns at a time: the one that was read last,
 * unless there are frames of another in it.
 */
#ifndef BINDINGS_BATCH_H
#define BINDINGS_BATCH_H

#include "../bindings.h"
#include "hvt_abi.h"

/* Some 40 of the common frames. */
#define BATCH_SIZE 65536

/*
 * The buffer is for frames of HANDLE from now on. False if it is another's, or too small for
 * a device of this MTU: then its frames are read one by one.
 */
bool batch_own(solo5_handle_t handle, uint32_t mtu);
bool batch_has_owner(void);

/* The owner, if there is a frame or an error to be read; else none. */
solo5_handle_set_t batch_ready(void);

/* The owner's request, without flags and time-out; then what became of it. */
void batch_ask(struct hvt_hc_net_batch *req);
void batch_answered(const struct hvt_hc_net_batch *req);

/* Does only the tender know what a read of the owner finds? */
bool batch_is_used_up(void);

/*
 * What there is for a read of the owner, if it is not used up: frames, OK, the first SIZE
 * bytes of each, or AGAIN for an empty one; then, once, why there were no more: AGAIN or an
 * error.
 */
int32_t batch_take(uint8_t *buf, size_t size, size_t *read_size);

#endif /* BINDINGS_BATCH_H */
