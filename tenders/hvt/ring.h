/* SPDX-License-Identifier: ISC */
/*
 * ring.h: the tender's side of the net ring (hvt_abi.h): a thread that takes what
 * the guest has queued while the guest goes on.
 *
 * The guest can write every byte of the ring at any moment. So what the tender owns,
 * it keeps here and only copies there, and what the guest owns is read once and
 * checked. Whatever is there, one look at it takes HVT_RING_SLOTS entries at most.
 *
 * An entry that breaks the rules never ends the guest: a write is dropped, a read
 * is answered with EINVAL. A guest that leaves more than HVT_RING_SLOTS commits lying
 * there loses the oldest, as com_head is not looked at: nothing waits for the guest.
 */
#ifndef HVT_RING_H
#define HVT_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "hvt_abi.h"
#include "lock.h"

struct hvt;

struct ring {
    struct hvt_ring *shared; /* in the guest's memory; NULL: there is no ring */
    uint32_t ent_head; /* the truth; in SHARED are copies */
    uint32_t com_tail;
    bool naps;      /* the thread shares the guest's CPU */
    int nap;        /* the thread's: how long the next one is, ns */
    unsigned looks; /* else, how often it looks before it sleeps */
    int kick; /* eventfd that the guest's kicks count up */
    pthread_t thread;
    struct lock lock; /* who holds it takes entries */
};

/*
 * Make what a ring needs but for its memory. False: the guest gets none, as there is
 * no network, it is not wanted or the host lacks something. The thread waits for
 * ring_start().
 */
bool ring_open(struct hvt *hvt);

/*
 * With memory and machine: hear the guest's kicks and let the thread work, if any. Where
 * the machine can't tell of kicks, ring_gpa becomes 0: there is no ring, and the thread
 * waits for ever.
 */
void ring_start(struct hvt *hvt);

/*
 * Take what is queued now; returns how many entries. The thread's work, and main's
 * before a hypercall whose frame must not overtake them, or that waits.
 */
unsigned ring_drain(struct hvt *hvt);

/* Take what is queued now, and nothing ever after. */
void ring_finish(struct hvt *hvt);

#endif /* HVT_RING_H */
