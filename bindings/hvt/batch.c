/* SPDX-License-Identifier: ISC */
#include "batch.h"

static uint8_t buffer[BATCH_SIZE] __attribute__((aligned(8)));

struct batch batch;

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
    req->handle = batch.owner;
    req->data = (uintptr_t)buffer;
    req->len = sizeof buffer;
    req->frame_max = batch.frame_max;
}

void batch_answered(const struct hvt_hc_net_batch *req)
{
    batch.at = buffer;
    batch.frames = req->frames;
    batch.copy_from = frame_copy_from(req->frames);
    batch.end = req->ret;
}
