/* SPDX-License-Identifier: ISC */
#include "batch.h"

static uint8_t buffer[BATCH_SIZE] __attribute__((aligned(8)));

static struct {
    solo5_handle_t owner; /* 0: nobody; it is no device's handle */
    uint32_t frame_max;
    uint32_t frames;   /* those not yet taken */
    const uint8_t *at; /* the next of them */
    int32_t end;       /* what is to be said behind them; OK: ask */
    unsigned waits;    /* so many need not ask, */
    solo5_time_t until; /* and none after this */
} batch;

/* Hosts may add two VLAN tags to a frame. */
#define TAGS 8

static bool is_error(void)
{
    return batch.end != SOLO5_R_OK && batch.end != SOLO5_R_AGAIN;
}

_Static_assert(sizeof(struct hvt_net_frame) + UINT16_MAX + SOLO5_NET_HLEN + TAGS + 7 <= BATCH_SIZE,
        "of the largest frame there is room for one");

bool batch_own(solo5_handle_t handle, uint16_t mtu)
{
    if (batch_is_owner(handle))
        return true;
    if (batch_ready() != 0)
        return false;
    batch_doubt(); /* the last owner may have more */
    batch.owner = handle;
    batch.frame_max = mtu + SOLO5_NET_HLEN + TAGS;
    batch.end = SOLO5_R_OK;
    return true;
}

bool batch_is_owner(solo5_handle_t handle)
{
    return handle == batch.owner;
}

bool batch_has_owner(void)
{
    return batch.owner != 0;
}

solo5_handle_set_t batch_ready(void)
{
    return batch.frames > 0 || is_error() ? UINT64_C(1) << batch.owner : 0;
}

void batch_asked(solo5_handle_set_t ready, solo5_time_t now)
{
    batch.waits = ready == batch_ready() ? BATCH_WAITS : 0;
    batch.until = now + BATCH_NS;
}

bool batch_is_answer(solo5_time_t now)
{
    if (batch_ready() == 0 || batch.waits == 0 || now > batch.until)
        return false;
    batch.waits--;
    return true;
}

void batch_doubt(void)
{
    batch.waits = 0;
}

void batch_ask(struct hvt_hc_net_batch *req)
{
    *req = (struct hvt_hc_net_batch){.handle = batch.owner,
            .data = (uintptr_t)buffer,
            .len = sizeof buffer,
            .frame_max = batch.frame_max};
}

void batch_answered(const struct hvt_hc_net_batch *req)
{
    batch.at = buffer;
    batch.frames = req->frames;
    batch.end = req->ret;
}

bool batch_is_used_up(void)
{
    return batch.frames == 0 && batch.end == SOLO5_R_OK;
}

/* One without bytes is nothing to be read, as the tender says of a single one. */
static int32_t take_frame(uint8_t *buf, size_t size, size_t *read_size)
{
    const uint8_t *frame = batch.at + sizeof(struct hvt_net_frame);
    struct hvt_net_frame head;

    __builtin_memcpy(&head, batch.at, sizeof head); /* a load */
    batch.at = frame + ((head.len + 7) & ~(size_t)7);
    batch.frames--;
    if (head.len == 0)
        return SOLO5_R_AGAIN;
    *read_size = size < head.len ? size : head.len;
    memcpy(buf, frame, *read_size);
    return SOLO5_R_OK;
}

int32_t batch_take(uint8_t *buf, size_t size, size_t *read_size)
{
    int32_t end = batch.end;

    if (batch.frames > 0)
        return take_frame(buf, size, read_size);
    batch.end = SOLO5_R_OK;
    return end == SOLO5_R_OK ? SOLO5_R_AGAIN : end;
}
