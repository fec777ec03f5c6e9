/* SPDX-License-Identifier: ISC */
/*
 * batch.h: frames that the tender has received ahead of the guest's reads (ext_abi.h: struct
 * hvt_hc_net_batch). One buffer, which one device owns at a time: the one that was read last,
 * unless there are frames of another in it.
 */
#ifndef BINDINGS_BATCH_H
#define BINDINGS_BATCH_H

#include "frame_copy.h"
#include "hvt_abi.h"

/* HVT_NET_BATCH_MAX of the common frames. Memory is touched for as many as ever came at once. */
#define BATCH_SIZE 98304

/* For the functions below. */
extern struct batch {
    solo5_handle_t owner; /* 0: nobody; it is no device's handle */
    uint32_t frame_max;
    uint32_t frames;   /* those not yet taken */
    const uint8_t *at; /* the next of them */
    int32_t end;       /* what is to be said behind them; OK: ask */
    size_t copy_from;  /* how they are copied: frame_copy.h */
    unsigned waits;    /* so many need not ask, */
    solo5_time_t until; /* and none after this */
} batch;

/*
 * The buffer is for frames of HANDLE, of this MTU, from now on. False if it is another's: then
 * frames of this one are read one by one.
 */
bool batch_own(solo5_handle_t handle, uint16_t mtu);
bool batch_has_owner(void);

static inline bool batch_is_owner(solo5_handle_t handle)
{
    return handle == batch.owner;
}

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
static inline bool batch_is_used_up(void)
{
    return batch.frames == 0 && batch.end == SOLO5_R_OK;
}

/* Is there a frame of HANDLE, to be taken at once? */
static inline bool batch_has_frame(solo5_handle_t handle)
{
    return batch_is_owner(handle) && batch.frames > 0;
}

/* One without bytes is nothing to be read, as the tender says of a single one. */
static inline int32_t batch_take_frame(uint8_t *buf, size_t size, size_t *read_size)
{
    const uint8_t *frame = batch.at + sizeof(struct hvt_net_frame);
    struct hvt_net_frame head;

    __builtin_memcpy(&head, batch.at, sizeof head); /* a load */
    batch.at = frame + ((head.len + 7) & ~(size_t)7);
    batch.frames--;
    if (head.len == 0)
        return SOLO5_R_AGAIN;
    *read_size = size < head.len ? size : head.len;
    frame_put(buf, frame, *read_size, batch.copy_from);
    return SOLO5_R_OK;
}

/*
 * What there is for a read of the owner, if it is not used up: frames, OK, the first SIZE
 * bytes of each, or AGAIN for an empty one; then, once, why there were no more: AGAIN or an
 * error.
 */
static inline int32_t batch_take(uint8_t *buf, size_t size, size_t *read_size)
{
    int32_t end = batch.end;

    if (batch.frames > 0)
        return batch_take_frame(buf, size, read_size);
    batch.end = SOLO5_R_OK;
    return end == SOLO5_R_OK ? SOLO5_R_AGAIN : end;
}

#endif /* BINDINGS_BATCH_H */
