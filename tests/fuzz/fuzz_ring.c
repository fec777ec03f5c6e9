/* SPDX-License-Identifier: ISC */
/*
 * The net ring: an input is what the guest writes into it, between drains and, at the system
 * calls that a drain makes, while it goes on. The guest may write all of it, what is the
 * tender's too. Each drain takes a ring's worth at most, of buffers that are the guest's.
 *
 * links: tests/unit/fake_vm.c tests/unit/fake_io.c
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
static unsigned calls; /* that the tender made of this drain */
static bool meddle;    /* the guest writes during them */

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

/* A system call of the tender. Those of the guest's own writes are not. */
static void see_call(uintptr_t buf, size_t size, bool into)
{
    check_call(buf, size, into);
    calls++;
    MUST(size <= (into ? SIZE : MTU + SOLO5_NET_HLEN));
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

/* Entries and the guest's indices are not the tender's to write. */
static void check_guests_part(const struct hvt_ring *was)
{
    MUST(memcmp(was->entries, shared->entries, sizeof was->entries) == 0);
    MUST(was->ent_tail == shared->ent_tail && was->com_head == shared->com_head);
    MUST(was->needs_kick == shared->needs_kick);
}

static void check_commits(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i != to && !meddle; i++) {
        const struct hvt_ring_commit *c = &shared->commits[i % HVT_RING_SLOTS];
        MUST(c->ret >= SOLO5_R_OK && c->ret <= SOLO5_R_EUNSPEC && c->reserved == 0);
        MUST(c->ret == SOLO5_R_OK ? c->len <= SIZE : c->len == 0);
    }
}

static void drain(void)
{
    static struct hvt_ring was;
    uint32_t tail = shared->ent_tail, head = hvt.ring.ent_head, com = hvt.ring.com_tail;
    uint32_t want = tail - head > HVT_RING_SLOTS ? HVT_RING_SLOTS : tail - head;

    was = *shared;
    calls = 0;
    take_picture();
    fake_io.seen = see_call;
    uint32_t n = ring_drain(&hvt);
    fake_io.seen = NULL;
    MUST(n == want && calls <= n);
    MUST(hvt.ring.ent_head == tail && hvt.ring.com_tail - com <= n);
    if (!meddle || calls == 0) {
        check_guests_part(&was);
        MUST(shared->ent_head == tail);
        MUST(hvt.ring.com_tail == com || shared->com_tail == hvt.ring.com_tail);
    }
    check_commits(com, hvt.ring.com_tail);
    check_memory();
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
