/* SPDX-License-Identifier: ISC */
#include "ring.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "hvt.h"
#include "solo5.h"
#include "walls.h"

/*
 * How often the thread looks again before it sleeps: about a microsecond, the time
 * in which a guest that sends a burst has its next frame ready. A kick and a wakeup
 * cost several.
 *
 * On the only CPU the guest can't go on meanwhile, and each kick would make both take turns.
 * There the thread naps, and what is queued meanwhile is sent when the guest waits, when
 * the ring is full, or at the end of the nap: a guest that computes holds back no frame for
 * longer. A nap after which there was nothing left to send was in vain, as the guest waits often
 * by itself: the next is twice as long, up to what other work on the CPU may take it away for. A
 * nap in which nothing was queued is the last: an idle guest costs nothing.
 */
#define IDLE_LOOKS 1000
#define NAP_NS 500000
#define NAP_MAX_NS 4000000

/* It fails where there are more CPUs than the set has room for. */
static bool has_one_cpu(void)
{
    cpu_set_t cpus;

    return sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) == 1;
}

/* The guest's store of its index comes after those to the entries. */
static uint32_t load_tail(const struct ring *r)
{
    return __atomic_load_n(&r->shared->ent_tail, __ATOMIC_ACQUIRE);
}

static void publish(uint32_t *index, uint32_t value)
{
    __atomic_store_n(index, value, __ATOMIC_RELEASE);
}

/* Each field is read once, whatever the compiler finds out about the rest. */
static struct hvt_ring_entry copy_entry(const struct ring *r, uint32_t index)
{
    const volatile struct hvt_ring_entry *e = &r->shared->entries[index % HVT_RING_SLOTS];

    return (struct hvt_ring_entry){.operation = e->operation,
            .handle = e->handle,
            .data = e->data,
            .len = e->len,
            .id = e->id};
}

/* Nobody hears of what became of it. */
static void take_write(const struct hvt *hvt, const struct hvt_ring_entry *e)
{
    const struct device *dev = devices_get(&hvt->devices, e->handle, MFT_DEV_NET_BASIC);

    if (!dev || e->len > dev->mtu + SOLO5_NET_HLEN)
        return;
    const void *p = hvt_read_buf(hvt, e->data, e->len);
    if (p)
        net_send(hvt, dev, p, e->len);
}

static int32_t receive(const struct hvt *hvt, const struct hvt_ring_entry *e, uint64_t *len)
{
    const struct device *dev = devices_get(&hvt->devices, e->handle, MFT_DEV_NET_BASIC);
    void *p = hvt_write_buf(hvt, e->data, e->len);

    *len = e->len;
    return dev && p ? net_receive(hvt, dev, p, len) : SOLO5_R_EINVAL;
}

static void take_read(struct hvt *hvt, const struct hvt_ring_entry *e)
{
    struct ring *r = &hvt->ring;
    uint64_t len;
    int32_t ret = receive(hvt, e, &len);

    r->shared->commits[r->com_tail % HVT_RING_SLOTS] = (struct hvt_ring_commit){
            .id = e->id, .ret = ret, .len = ret == SOLO5_R_OK ? (uint32_t)len : 0};
    publish(&r->shared->com_tail, ++r->com_tail);
}

/* Who reads from the ring waits for the answer by spinning. */
static void never_nap(struct ring *r)
{
    if (r->naps)
        __atomic_store_n(&r->naps, false, __ATOMIC_RELAXED);
}

static void take_entry(struct hvt *hvt, const struct hvt_ring_entry *e)
{
    if (hvt->has_vhost) {
        if (e->operation == EXT_RING_NET_KICK)
            vhost_kick(&hvt->vhost, e->handle);
        return;
    }
    switch (e->operation) {
    case HVT_RING_NET_WRITE:
        take_write(hvt, e);
        break;
    case HVT_RING_NET_READ:
        never_nap(&hvt->ring);
        take_read(hvt, e);
        break;
    default:
        break;
    }
}

/* Who does not have the lock has a look at it. */
static void set_head(struct ring *r, uint32_t head)
{
    publish(&r->ent_head, head);
    publish(&r->shared->ent_head, head);
}

/*
 * In order, up to where the guest was at first: it may add more all the time. More
 * than the ring has room for is a guest that broke the rules; which entries it meant
 * can't be told, so it gets a ring's worth, and then both sides are even again.
 */
static unsigned take(struct hvt *hvt)
{
    struct ring *r = &hvt->ring;
    uint32_t tail = load_tail(r), head = r->ent_head;
    uint32_t n = tail - head < HVT_RING_SLOTS ? tail - head : HVT_RING_SLOTS;

    for (uint32_t i = 0; i < n; i++) {
        struct hvt_ring_entry e = copy_entry(r, head + i);
        take_entry(hvt, &e);
        set_head(r, head + i + 1);
    }
    set_head(r, tail);
    return n;
}

