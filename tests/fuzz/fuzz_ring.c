/* SPDX-License-Identifier: ISC */
/*
 * The net ring: an input is what the guest writes into it, between drains and, at the system
 * calls that a drain makes, while it goes on. The guest may write all of it, what is the
 * tender's too. Each drain takes a ring's worth at most, of buffers that are the guest's. If
 * nobody writes meanwhile all is worked out before: the frames that come out of each network,
 * and every byte of memory and of the ring.
 *
 * links: tests/unit/fake_vm.c tests/unit/fake_io.c
 * links: tenders/hvt/vhost.c
 * links: tenders/hvt/run.c tenders/hvt/hc_core.c tenders/hvt/ring.c
 * links: tenders/hvt/hc_block.c tenders/hvt/hc_net.c tenders/hvt/memmap.c
 * links: tenders/hvt/sigbus.c tenders/hvt/signals.c
 * links: tenders/common/guest_mem.c tenders/common/devices.c tenders/common/attach_net.c
 * links: tenders/common/attach_block.c tenders/common/manifest.c tenders/common/image.c
 * links: tenders/common/options.c tenders/common/waitset.c tenders/common/err.c
 * links: tenders/common/walls.c tenders/common/sandbox.c tenders/common/filter.c
 * links: tenders/common/block_map.c
 */
#include "guest.h"

#define STEPS_MAX 64

static struct hvt_ring *shared;
static struct input input;
static unsigned calls, writes; /* that the tender made of this drain */
static bool meddle;            /* the guest writes during them */

static uint32_t next_word(struct input *in)
{
    uint32_t v = next_byte(in);

    return v < 0xf0 ? v : (uint32_t)next_raw(in);
}

static void next_entry(struct input *in)
{
    uint32_t slot = next_word(in) % HVT_RING_SLOTS;

    shared->entries[slot] = (struct hvt_ring_entry){
            .operation = next_word(in) % 4,
            .handle = next_word(in),
            .data = next_number(in),
            .len = (uint32_t)next_number(in),
            .id = next_word(in),
    };
}

/* From SLOT on the same entry many times. */
static void copy_entries(uint32_t slot, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        shared->entries[(slot + i) % HVT_RING_SLOTS] = shared->entries[slot % HVT_RING_SLOTS];
}

/* Something that a guest can do to its ring. */
static void next_write(struct input *in)
{
    uint8_t what = next_byte(in);

    switch (what & 7) {
    case 0:
    case 1:
        next_entry(in);
        break;
    case 2: /* publish some more */
        shared->ent_tail += next_word(in);
        break;
    case 3: /* near the tender's head, on either side, and a ring's length away */
        shared->ent_tail = hvt.ring.ent_head + next_word(in) - 4 + (what & 8 ? HVT_RING_SLOTS : 0);
        break;
    case 4: /* what is not the guest's */
        shared->ent_head = next_word(in);
        shared->com_tail = next_word(in);
        shared->needs_kick = next_word(in);
        break;
    case 5:
        shared->com_head = next_word(in);
        shared->commits[next_word(in) % HVT_RING_SLOTS].id = next_word(in);
        break;
    case 6:
        copy_entries(next_word(in), 16 * (next_byte(in) & 15));
        break;
    default:
        send_frame(what & 8 ? NET : NET2, next_byte(in) * 8U);
        break;
    }
}

/*
 * What a drain has to do
 */

/* Frames that must come out of a network, in order, and how many have. */
static struct sent {
    unsigned n, came;
    struct {
        size_t at, len; /* in their bytes */
    } frame[HVT_RING_SLOTS];
} sent[HANDLES];
static uint8_t sent_bytes[HVT_RING_SLOTS * (MTU + SOLO5_NET_HLEN)];
static size_t sent_used;

static bool is_net(uint32_t handle)
{
    return handle == NET || handle == NET2;
}

static void want_write(const struct hvt_ring_entry *e)
{
    if (!is_net(e->handle) || e->len < SOLO5_NET_HLEN || e->len > MTU + SOLO5_NET_HLEN ||
            !all_readable(e->data, e->len))
        return;
    struct sent *s = &sent[e->handle];
    memcpy(sent_bytes + sent_used, in_picture(e->data, e->len), e->len);
    s->frame[s->n].at = sent_used;
    s->frame[s->n++].len = e->len;
    sent_used += e->len;
}

