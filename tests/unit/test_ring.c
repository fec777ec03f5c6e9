/* SPDX-License-Identifier: ISC */
/*
 * The net ring: what is taken from it with a guest that lies in every field, without
 * a thread; then the thread, its kick and its sandbox. A socketpair is a tap.
 *
 * links: tests/unit/fake_vm.c tests/unit/fake_io.c
 * links: tenders/hvt/vhost.c
 * links: tenders/hvt/ring.c tenders/hvt/run.c tenders/hvt/hc_core.c
 * links: tenders/hvt/sigbus.c tenders/hvt/signals.c tenders/hvt/hooks_none.c
 * links: tenders/hvt/hc_block.c tenders/hvt/hc_net.c tenders/hvt/policy.c
 * links: tenders/hvt/memmap.c tenders/common/guest_mem.c tenders/common/devices.c
 * links: tenders/common/attach_net.c tenders/common/attach_block.c
 * links: tenders/common/manifest.c tenders/common/image.c tenders/common/options.c
 * links: tenders/common/waitset.c tenders/common/sandbox.c tenders/common/filter.c
 * links: tenders/common/err.c
 * links: tenders/common/walls.c tenders/common/block_map.c
 */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../tenders/hvt/hvt.h"
#include "../../tenders/hvt/layout.h"
#include "fake_io.h"
#include "fake_vm.h"
#include "solo5.h"

#define SIZE 0x400000ULL
#define RO_START 0x100000ULL /* code and constants */
#define RO_END 0x110000ULL
#define REQ 0x200000ULL
#define BUF 0x300000ULL
#define NET 1
#define NET2 2
#define DISK 3
#define MTU 1500
#define MAX (MTU + SOLO5_NET_HLEN)

static struct hvt hvt;
static struct err err;
static int tap[3]; /* the other end of each network */
static struct hvt_ring *shared;

static void *at(uint64_t gpa)
{
    return hvt.mem.host + gpa;
}

/* What the guest has queued and not published. */
static uint32_t tail;

static void fill(uint32_t operation, uint64_t handle, uint64_t data, uint32_t len)
{
    shared->entries[tail % HVT_RING_SLOTS] = (struct hvt_ring_entry){.operation = operation,
            .handle = (uint32_t)handle,
            .data = data,
            .len = len,
            .id = tail + 7};
    tail++;
}

static void publish(void)
{
    __atomic_store_n(&shared->ent_tail, tail, __ATOMIC_RELEASE);
}

static void put(uint32_t operation, uint64_t handle, uint64_t data, uint32_t len)
{
    fill(operation, handle, data, len);
    publish();
}

/* A frame of LEN bytes of BYTE at GPA. */
static void frame_at(uint64_t gpa, uint8_t byte, size_t len)
{
    memset(at(gpa), byte, len);
}

/* The length of the frame that the network got, -1: none. Its first byte in *BYTE. */
static ssize_t got(int net, uint8_t *byte)
{
    uint8_t buf[65536];
    ssize_t n = recv(tap[net], buf, sizeof buf, MSG_DONTWAIT);

    if (n > 0)
        *byte = buf[0];
    return n;
}

static void expect_frame(int net, uint8_t byte, ssize_t len)
{
    uint8_t b = 0;

    assert_int_equal(got(net, &b), len);
    assert_int_equal(b, byte);
}

static void expect_none(int net)
{
    uint8_t b;

    assert_int_equal(got(net, &b), -1);
}

static void expect_commit(uint32_t index, uint32_t id, int32_t ret, uint32_t len)
{
    const struct hvt_ring_commit *c = &shared->commits[index % HVT_RING_SLOTS];

    assert_int_equal(c->id, id);
    assert_int_equal(c->ret, ret);
    assert_int_equal(c->len, len);
    assert_int_equal(c->reserved, 0);
}

static void expect_indices(uint32_t ent_head, uint32_t com_tail)
{
    assert_int_equal(shared->ent_head, ent_head);
    assert_int_equal(shared->com_tail, com_tail);
    assert_int_equal(hvt.ring.ent_head, ent_head);
    assert_int_equal(hvt.ring.com_tail, com_tail);
}

/*
 * One guest, no thread
 */

static void nothing(void **state)
{
    (void)state;
    assert_int_equal(ring_drain(&hvt), 0);
    expect_indices(0, 0);
    /* Not published is not there. */
    fill(HVT_RING_NET_WRITE, NET, BUF, 60);
    assert_int_equal(ring_drain(&hvt), 0);
    expect_none(NET);

    hvt.ring.shared = NULL;
    assert_int_equal(ring_drain(&hvt), 0);
    ring_finish(&hvt);
}

static void writes(void **state)
{
    (void)state;
    frame_at(BUF, 0x11, MAX);
    put(HVT_RING_NET_WRITE, NET, BUF, MAX);
    assert_int_equal(ring_drain(&hvt), 1);
    expect_frame(NET, 0x11, MAX);
    expect_none(NET2);
    expect_indices(1, 0); /* writes are not answered */

    put(HVT_RING_NET_WRITE, NET2, BUF, SOLO5_NET_HLEN);
    assert_int_equal(ring_drain(&hvt), 1);
    expect_none(NET);
    expect_frame(NET2, 0x11, SOLO5_NET_HLEN);
    assert_int_equal(ring_drain(&hvt), 0);
    expect_indices(2, 0);
}

