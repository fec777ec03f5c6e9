/* SPDX-License-Identifier: ISC */
/*
 * The ring's index arithmetic, ring.c as it is: every head, every tail that the guest may
 * have written, every position of the commits. Indices wrap at 8 bits where those of tenders
 * wrap at 32, and a ring has 16 entries: 2^8 is a multiple of them as 2^32 is of 1024.
 *
 * links: tenders/common/err.c
 */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../../tenders/hvt/lock.h"
#include "../../tenders/hvt/vm.h"
#include "devices.h"
#include "guest_mem.h"
#include "ext_abi.h"
#include "hvt_abi.h"
#include "solo5.h"

typedef unsigned _BitInt(8) narrow;
#define ALL 256U
#define SLOTS 16U

/*
 * What ring.c finds in the places of hvt.h and hvt_abi.h, with indices of 8 bits
 */
#define HVT_H
#define HVT_RING_H
#define uint32_t narrow
#undef HVT_RING_SLOTS
#define HVT_RING_SLOTS SLOTS
#define hvt_ring_entry narrow_entry
#define hvt_ring_commit narrow_commit
#define hvt_ring narrow_shared

struct hvt_ring_entry {
    unsigned operation;
    uint32_t handle, data, len, id;
};

struct hvt_ring_commit {
    uint32_t id;
    int32_t ret;
    uint32_t len;
};

struct hvt_ring {
    uint32_t ent_tail, com_head, ent_head, com_tail, needs_kick;
    struct hvt_ring_entry entries[SLOTS];
    struct hvt_ring_commit commits[SLOTS];
};

struct ring {
    struct hvt_ring *shared;
    uint32_t ent_head, com_tail;
    bool naps;
    int nap;
    unsigned looks;
    int kick;
    pthread_t thread;
    struct lock lock;
};

struct hvt {
    struct vm vm;
    struct guest_mem mem;
    struct devices devices;
    struct options options;
    struct ring ring;
    uint64_t ring_gpa;
    bool has_vhost;
    int vhost;
};

bool ring_open(struct hvt *hvt);
void ring_start(struct hvt *hvt);
unsigned ring_drain(struct hvt *hvt);
void ring_finish(struct hvt *hvt);

/* The seams: which entries were taken, in order. An entry's data is its slot. */
static unsigned taken[ALL + 1], n_taken;

static void *take_data(unsigned data)
{
    static uint8_t buffer;

    if (n_taken > ALL)
        fail_msg("no bound");
    taken[n_taken++] = data;
    return &buffer;
}

static const struct device device = {.mtu = 1500};

#define devices_get(devices, handle, type) (&device)
#define hvt_read_buf(hvt, data, len) ((void)(hvt), (const void *)take_data((unsigned)(data)))
#define hvt_write_buf(hvt, data, len) ((void)(hvt), take_data((unsigned)(data)))
#define net_send(hvt, dev, p, len) ((void)(dev), (void)(p))
#define vhost_kick(v, handle) ((void)(v), (void)(handle))
#define net_receive(hvt, dev, p, len) SOLO5_R_OK

/* Those of the compiler know no such integers; what is proved here has one thread. */
#define __atomic_load_n(p, order) (*(p))
#define __atomic_store_n(p, value, order) (*(p) = (value))

#include "../../tenders/hvt/ring.c"

#undef uint32_t

/* The rest of ring.c wants them; nothing here calls it. */
bool vm_can_kick(void)
{
    return false;
}

int vm_kick_fd(struct vm *vm, int fd, uint32_t value, struct err *err)
{
    (void)vm, (void)fd, (void)value, (void)err;
    return -1;
}

void *guest_mem_top(const struct guest_mem *mem)
{
    (void)mem;
    return NULL;
}

static struct hvt_ring shared;
static struct hvt guest = {.ring = {.shared = &shared}};

/* From HEAD to TAIL in order, a ring's worth at most; both sides are even then. */
static void check(unsigned head, unsigned tail, unsigned com, bool reads)
{
    unsigned queued = (tail + ALL - head) % ALL, want = queued < SLOTS ? queued : SLOTS;

    guest.ring.ent_head = (narrow)head;
    guest.ring.com_tail = (narrow)com;
    shared.ent_tail = (narrow)tail;
    shared.ent_head = shared.com_tail = 0x5a; /* the guest's lies */
    n_taken = 0;
    unsigned n = ring_drain(&guest);
    bool right = n == want && n_taken == want && guest.ring.ent_head == tail &&
                 shared.ent_head == tail && shared.ent_tail == tail &&
                 guest.ring.com_tail == (com + (reads ? want : 0)) % ALL;
    for (unsigned i = 0; i < want && right; i++)
        right = taken[i] == (head + i) % SLOTS &&
                (!reads || shared.commits[(com + i) % SLOTS].id == (head + i) % SLOTS + 100);
    if (reads && want > 0)
        right = right && shared.com_tail == guest.ring.com_tail;
    if (!right)
        fail_msg("head %u, tail %u, com_tail %u: %u taken", head, tail, com, n);
}

static void check_all(unsigned operation)
{
    for (unsigned i = 0; i < SLOTS; i++)
        shared.entries[i] = (struct hvt_ring_entry){.operation = operation,
                .data = (narrow)i,
                .len = 60,
                .id = (narrow)(i + 100)};
    for (unsigned head = 0; head < ALL; head++)
        for (unsigned tail = 0; tail < ALL; tail++)
            for (unsigned com = 0; com < ALL; com++)
                check(head, tail, com, operation == HVT_RING_NET_READ);
}

static void every_read(void **state)
{
    (void)state;
    check_all(HVT_RING_NET_READ);
}

static void every_write(void **state)
{
    (void)state;
    check_all(HVT_RING_NET_WRITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_read),
            cmocka_unit_test(every_write),
    };

    return cmocka_run_group_tests_name("prove_ring", tests, NULL, NULL);
}