static bool is_pending(const struct ring *r)
{
    return load_tail(r) != __atomic_load_n(&r->ent_head, __ATOMIC_ACQUIRE);
}

/*
 * Nothing to take, and the guest knows, unless it has changed what it was told. An entry that the
 * other one is taking is pending until its frame is sent.
 */
static bool is_even(const struct ring *r)
{
    return !is_pending(r) &&
            load_tail(r) == __atomic_load_n(&r->shared->ent_head, __ATOMIC_RELAXED);
}

unsigned ring_drain(struct hvt *hvt)
{
    unsigned n;

    if (!hvt->ring.shared || is_even(&hvt->ring))
        return 0;
    lock_take(&hvt->ring.lock);
    n = take(hvt);
    lock_release(&hvt->ring.lock);
    return n;
}

/* Who has the lock and keeps it, has stopped the thread. */
void ring_finish(struct hvt *hvt)
{
    if (!hvt->ring.shared)
        return;
    lock_take(&hvt->ring.lock);
    take(hvt);
}

/*
 * The thread
 */

/* Main may have taken it meanwhile. A kick, which nobody has asked for, ends it. */
static bool is_queued_in_nap(const struct ring *r)
{
    struct pollfd p = {.fd = r->kick, .events = POLLIN};
    struct timespec ts = {.tv_nsec = r->nap};
    uint32_t before = load_tail(r);

    ppoll(&p, 1, &ts, NULL);
    return load_tail(r) != before;
}

/* How long to nap after SENT frames that nobody else had sent. */
static void set_nap(struct ring *r, unsigned sent)
{
    if (sent > 0)
        r->nap = NAP_NS;
    else if (r->nap < NAP_MAX_NS)
        r->nap *= 2;
}

static bool is_pending_soon(const struct ring *r)
{
    if (__atomic_load_n(&r->naps, __ATOMIC_RELAXED))
        return is_queued_in_nap(r);
    for (unsigned i = 0; i < r->looks; i++)
        if (is_pending(r))
            return true;
    return false;
}

static void wait_for_kick(const struct ring *r)
{
    uint64_t kicks;

    while (read(r->kick, &kicks, sizeof kicks) < 0 && errno == EINTR)
        continue;
}

/*
 * The guest stores ent_tail and then looks at needs_kick, we the other way round, both
 * with a full barrier in between: one of us sees the other's.
 */
static void sleep_until_kick(const struct ring *r)
{
    publish(&r->shared->needs_kick, 1);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!is_pending(r))
        wait_for_kick(r);
    publish(&r->shared->needs_kick, 0);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

/* The system calls of a thread's start lie behind it: main waits for this. */
static void say_hello(const struct ring *r)
{
    uint64_t one = 1;
    ssize_t n;

    do {
        n = write(r->kick, &one, sizeof one);
    } while (n < 0 && errno == EINTR);
}

static void *work(void *arg)
{
    struct hvt *hvt = arg;
    struct ring *r = &hvt->ring;

    walls_raise_thread(); /* it opens nothing and needs no privilege */
    say_hello(r);
    /* Main has the lock until ring_start(). */
    lock_take(&r->lock);
    lock_release(&r->lock);
    for (;;) {
        set_nap(r, ring_drain(hvt));
        if (!is_pending_soon(r))
            sleep_until_kick(r);
    }
    return NULL;
}

/* Signals are main's: its handler says so and ends the process. */
static int start_thread(struct hvt *hvt)
{
    sigset_t all, before;

    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* by its own access to an image that became shorter */
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return -1;
    int r = pthread_create(&hvt->ring.thread, NULL, work, hvt);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r != 0)
        return -1;
    wait_for_kick(&hvt->ring);
    return 0;
}

bool ring_open(struct hvt *hvt)
{
    struct ring *r = &hvt->ring;

    bool alone = has_one_cpu();

    *r = (struct ring){.kick = -1,
            .naps = alone,
            .nap = NAP_NS,
            .looks = alone ? 1 : IDLE_LOOKS};
    if (hvt->devices.n_net == 0 || hvt->options.no_net_ring || (hvt->has_vhost && !alone) ||
            !vm_can_kick())
        return false;
    r->kick = eventfd(0, EFD_CLOEXEC);
    if (r->kick < 0)
        return false;
    lock_take(&r->lock);
    if (start_thread(hvt) == 0)
        return true;
    lock_release(&r->lock);
    close(r->kick);
    r->kick = -1;
    return false;
}

void ring_start(struct hvt *hvt)
{
    struct err err; /* the guest does without, as it does where there never was a ring */

    if (hvt->ring_gpa == 0)
        return;
    if (vm_kick_fd(&hvt->vm, hvt->ring.kick, 0, &err) != 0) {
        hvt->ring_gpa = 0;
        return;
    }
    hvt->ring.shared = guest_mem_top(&hvt->mem);
    lock_release(&hvt->ring.lock);
}