static void reads(void **state)
{
    (void)state;
    put(HVT_RING_NET_READ, NET, BUF, MAX);
    assert_int_equal(ring_drain(&hvt), 1);
    expect_commit(0, 7, SOLO5_R_AGAIN, 0);
    expect_indices(1, 1);

    assert_int_equal(send(tap[NET], "a frame of 18 byte", 18, 0), 18);
    assert_int_equal(send(tap[NET2], "another", 7, 0), 7);
    fill(HVT_RING_NET_READ, NET2, BUF + 100, MAX);
    fill(HVT_RING_NET_READ, NET, BUF, MAX);
    fill(HVT_RING_NET_READ, NET, BUF, MAX);
    publish();
    assert_int_equal(ring_drain(&hvt), 3);
    expect_commit(1, 8, SOLO5_R_OK, 7);
    expect_commit(2, 9, SOLO5_R_OK, 18);
    expect_commit(3, 10, SOLO5_R_AGAIN, 0);
    expect_indices(4, 4);
    assert_memory_equal(at(BUF), "a frame of 18 byte", 19);
    assert_memory_equal(at(BUF + 100), "another", 8);
}

/* In the order of the guest, whatever is in between. */
static void in_order(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 5; i++) {
        frame_at(BUF + i * 0x1000U, i, 60);
        fill(HVT_RING_NET_WRITE, NET, BUF + i * 0x1000U, 60);
        fill(HVT_RING_NET_READ, NET2, BUF, MAX);
        fill(i, NET, 0, 0); /* 1 and 2 are none to be sent or received */
    }
    publish();
    assert_int_equal(ring_drain(&hvt), 15);
    for (uint8_t i = 0; i < 5; i++)
        expect_frame(NET, i, 60);
    expect_none(NET);
    assert_int_equal(shared->ent_head, 15);
    assert_int_equal(shared->com_tail, 6);
}

static void unknown_operations(void **state)
{
    static const uint32_t operations[] = {0, 3, 4, 0x80000000, 0x80000001, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < N_OF(operations); i++)
        put(operations[i], NET, BUF, 60);
    assert_int_equal(ring_drain(&hvt), N_OF(operations));
    expect_none(NET);
    expect_indices(N_OF(operations), 0);
}

static const struct {
    uint64_t handle, data;
    uint32_t len;
} bad[] = {
        {0, BUF, 60},
        {DISK, BUF, 60},
        {4, BUF, 60},
        {63, BUF, 60},
        {64, BUF, 60},
        {64 + NET, BUF, 60},
        {UINT32_MAX, BUF, 60},
        {NET, 0, 60},
        {NET, HVT_TABLES_BASE, 60},
        {NET, 0xffff, 60},
        {NET, SIZE - 59, 60},
        {NET, SIZE, 60},
        {NET, SIZE + 128, 60}, /* the ring itself */
        {NET, SIZE + HVT_RING_SIZE - 60, 60},
        {NET, UINT32_MAX, 60},
        {NET, BUF + (1ULL << 32), 60},
        {NET, UINT64_MAX, 60},
        {NET, UINT64_MAX - 59, 60},
        {NET, BUF, UINT32_MAX},
        {NET, BUF, (uint32_t)(SIZE - BUF + 1)},
};

static void bad_writes(void **state)
{
    static const uint32_t lengths[] = {0, 1, 13, MAX + 1, 2048, 65536, UINT32_MAX - 13};

    (void)state;
    for (size_t i = 0; i < N_OF(bad); i++)
        fill(HVT_RING_NET_WRITE, bad[i].handle, bad[i].data, bad[i].len);
    for (size_t i = 0; i < N_OF(lengths); i++)
        fill(HVT_RING_NET_WRITE, NET, BUF, lengths[i]);
    publish();
    assert_int_equal(ring_drain(&hvt), N_OF(bad) + N_OF(lengths));
    expect_none(NET);
    expect_none(NET2);
    assert_int_equal(shared->com_tail, 0);

    /* At the edges, and from constants. */
    fill(HVT_RING_NET_WRITE, NET, SIZE - 60, 60);
    fill(HVT_RING_NET_WRITE, NET, RO_START, 60);
    fill(HVT_RING_NET_WRITE, NET, HVT_BOOT_BASE, 60);
    publish();
    assert_int_equal(ring_drain(&hvt), 3);
    for (int i = 0; i < 3; i++)
        expect_frame(NET, 0, 60);
}

