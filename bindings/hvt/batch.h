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

/* HVT_NET_BATCH_MAX of the common frames. Memory is touched for as many as ever came at once. */
#define BATCH_SIZE 98304

/*
 * The buffer is for frames of HANDLE, of this MTU, from now on. False if it is another's: then
 * frames of this one are read one by one.
 */
bool batch_own(solo5_handle_t handle, uint16_t mtu);
bool batch_is_owner(solo5_handle_t handle);
bool batch_has_owner(void);

/* The owner, if there is a frame or an error to be read; else none. */
solo5_handle_set_t batch_ready(void);

/* The owner's request, without flags and time-out; then what became of it. */
void batch_ask(struct hvt_hc_net_batch *req);
void batch_answered(const struct hvt_hc_net_batch *req);

/*
 * While there are frames the tender is not asked about the other devices at each wait: the answer
 * is that of the last time, that none of them is ready. A frame that comes right after that is no
 * different from one that comes a little later. So for at most BATCH_WAITS waits in a row, the last
 * no more than BATCH_NS after the tender was asked; then none of them has starved.
 */
#define BATCH_WAITS 16
#define BATCH_NS 500000

/* At NOW the tender was asked which devices are ready. READY includes one with frames. */
void batch_asked(solo5_handle_set_t ready, solo5_time_t now);

/* Is the owner alone the answer to a wait at NOW? Call it once for each. */
bool batch_is_answer(solo5_time_t now);

/* Another device may be ready, as when something of it was read: the next wait asks. */
void batch_doubt(void);

/* Does only the tender know what a read of the owner finds? */
bool batch_is_used_up(void);

/*
 * What there is for a read of the owner, if it is not used up: frames, OK, the first SIZE
 * bytes of each, or AGAIN for an empty one; then, once, why there were no more: AGAIN or an
 * error.
 */
int32_t batch_take(uint8_t *buf, size_t size, size_t *read_size);

#endif /* BINDINGS_BATCH_H */