static void want_commit(struct hvt_ring *r, uint32_t index, const struct hvt_ring_entry *e)
{
    struct hvt_ring_commit *c = &r->commits[index % HVT_RING_SLOTS];
    uint64_t len = e->len;

    *c = (struct hvt_ring_commit){.id = e->id, .ret = SOLO5_R_EINVAL};
    if (is_net(e->handle) && all_writable(e->data, e->len))
        c->ret = want_read(e->handle, in_picture(e->data, e->len), &len);
    c->len = c->ret == SOLO5_R_OK ? (uint32_t)len : 0;
    r->com_tail = index + 1;
}

/* N entries, in the picture; returns what com_tail must be then. */
static uint32_t want_drain(uint32_t n)
{
    struct hvt_ring *r = (struct hvt_ring *)(before + GUARD + SIZE);
    uint32_t com = hvt.ring.com_tail;

    sent_used = 0;
    for (size_t i = 0; i < HANDLES; i++)
        sent[i].n = sent[i].came = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct hvt_ring_entry *e = &r->entries[(hvt.ring.ent_head + i) % HVT_RING_SLOTS];
        if (e->operation == HVT_RING_NET_WRITE)
            want_write(e);
        if (e->operation == HVT_RING_NET_READ)
            want_commit(r, com++, e);
    }
    r->ent_head = r->ent_tail;
    return com;
}

/* What has come out so far is what had to, in its order. */
static void check_sent(int handle)
{
    struct sent *s = &sent[handle];
    const uint8_t *bytes;

    for (long n; (n = next_sent(handle, &bytes)) >= 0; s->came++) {
        MUST(s->came < s->n && (size_t)n == s->frame[s->came].len);
        MUST(memcmp(bytes, sent_bytes + s->frame[s->came].at, (size_t)n) == 0);
    }
}

static void check_all_sent(void)
{
    check_sent(NET);
    check_sent(NET2);
    MUST(sent[NET].came == sent[NET].n && sent[NET2].came == sent[NET2].n);
}

/* A system call of the tender. Those of the guest's own writes are not. */
static void see_call(uintptr_t buf, size_t size, bool into)
{
    check_call(buf, size, into);
    calls++;
    MUST(size <= (into ? SIZE : MTU + SOLO5_NET_HLEN));
    writes += !into;
    if (!meddle && writes % 8 == 7) { /* before there is no more room for frames */
        check_sent(NET);
        check_sent(NET2);
    }
    if (meddle && input.left > 0)
        next_write(&input);
}

/* In the ring the tender writes its indices and the commits; elsewhere where reads go. */
static void check_memory(void)
{
    size_t ring = GUARD + SIZE;

    may_change(MIN, RO_START - MIN);
    may_change(STAGE1_END, RO2_START - STAGE1_END);
    may_change(RO2_END, SIZE - RO2_END);
    memcpy(before + ring, around + ring, sizeof *shared);
    check_picture();
}

/* While the guest writes nobody can tell what it will get. */
static void check_meddled(uint32_t com, uint32_t n)
{
    MUST(calls <= n && hvt.ring.com_tail - com <= n);
    check_memory();
    empty_net(NET, hvt.devices.d[NET].fd);
    empty_net(NET2, hvt.devices.d[NET2].fd);
}

static void drain(void)
{
    uint32_t tail = shared->ent_tail, head = hvt.ring.ent_head, com = hvt.ring.com_tail;
    uint32_t want = tail - head > HVT_RING_SLOTS ? HVT_RING_SLOTS : tail - head;

    calls = writes = 0;
    take_picture();
    uint32_t want_com = meddle ? 0 : want_drain(want);
    fake_io.seen = see_call;
    uint32_t n = ring_drain(&hvt);
    fake_io.seen = NULL;
    MUST(n == want && hvt.ring.ent_head == tail);
    if (meddle) {
        check_meddled(com, n);
        return;
    }
    MUST(hvt.ring.com_tail == want_com);
    check_all_sent();
    check_picture();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static bool open_already;

    if (!open_already) {
        guest_open();
        open_already = true;
    }
    input = (struct input){bytes, n};
    guest_reset(true);
    shared = hvt.ring.shared;
    /* Indices may have come round before. */
    hvt.ring.ent_head = shared->ent_head = shared->ent_tail = 0U - next_word(&input);
    hvt.ring.com_tail = shared->com_tail = shared->com_head = 0U - next_word(&input);
    for (unsigned i = 0; i < STEPS_MAX && input.left > 0; i++) {
        uint8_t what = next_byte(&input);
        if (what < 0xc0) {
            next_write(&input);
            continue;
        }
        meddle = what & 1;
        drain();
    }
    meddle = false;
    drain();
    MUST(ring_drain(&hvt) == 0);
    return 0;
}