static void bad_reads(void **state)
{
    static const uint64_t read_only[] = {HVT_BOOT_BASE, RO_START - 1, RO_START, RO_END - 1};
    uint32_t n = N_OF(bad) + N_OF(read_only);

    (void)state;
    assert_int_equal(send(tap[NET], "frame", 5, 0), 5);
    for (size_t i = 0; i < N_OF(bad); i++)
        fill(HVT_RING_NET_READ, bad[i].handle, bad[i].data, bad[i].len);
    for (size_t i = 0; i < N_OF(read_only); i++)
        fill(HVT_RING_NET_READ, NET, read_only[i], 60);
    publish();
    assert_int_equal(ring_drain(&hvt), n);
    for (uint32_t i = 0; i < n; i++)
        expect_commit(i, i + 7, SOLO5_R_EINVAL, 0);

    /* The frame is still there, for the last bytes of memory. */
    put(HVT_RING_NET_READ, NET, SIZE - 5, 5);
    assert_int_equal(ring_drain(&hvt), 1);
    expect_commit(n, n + 7, SOLO5_R_OK, 5);
    assert_memory_equal(at(SIZE - 5), "frame", 5);
}

/* On a host with large pages stage 1 protects what the mapping can't. */
static void reads_stage1(void **state)
{
    struct elf_segment s[] = {{.start = 0x110000, .end = 0x123000, .prot = PROT_EXEC}};
    struct elf_plan plan = {.count = 1, .segment = s};

    (void)state;
    hvt.mem.page = 0x10000;
    assert_works(memmap_make(&hvt.map, &plan, &hvt.mem, false, &err), err);
    assert_works(memmap_forbid(&hvt.map, &hvt.mem, &err), err);
    put(HVT_RING_NET_READ, NET, 0x122fff, 60);
    put(HVT_RING_NET_READ, NET, 0x123000, 60);
    assert_int_equal(ring_drain(&hvt), 2);
    expect_commit(0, 7, SOLO5_R_EINVAL, 0);
    expect_commit(1, 8, SOLO5_R_AGAIN, 0);
    memmap_free(&hvt.map);
}

static void start_at(uint32_t index)
{
    tail = index;
    publish();
    hvt.ring.ent_head = hvt.ring.com_tail = shared->com_tail = index;
}

static void indices_wrap(void **state)
{
    (void)state;
    start_at(UINT32_MAX - 1);
    for (uint8_t i = 0; i < 4; i++) {
        frame_at(BUF + i * 0x1000U, i + 1, 60);
        fill(HVT_RING_NET_WRITE, NET, BUF + i * 0x1000U, 60);
        fill(HVT_RING_NET_READ, NET2, BUF, 60);
    }
    publish();
    assert_int_equal(ring_drain(&hvt), 8);
    for (uint8_t i = 0; i < 4; i++)
        expect_frame(NET, i + 1, 60);
    expect_indices(6, 2);
    expect_commit(UINT32_MAX - 1, 6, SOLO5_R_AGAIN, 0);
    expect_commit(1, 12, SOLO5_R_AGAIN, 0);
}

/* All of the ring and no more, then both are even. */
static void tail_too_far(void **state)
{
    static const uint32_t ahead[] = {HVT_RING_SLOTS, HVT_RING_SLOTS + 1, 5000, 0x7fffffff,
            0x80000000, 0x80000001, UINT32_MAX /* back by one */, UINT32_MAX - 1023};
    static const uint32_t heads[] = {0, 1, 0x7fffff00, UINT32_MAX};

    (void)state;
    for (size_t k = 0; k < N_OF(heads); k++)
        for (size_t i = 0; i < N_OF(ahead); i++) {
            memset(shared->entries, 0, sizeof shared->entries);
            start_at(heads[k]);
            tail = heads[k] + ahead[i];
            publish();
            assert_int_equal(ring_drain(&hvt), HVT_RING_SLOTS);
            expect_indices(tail, heads[k]);
            assert_int_equal(ring_drain(&hvt), 0);

            /* And works again. */
            put(HVT_RING_NET_WRITE, NET, BUF, 60);
            assert_int_equal(ring_drain(&hvt), 1);
            expect_frame(NET, 0, 60);
        }
}

static void full_ring(void **state)
{
    uint8_t b;

    (void)state;
    for (int i = 0; i < HVT_RING_SLOTS; i++)
        fill(i < HVT_RING_SLOTS - 1 ? 9 : HVT_RING_NET_WRITE, NET, BUF, 60);
    publish();
    assert_int_equal(ring_drain(&hvt), HVT_RING_SLOTS);
    assert_int_equal(got(NET, &b), 60);
    expect_indices(HVT_RING_SLOTS, 0);
}

/* What is the tender's, the guest may overwrite: to its own loss. */
static void scribbled(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        shared->ent_head = 0xdeadbeef;
        shared->com_tail = 0xdeadbeef;
        shared->com_head = 0xdeadbeef;
        shared->needs_kick = 0xdeadbeef;
        memset(shared->commits, 0xee, sizeof shared->commits);
        put(HVT_RING_NET_READ, NET, BUF, 60);
        assert_int_equal(ring_drain(&hvt), 1);
        expect_commit(i, i + 7, SOLO5_R_AGAIN, 0);
        expect_indices(i + 1, i + 1);
    }
}

/* A guest that takes no commit loses the oldest. */
static void commits_pile_up(void **state)
{
    (void)state;
    for (int i = 0; i < 3000; i++) {
        put(HVT_RING_NET_READ, NET, BUF, 60);
        assert_int_equal(ring_drain(&hvt), 1);
    }
    expect_indices(3000, 3000);
    assert_int_equal(shared->com_head, 0);
    expect_commit(2999, 3006, SOLO5_R_AGAIN, 0);
    expect_commit(2999 - 1023, 3006 - 1023, SOLO5_R_AGAIN, 0);
}

/* What the host says: a lost frame is nobody's, an error is the reader's. */
static void host_errors(void **state)
{
    static const int errors[] = {EAGAIN, ENOBUFS, ENOMEM, EIO, ENETDOWN, EBADFD, EINVAL};

    (void)state;
    for (size_t i = 0; i < N_OF(errors); i++) {
        fake_io = (struct fake_io){.most = 1, .fail_after = 1, .fail_errno = errors[i]};
        fill(HVT_RING_NET_WRITE, NET, BUF, 60);
        put(HVT_RING_NET_WRITE, NET, BUF, 60);
        assert_int_equal(ring_drain(&hvt), 2);
        assert_int_equal(fake_io.calls, 2);
    }
    fake_io = (struct fake_io){0};
    hvt.devices.d[NET].connected = true;
    assert_int_equal(send(tap[NET], "", 0, 0), 0);
    put(HVT_RING_NET_READ, NET, BUF, 60);
    assert_int_equal(ring_drain(&hvt), 1);
    expect_commit(0, tail + 6, SOLO5_R_EUNSPEC, 0);
}

/*
 * The ring and hypercalls
 */

static int run(uint32_t nr, const void *request, size_t size)
{
    struct vm_hypercall call = {nr, REQ};

    memcpy(at(REQ), request, size);
    fake_vm = (struct fake_vm){.calls = &call, .n = 1};
    err.text[0] = 0;
    return hvt_run(&hvt, &err);
}

static void queue_three(void)
{
    for (uint8_t i = 1; i <= 3; i++) {
        frame_at(BUF + i * 0x1000U, i, 60);
        put(HVT_RING_NET_WRITE, NET, BUF + i * 0x1000U, 60);
    }
    frame_at(BUF, 4, 60);
}

static void hypercall_does_not_overtake(void **state)
{
    struct hvt_hc_net_write req = {.handle = NET, .data = BUF, .len = 60};

    (void)state;
    queue_three();
    assert_int_equal(run(HVT_HYPERCALL_NET_WRITE, &req, sizeof req), -1);
    assert_string_equal(err.text, SCRIPT_OVER);
    for (uint8_t i = 1; i <= 4; i++)
        expect_frame(NET, i, 60);
    expect_indices(3, 0);
}

static void poll_sends_first(void **state)
{
    struct hvt_hc_poll req = {.timeout_nsecs = 0};

    (void)state;
    queue_three();
    assert_int_equal(run(HVT_HYPERCALL_POLL, &req, sizeof req), -1);
    assert_string_equal(err.text, SCRIPT_OVER);
    for (uint8_t i = 1; i <= 3; i++)
        expect_frame(NET, i, 60);
}

static void batch_sends_first(void **state)
{
    struct hvt_hc_net_batch req = {.handle = NET, .data = BUF + 0x10000, .len = 4096,
            .frame_max = 60, .flags = HVT_NET_BATCH_WAIT};

    (void)state;
    hvt.ext.features = EXT_F_NET_BATCH;
    queue_three();
    assert_int_equal(run(HVT_HYPERCALL_NET_BATCH, &req, sizeof req), -1);
    assert_string_equal(err.text, SCRIPT_OVER);
    for (uint8_t i = 1; i <= 3; i++)
        expect_frame(NET, i, 60);
}

/* All that was queued is sent; nothing after that. */
static void halt_sends_first(void **state)
{
    struct hvt_hc_halt req = {.exit_status = 5};

    (void)state;
    queue_three();
    assert_int_equal(run(HVT_HYPERCALL_HALT, &req, sizeof req), 5);
    for (uint8_t i = 1; i <= 3; i++)
        expect_frame(NET, i, 60);
    assert_int_not_equal(hvt.ring.lock.word, LOCK_FREE);
}

/*
 * A guest that changes all of it all the time
 */

static volatile bool quiet;

static uint64_t next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

/* Any value, but more often one that is nearly right. */
static uint64_t lie(uint64_t *s)
{
    static const uint64_t likely[] = {0, 1, 2, 3, 13, 14, 60, MAX, MAX + 1, BUF, SIZE - 60,
            SIZE - 1, SIZE, RO_START, UINT32_MAX, UINT64_MAX, 1ULL << 31};
    uint64_t v = next_random(s);

    return v % 4 == 0 ? v : likely[v / 4 % N_OF(likely)];
}

static void *liar(void *arg)
{
    uint64_t s = 88172645463325252;

    (void)arg;
    while (!quiet) {
        volatile struct hvt_ring_entry *e = &shared->entries[next_random(&s) % HVT_RING_SLOTS];
        e->operation = (uint32_t)lie(&s);
        e->handle = (uint32_t)lie(&s);
        e->data = lie(&s);
        e->len = (uint32_t)lie(&s);
        e->id = (uint32_t)lie(&s);
        *(volatile uint32_t *)&shared->ent_tail += (uint32_t)(next_random(&s) % 1100);
        if (next_random(&s) % 64 == 0) {
            *(volatile uint32_t *)&shared->ent_tail = (uint32_t)lie(&s);
            *(volatile uint32_t *)&shared->ent_head = (uint32_t)lie(&s);
            *(volatile uint32_t *)&shared->com_tail = (uint32_t)lie(&s);
            *(volatile uint32_t *)&shared->com_head = (uint32_t)lie(&s);
        }
    }
    return NULL;
}

/* Nothing but legal frames comes out; constants stay what they are. */
static void changing(void **state)
{
    pthread_t thread;
    uint8_t byte;
    ssize_t n;

    (void)state;
    quiet = false;
    assert_int_equal(pthread_create(&thread, NULL, liar, NULL), 0);
    for (int i = 0; i < 300; i++) {
        assert_true(ring_drain(&hvt) <= HVT_RING_SLOTS);
        for (int k = NET; k <= NET2; k++) {
            while ((n = got(k, &byte)) >= 0)
                assert_true(n >= SOLO5_NET_HLEN && n <= MAX);
            send(tap[k], "frame", 5, MSG_DONTWAIT);
        }
    }
    quiet = true;
    pthread_join(thread, NULL);
    for (uint64_t i = 0x10000; i < RO_END; i++)
        assert_int_equal(*(uint8_t *)at(i), 0);
}

/*
 * The thread
 */

/* As a guest kicks, where it is KVM that counts. */
static void kick_if_needed(void)
{
    uint64_t one = 1;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&shared->needs_kick, __ATOMIC_ACQUIRE))
        assert_int_equal(write(fake_vm.kick_fd, &one, sizeof one), sizeof one);
}

static void start(void)
{
    hvt.ring = (struct ring){0};
    assert_true(ring_open(&hvt));
    assert_null(hvt.ring.shared);
    assert_int_equal(ring_drain(&hvt), 0);
    ring_start(&hvt);
}

static void leave(int signal)
{
    (void)signal;
    pthread_exit(NULL);
}

/*
 * Only tests stop it: a tender ends with it. By the one signal that it does not block:
 * sanitizers lose track of the stack of a thread that is cancelled.
 */
static void stop(void)
{
    ring_finish(&hvt);
    lock_release(&hvt.ring.lock);
    signal(SIGBUS, leave);
    pthread_kill(hvt.ring.thread, SIGBUS);
    pthread_join(hvt.ring.thread, NULL);
    close(hvt.ring.kick);
}

static void wait_us(long us)
{
    struct timespec ts = {0, us * 1000};

    nanosleep(&ts, NULL);
}

/* Each wait long enough for it to sleep, sometimes: no frame may get lost in between. */
static void thread_works(void **state)
{
    uint8_t buf[2048];

    (void)state;
    start();
    for (uint32_t i = 0; i < 3000; i++) {
        memcpy(at(BUF), &i, sizeof i);
        put(HVT_RING_NET_WRITE, NET, BUF, 60);
        kick_if_needed();
        assert_int_equal(recv(tap[NET], buf, sizeof buf, 0), 60);
        assert_memory_equal(buf, &i, sizeof i);
        wait_us(i % 50);
    }
    stop();
    expect_indices(3000, 0);
}

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Wait until all is taken, without a sleep of our own. */
static void expect_taken(void)
{
    int64_t end = now_ms() + 20000;

    for (unsigned i = 1; __atomic_load_n(&shared->ent_head, __ATOMIC_ACQUIRE) != tail; i++) {
        if (i % 1000 == 0)
            assert_true(now_ms() < end);
        sched_yield();
    }
}

/*
 * The next entry comes at any moment between the last one and when it is asleep: it
 * must be seen, or needs_kick be seen here.
 */
static void thread_falls_asleep(void **state)
{
    volatile uint32_t k;

    (void)state;
    start();
    for (uint32_t i = 0; i < 300000; i++) {
        put(0, NET, BUF, 60);
        kick_if_needed();
        expect_taken();
        for (k = 0; k < i * 7 % 12000; k++)
            continue;
    }
    stop();
}

/* Reads as the reference's bindings do them, by waiting for com_tail. */
static void thread_answers(void **state)
{
    (void)state;
    start();
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(send(tap[NET], &i, sizeof i, 0), sizeof i);
        put(HVT_RING_NET_READ, NET, BUF, MAX);
        kick_if_needed();
        while (__atomic_load_n(&shared->com_tail, __ATOMIC_ACQUIRE) == i)
            wait_us(1);
        expect_commit(i, i + 7, SOLO5_R_OK, sizeof i);
        assert_memory_equal(at(BUF), &i, sizeof i);
        shared->com_head++;
    }
    stop();
}

/* Main and the thread at the same time: each frame once, in order. */
static void thread_and_hypercalls(void **state)
{
    struct hvt_hc_net_write req = {.handle = NET, .data = BUF, .len = 60};
    uint8_t buf[2048];

    (void)state;
    start();
    for (uint8_t i = 0; i < 200; i++) {
        int fd = fake_vm.kick_fd;
        queue_three();
        kick_if_needed();
        run(HVT_HYPERCALL_NET_WRITE, &req, sizeof req);
        fake_vm.kick_fd = fd;
        for (uint8_t k = 1; k <= 4; k++) {
            assert_int_equal(recv(tap[NET], buf, sizeof buf, 0), 60);
            assert_int_equal(buf[0], k);
        }
    }
    stop();
    expect_none(NET);
}

/* With one CPU at hand it naps, and needs no kick meanwhile. */
static void start_on_one_cpu(cpu_set_t *all)
{
    cpu_set_t one;

    assert_int_equal(sched_getaffinity(0, sizeof *all, all), 0);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    start();
}

static bool is_asleep(void)
{
    return __atomic_load_n(&shared->needs_kick, __ATOMIC_ACQUIRE) != 0;
}

static void wait_until_asleep(void)
{
    int64_t end = now_ms() + 20000;

    while (!is_asleep()) {
        assert_true(now_ms() < end);
        wait_us(1000);
    }
}

static void stop_on_one_cpu(const cpu_set_t *all)
{
    stop();
    assert_int_equal(sched_setaffinity(0, sizeof *all, all), 0);
}

/* Nobody kicks, nobody waits: frames that are queued in a nap go out when it is over. */
static void thread_naps(void **state)
{
    uint8_t buf[2048];
    unsigned in_nap = 0;
    cpu_set_t all;

    (void)state;
    start_on_one_cpu(&all);
    for (uint32_t i = 0; i < 2000; i++) {
        memcpy(at(BUF), &i, sizeof i);
        put(HVT_RING_NET_WRITE, NET, BUF, 60);
        in_nap += !is_asleep();
        kick_if_needed();
        assert_int_equal(recv(tap[NET], buf, sizeof buf, 0), 60);
        assert_memory_equal(buf, &i, sizeof i);
    }
    assert_true(in_nap > 0);
    /* With nothing to do it sleeps until it is kicked. */
    wait_until_asleep();
    wait_us(2000);
    assert_true(is_asleep());
    stop_on_one_cpu(&all);
}

static int nap(void)
{
    return __atomic_load_n(&hvt.ring.nap, __ATOMIC_RELAXED);
}

static void put_and_kick(void)
{
    put(HVT_RING_NET_WRITE, NET, BUF, 60);
    kick_if_needed();
}

/* Where main sends all that is queued naps get longer, up to a limit; else they are short. */
static void thread_naps_longer(void **state)
{
    int64_t end = now_ms() + 120000;
    uint8_t buf[2048];
    cpu_set_t all;

    (void)state;
    start_on_one_cpu(&all);
    int shortest = nap();
    while (nap() < 8 * shortest) {
        put_and_kick();
        ring_drain(&hvt);
        assert_int_equal(recv(tap[NET], buf, sizeof buf, 0), 60);
        wait_us(100);
        assert_true(nap() <= 8 * shortest && now_ms() < end);
    }
    while (nap() > shortest) {
        put_and_kick();
        assert_int_equal(recv(tap[NET], buf, sizeof buf, 0), 60);
        assert_true(now_ms() < end);
    }
    stop_on_one_cpu(&all);
}

/* Who reads through the ring spins until there is an answer. */
static void thread_does_not_nap_for_reads(void **state)
{
    cpu_set_t all;

    (void)state;
    start_on_one_cpu(&all);
    assert_true(hvt.ring.naps);
    put(HVT_RING_NET_READ, NET, BUF, MAX);
    kick_if_needed();
    while (__atomic_load_n(&shared->com_tail, __ATOMIC_ACQUIRE) == 0)
        wait_us(1);
    wait_until_asleep();
    assert_false(hvt.ring.naps);
    stop_on_one_cpu(&all);
}

/* Call FUNCTION with the status file of each thread of PID; returns how many. */
static int each_thread(pid_t pid, void (*function)(FILE *status, bool main))
{
    char path[320];
    struct dirent *d;
    int n = 0;

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while ((d = readdir(dir))) {
        if (d->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, d->d_name);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        function(f, atoi(d->d_name) == pid);
        fclose(f);
        n++;
    }
    closedir(dir);
    return n;
}

static unsigned long long field(FILE *f, const char *name, int base)
{
    char line[256];

    rewind(f);
    while (fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            return strtoull(line + strlen(name), NULL, base);
    return 0;
}

static unsigned with_term;

static void count_term(FILE *f, bool main)
{
    bool blocked = field(f, "SigBlk:", 16) & 1ULL << (SIGTERM - 1);

    assert_true(main != blocked);
    with_term += !blocked;
}

/* Signals end the tender in its first thread, which has the handler's words. */
static void thread_has_no_signals(void **state)
{
    (void)state;
    with_term = 0;
    start();
    assert_int_equal(each_thread(getpid(), count_term), 2);
    assert_int_equal(with_term, 1);
    stop();
}

/* With vhost there are frames neither to be sent nor to be received here. */
static void only_kicks(void **state)
{
    eventfd_t n;

    (void)state;
    hvt.has_vhost = true;
    hvt.vhost.kick[NET2] = eventfd(0, EFD_NONBLOCK);
    frame_at(BUF, 1, 60);
    put(HVT_RING_NET_WRITE, NET, BUF, 60);
    put(HVT_RING_NET_READ, NET, BUF, 60);
    put(EXT_RING_NET_KICK, NET, 0, 0);
    put(EXT_RING_NET_KICK, UINT32_MAX, 0, 0);
    assert_int_equal(ring_drain(&hvt), 4);
    assert_int_equal(eventfd_read(hvt.vhost.kick[NET2], &n), -1);
    put(EXT_RING_NET_KICK, NET2, 0, 0);
    assert_int_equal(ring_drain(&hvt), 1);
    assert_int_equal(eventfd_read(hvt.vhost.kick[NET2], &n), 0);
    assert_int_equal(n, 1);
    expect_none(NET);
    expect_indices(5, 0);
    close(hvt.vhost.kick[NET2]);
    hvt.has_vhost = false;
}

static void not_offered(void **state)
{
    cpu_set_t cpus;

    (void)state;
    /* Where there is a CPU for each, kicks don't take this way. */
    assert_int_equal(sched_getaffinity(0, sizeof cpus, &cpus), 0);
    hvt.has_vhost = true;
    assert_true(CPU_COUNT(&cpus) == 1 || !ring_open(&hvt));
    hvt.has_vhost = false;
    hvt.options.no_net_ring = true;
    assert_false(ring_open(&hvt));
    hvt.options.no_net_ring = false;
    fake_vm.no_kick = true;
    assert_false(ring_open(&hvt));
    fake_vm.no_kick = false;
    hvt.devices.n_net = 0;
    assert_false(ring_open(&hvt));
    assert_null(hvt.ring.shared);
    assert_int_equal(ring_drain(&hvt), 0);
    ring_finish(&hvt);
}

static void kick_fails(void **state)
{
    (void)state;
    uint64_t gpa = hvt.ring_gpa;

    assert_true(ring_open(&hvt));
    fake_vm.kick_fails = true;
    ring_start(&hvt);
    assert_int_equal(hvt.ring_gpa, 0); /* none is announced */
    assert_null(hvt.ring.shared);
    assert_int_equal(ring_drain(&hvt), 0);
    fake_vm.kick_fails = false;
    hvt.ring_gpa = gpa;
    ring_start(&hvt);
    stop();
}

/*
 * The sandbox, in a child
 */

/* A child's child: the guest of a sandboxed tender, which can't kick its own thread. */
static void start_kicker(void)
{
    uint64_t one = 1;
    pid_t parent = getpid();

    if (fork() != 0)
        return;
    for (int i = 0; i < 20000 && getppid() == parent; i++) {
        if (write(hvt.ring.kick, &one, sizeof one) < 0)
            break;
        wait_us(100);
    }
    syscall(SYS_exit_group, 0);
}

static bool refused; /* KVM did not take the descriptor of kicks: no ring, but its thread */

static pid_t sandboxed(void (*action)(void))
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (!ring_open(&hvt))
            syscall(SYS_exit_group, 98);
        if (!refused) {
            ring_start(&hvt);
            start_kicker();
        }
        if (policy_install(&hvt, &err) != 0)
            syscall(SYS_exit_group, 99);
        action();
        syscall(SYS_exit_group, 0);
    }
    return pid;
}

static int status_of(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Wait for a frame: one of the system calls it has. */
static void wait_for_frame(void)
{
    char buf[16];

    while (read(hvt.devices.d[NET].fd, buf, sizeof buf) < 0)
        ;
}

static void spin_ms(int64_t ms)
{
    int64_t end = now_ms() + ms;

    while (now_ms() < end)
        continue;
}

/* Both ways. Main holds the lock so long that the thread waits for it. */
static void use_ring(void)
{
    for (uint32_t i = 0; i < 100; i++) {
        lock_take(&hvt.ring.lock);
        fill(HVT_RING_NET_READ, NET2, BUF, MAX);
        put(HVT_RING_NET_WRITE, NET, BUF, 60);
        spin_ms(2);
        lock_release(&hvt.ring.lock);
        ring_drain(&hvt);
    }
    ring_finish(&hvt);
}

static void policy_allows_ring(void **state)
{
    (void)state;
    assert_int_equal(status_of(sandboxed(use_ring)), 0);
}

/* Its first call may come after the filter. */
static void wait_for_lock(void)
{
    syscall(SYS_futex, &hvt.ring.lock.word, FUTEX_WAIT_PRIVATE, -1, NULL, NULL, 0);
}

static void policy_allows_thread_without_ring(void **state)
{
    (void)state;
    refused = true;
    assert_int_equal(status_of(sandboxed(wait_for_lock)), 0);
    refused = false;
}

static void do_write_kick(void)
{
    uint64_t one = 1;

    syscall(SYS_write, hvt.ring.kick, &one, sizeof one);
}

static void do_clone(void)
{
    syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
}

static void do_requeue(void)
{
    static uint32_t word;

    syscall(SYS_futex, &word, 3 /* FUTEX_REQUEUE */, 1, NULL, &word, 0);
}

/* No word but the lock's. */
static void do_wake(void)
{
    static uint32_t word;

    syscall(SYS_futex, &word, 129 /* FUTEX_WAKE_PRIVATE */, 1, NULL, NULL, 0);
}

static void policy_forbids(void **state)
{
    static void (*const forbidden[])(void) = {do_write_kick, do_clone, do_requeue,
            do_wake};

    (void)state;
    for (size_t i = 0; i < N_OF(forbidden); i++) {
        int status = status_of(sandboxed(forbidden[i]));
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("forbidden action %zu: status 0x%x", i, (unsigned)status);
    }
}

static unsigned n_filtered;

static void count_filtered(FILE *f, bool main)
{
    (void)main;
    /* One filter, of the rows and the block devices. */
    n_filtered += field(f, "Seccomp:", 10) == 2 && field(f, "Seccomp_filters:", 10) == 1;
}

static void policy_for_all_threads(void **state)
{
    pid_t pid = sandboxed(wait_for_frame);

    (void)state;
    for (int i = 0; i < 1000 && n_filtered != 2; i++) {
        n_filtered = 0;
        wait_us(10000);
        assert_int_equal(each_thread(pid, count_filtered), 2);
    }
    assert_int_equal(n_filtered, 2);
    assert_int_equal(send(tap[NET], "frame", 5, 0), 5);
    assert_int_equal(status_of(pid), 0);
}

static int open_net(int handle, const char *name)
{
    int fd[2];

    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fd) != 0)
        return -1;
    struct timeval patience = {.tv_sec = 60};
    setsockopt(fd[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    tap[handle] = fd[1];
    hvt.devices.d[handle] = (struct device){
            .type = MFT_DEV_NET_BASIC, .fd = fd[0], .mtu = MTU, .name = name};
    return fcntl(fd[0], F_SETFL, O_NONBLOCK);
}

static int setup(void **state)
{
    (void)state;
    fake_io = (struct fake_io){0};
    fake_vm = (struct fake_vm){0};
    hvt = (struct hvt){0};
    tail = 0;
    if (guest_mem_alloc(&hvt.mem, SIZE + HVT_RING_SIZE, false, &err) != 0)
        return -1;
    hvt.ring_gpa = guest_mem_reserve(&hvt.mem, HVT_RING_SIZE);
    hvt.ring.shared = shared = guest_mem_top(&hvt.mem);
    if (guest_mem_protect(&hvt.mem, RO_START, RO_END, PROT_READ, &err) != 0 ||
            vm_create(&hvt.vm, &hvt.mem, &err) != 0 || open_net(NET, "net") != 0 ||
            open_net(NET2, "net2") != 0)
        return -1;
    hvt.vm.vcpu = 1000;
    hvt.devices.d[DISK] = (struct device){.type = MFT_DEV_BLOCK_BASIC,
            .fd = memfd_create("disk", MFD_CLOEXEC),
            .capacity = 512,
            .block_size = 512,
            .name = "disk"};
    hvt.devices.n_net = 2;
    hvt.devices.n_block = 1;
    return waitset_open(&hvt.waitset, &hvt.devices, &err);
}

static int teardown(void **state)
{
    (void)state;
    for (int i = NET; i <= NET2; i++) {
        close(tap[i]);
        close(hvt.devices.d[i].fd);
    }
    close(hvt.devices.d[DISK].fd);
    close(hvt.waitset.epollfd);
    close(hvt.waitset.timerfd);
    free(hvt.mem.ro);
    return munmap(hvt.mem.host, SIZE + HVT_RING_SIZE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(nothing),
            TEST(writes),
            TEST(reads),
            TEST(in_order),
            TEST(unknown_operations),
            TEST(only_kicks),
            TEST(bad_writes),
            TEST(bad_reads),
            TEST(reads_stage1),
            TEST(indices_wrap),
            TEST(tail_too_far),
            TEST(full_ring),
            TEST(scribbled),
            TEST(commits_pile_up),
            TEST(host_errors),
            TEST(hypercall_does_not_overtake),
            TEST(poll_sends_first),
            TEST(batch_sends_first),
            TEST(halt_sends_first),
            TEST(changing),
            TEST(thread_works),
            TEST(thread_falls_asleep),
            TEST(thread_naps),
            TEST(thread_naps_longer),
            TEST(thread_does_not_nap_for_reads),
            TEST(thread_answers),
            TEST(thread_and_hypercalls),
            TEST(thread_has_no_signals),
            TEST(not_offered),
            TEST(kick_fails),
            TEST(policy_allows_ring),
            TEST(policy_allows_thread_without_ring),
            TEST(policy_forbids),
            TEST(policy_for_all_threads),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
