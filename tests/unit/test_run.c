/* SPDX-License-Identifier: ISC */
/*
 * The run loop and the hypercalls, with a scripted guest and real descriptors: a
 * socketpair is a tap, a memfd a disk, a pipe the console. Guests lie in every field.
 *
 * links: tests/unit/fake_vm.c tests/unit/fake_io.c
 * links: tenders/hvt/vhost.c
 * links: tenders/hvt/run.c tenders/hvt/hc_core.c tenders/hvt/ring.c
 * links: tenders/hvt/hc_block.c tenders/hvt/hc_net.c tenders/hvt/boot.c
 * links: tenders/hvt/policy.c tenders/hvt/memmap.c tenders/common/guest_mem.c
 * links: tenders/hvt/sigbus.c tenders/hvt/signals.c tenders/hvt/hooks_none.c
 * links: tenders/common/devices.c tenders/common/attach_net.c tenders/common/attach_block.c
 * links: tenders/common/ext.c tenders/common/manifest.c tenders/common/image.c
 * links: tenders/common/options.c
 * links: tenders/common/waitset.c tenders/common/sandbox.c tenders/common/filter.c
 * links: tenders/common/err.c
 * links: tenders/common/walls.c tenders/common/block_map.c
 */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
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
#define REQ 0x200000ULL /* where requests usually are */
#define BUF 0x300000ULL
#define NET 1
#define DISK 2
#define DISK_SIZE 8192ULL

static struct hvt hvt;
static struct err err;
static int tap;     /* the other end of the guest's network */
static int console; /* what the guest has written */

static void *at(uint64_t gpa)
{
    return hvt.mem.host + gpa;
}

/* Run the guest until it is through with its calls; what hvt_run() says. */
static int run(const struct vm_hypercall *calls, size_t n)
{
    fake_vm = (struct fake_vm){.calls = calls, .n = n};
    err.text[0] = 0;
    return hvt_run(&hvt, &err);
}

static void call_lives(uint32_t nr, uint64_t gpa)
{
    struct vm_hypercall call = {nr, gpa};

    assert_int_equal(run(&call, 1), -1);
    if (strcmp(err.text, SCRIPT_OVER) != 0)
        fail_msg("call %u at 0x%llx ended the guest: %s", nr, (unsigned long long)gpa,
                err.text);
}

static void call_dies(uint32_t nr, uint64_t gpa, const char *words)
{
    struct vm_hypercall call = {nr, gpa};

    assert_int_equal(run(&call, 1), -1);
    if (!strstr(err.text, words))
        fail_msg("call %u at 0x%llx: '%s' is not in: %s", nr, (unsigned long long)gpa, words,
                err.text);
}

static int32_t block(uint32_t nr, uint64_t handle, uint64_t offset, uint64_t data,
        uint64_t len)
{
    struct hvt_hc_block_read r = {handle, offset, data, len, 77};

    memcpy(at(REQ), &r, sizeof r);
    call_lives(nr, REQ);
    memcpy(&r, at(REQ), sizeof r);
    assert_true(r.handle == handle && r.offset == offset && r.data == data && r.len == len);
    return r.ret;
}

static void block_dies(uint32_t nr, uint64_t offset, uint64_t data, uint64_t len)
{
    struct hvt_hc_block_read r = {DISK, offset, data, len, 77};

    memcpy(at(REQ), &r, sizeof r);
    call_dies(nr, REQ, "Invalid guest access");
}

static int32_t net(uint32_t nr, uint64_t handle, uint64_t data, uint64_t *len)
{
    struct hvt_hc_net_read r = {handle, data, *len, 77};

    memcpy(at(REQ), &r, sizeof r);
    call_lives(nr, REQ);
    memcpy(&r, at(REQ), sizeof r);
    *len = r.len;
    return r.ret;
}

static int32_t net_write(uint64_t handle, uint64_t data, uint64_t len)
{
    return net(HVT_HYPERCALL_NET_WRITE, handle, data, &len);
}

static void net_dies(uint32_t nr, uint64_t data, uint64_t len)
{
    struct hvt_hc_net_read r = {NET, data, len, 77};

    memcpy(at(REQ), &r, sizeof r);
    call_dies(nr, REQ, "Invalid guest access");
}

static void puts_lives(uint64_t data, uint64_t len)
{
    struct hvt_hc_puts r = {data, len};

    memcpy(at(REQ), &r, sizeof r);
    call_lives(HVT_HYPERCALL_PUTS, REQ);
}

static void puts_dies(uint64_t data, uint64_t len)
{
    struct hvt_hc_puts r = {data, len};

    memcpy(at(REQ), &r, sizeof r);
    call_dies(HVT_HYPERCALL_PUTS, REQ, "Invalid guest access");
}

static int32_t wait_devices(uint64_t timeout, uint64_t *ready)
{
    struct hvt_hc_poll r = {timeout, 99, 99};

    memcpy(at(REQ), &r, sizeof r);
    call_lives(HVT_HYPERCALL_POLL, REQ);
    memcpy(&r, at(REQ), sizeof r);
    *ready = r.ready_set;
    return r.ret;
}

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * Which calls there are
 */

static void unknown_calls(void **state)
{
    static const uint32_t bad[] = {
            0, 9, 10, 15, 18, 255, 256 + 8, 256 + 17, 0x80000000, UINT32_MAX};

    (void)state;
    hvt.ext.features = UINT64_MAX;
    for (size_t i = 0; i < N_OF(bad); i++)
        call_dies(bad[i], REQ, "Invalid guest hypercall: num=");
    call_dies(9, REQ, "num=9");
}

/* Nor do they where the kernel moves frames. */
static void calls_with_vhost(void **state)
{
    struct hvt_hc_poll poll = {.timeout_nsecs = 0};

    (void)state;
    hvt.has_vhost = true;
    hvt.ext.features = EXT_F_NET_BATCH | EXT_F_NET_VHOST;
    call_dies(HVT_HYPERCALL_NET_WRITE, REQ, "Invalid guest hypercall: num=6");
    call_dies(HVT_HYPERCALL_NET_READ, REQ, "Invalid guest hypercall: num=7");
    call_dies(HVT_HYPERCALL_NET_BATCH, REQ, "Invalid guest hypercall: num=17");
    memcpy(at(REQ), &poll, sizeof poll);
    call_lives(HVT_HYPERCALL_POLL, REQ);
    hvt.has_vhost = false;
}

/* Without a device of a kind its calls don't exist. */
static void calls_without_device(void **state)
{
    (void)state;
    hvt.devices.n_net = 0;
    call_dies(HVT_HYPERCALL_NET_WRITE, REQ, "Invalid guest hypercall: num=6");
    call_dies(HVT_HYPERCALL_NET_READ, REQ, "Invalid guest hypercall: num=7");
    hvt.ext.features = UINT64_MAX;
    call_dies(HVT_HYPERCALL_NET_BATCH, REQ, "Invalid guest hypercall: num=17");
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, 0, BUF, 512), SOLO5_R_OK);
    hvt.devices.n_net = 1;
    hvt.devices.n_block = 0;
    call_dies(HVT_HYPERCALL_BLOCK_WRITE, REQ, "Invalid guest hypercall: num=4");
    call_dies(HVT_HYPERCALL_BLOCK_READ, REQ, "Invalid guest hypercall: num=5");
    hvt.ext.features = UINT64_MAX;
    call_dies(HVT_HYPERCALL_BLOCK_FLUSH, REQ, "Invalid guest hypercall: num=16");
    hvt.devices.n_block = 1;
}

/* Where a request may be. */
static void request_addresses(void **state)
{
    static const struct {
        uint32_t nr;
        uint64_t size;
        bool answers;
    } calls[] = {
            {HVT_HYPERCALL_WALLTIME, 8, true},
            {HVT_HYPERCALL_PUTS, 16, false},
            {HVT_HYPERCALL_POLL, 24, true},
            {HVT_HYPERCALL_BLOCK_WRITE, 40, true},
            {HVT_HYPERCALL_BLOCK_READ, 40, true},
            {HVT_HYPERCALL_NET_WRITE, 32, true},
            {HVT_HYPERCALL_NET_READ, 32, true},
            {HVT_HYPERCALL_BLOCK_FLUSH, 16, true},
            {HVT_HYPERCALL_NET_BATCH, 56, true},
    };

    (void)state;
    hvt.ext.features = EXT_F_BLOCK_FLUSH | EXT_F_NET_BATCH;
    for (size_t i = 0; i < N_OF(calls); i++) {
        uint64_t size = calls[i].size;
        uint32_t nr = calls[i].nr;

        /* Zeros ask for nothing. */
        memset(at(SIZE - 64), 0, 64);
        memset(at(RO_END), 0, 64);
        memset(at(REQ), 0, 64);
        call_lives(nr, SIZE - size);
        call_lives(nr, RO_END);
        call_lives(nr, REQ + 1); /* alignment is not asked for */
        call_dies(nr, SIZE - size + 1, "Invalid guest access");
        call_dies(nr, SIZE, "Invalid guest access");
        call_dies(nr, UINT32_MAX, "Invalid guest access");
        call_dies(nr, UINT64_MAX - 7, "Invalid guest access");
        call_dies(nr, 0, "Invalid guest access");
        call_dies(nr, HVT_TABLES_BASE, "Invalid guest access");
        call_dies(nr, 0xffff, "Invalid guest access");
        if (calls[i].answers) {
            call_dies(nr, RO_END - 1, "Invalid guest access");
            call_dies(nr, RO_START, "Invalid guest access");
            call_dies(nr, HVT_BOOT_BASE, "Invalid guest access");
            call_dies(nr, RO_START - 1, "Invalid guest access");
        } else {
            call_lives(nr, RO_START);
            call_lives(nr, HVT_VECTORS_BASE);
        }
    }
}

static void several_calls(void **state)
{
    static const struct vm_hypercall calls[] = {{HVT_HYPERCALL_WALLTIME, REQ},
            {HVT_HYPERCALL_WALLTIME, REQ + 8}, {HVT_HYPERCALL_HALT, REQ + 16},
            {HVT_HYPERCALL_WALLTIME, REQ + 32}};
    struct hvt_hc_halt halt = {0, 7};
    uint64_t times[5] = {0};

    (void)state;
    memset(at(REQ), 0, sizeof times);
    memcpy(at(REQ + 16), &halt, sizeof halt);
    assert_int_equal(run(calls, 4), 7);
    assert_int_equal(fake_vm.at, 3);
    memcpy(times, at(REQ), sizeof times);
    assert_true(times[0] != 0 && times[1] >= times[0] && times[4] == 0);
}

/*
 * Core
 */

static void walltime(void **state)
{
    struct timespec ts;
    uint64_t nsecs;

    (void)state;
    call_lives(HVT_HYPERCALL_WALLTIME, REQ);
    memcpy(&nsecs, at(REQ), 8);
    clock_gettime(CLOCK_REALTIME, &ts);
    uint64_t now = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
    assert_true(nsecs <= now && now - nsecs < 10000000000);
}

static void halt(void **state)
{
    static const struct {
        int32_t in;
        int out;
    } status[] = {{0, 0}, {1, 1}, {255, 255}, {256, 0}, {300, 44}, {-1, 255},
            {INT32_MIN, 0}, {INT32_MAX, 255}};
    struct vm_hypercall call = {HVT_HYPERCALL_HALT, REQ};

    (void)state;
    for (size_t i = 0; i < N_OF(status); i++) {
        struct hvt_hc_halt r = {0, status[i].in};
        memcpy(at(REQ), &r, sizeof r);
        assert_int_equal(run(&call, 1), status[i].out);
    }
}

static void halt_cookie(void **state)
{
    static const uint64_t good[] = {0, SIZE - 512, HVT_BOOT_BASE, RO_START, REQ};
    static const uint64_t bad[] = {1, SIZE - 511, SIZE, UINT64_MAX, UINT64_MAX - 511, 0xffff};
    struct vm_hypercall call = {HVT_HYPERCALL_HALT, BUF};

    (void)state;
    for (size_t i = 0; i < N_OF(good); i++) {
        struct hvt_hc_halt r = {good[i], 3};
        memcpy(at(BUF), &r, sizeof r);
        assert_int_equal(run(&call, 1), 3);
    }
    for (size_t i = 0; i < N_OF(bad); i++) {
        struct hvt_hc_halt r = {bad[i], 3};
        memcpy(at(BUF), &r, sizeof r);
        call_dies(HVT_HYPERCALL_HALT, BUF, "Invalid guest access");
    }
}

static void puts_buffers(void **state)
{
    (void)state;
    puts_lives(SIZE - 1, 1);
    puts_lives(RO_START, 4);
    puts_lives(HVT_BOOT_BASE, 4);
    puts_lives(0, 0); /* no byte, no address */
    puts_lives(UINT64_MAX, 0);
    puts_dies(SIZE - 1, 2);
    puts_dies(SIZE, 1);
    puts_dies(0, 1);
    puts_dies(HVT_TABLES_BASE, 8);
    puts_dies(0xffff, 2);
    puts_dies(BUF, UINT64_MAX);
    puts_dies(BUF, UINT64_MAX - BUF + 1);
    puts_dies(UINT64_MAX, 1);
    puts_dies(UINT64_MAX - 1, 2);
    puts_dies(HVT_BOOT_BASE, SIZE - HVT_BOOT_BASE + 1);
}

/* Everything the guest has written, up to SIZE bytes. */
static size_t read_console(char *buf, size_t size)
{
    ssize_t n = read(console, buf, size);

    return n < 0 ? 0 : (size_t)n;
}

static void puts_in_parts(void **state)
{
    char buf[64];

    (void)state;
    memcpy(at(BUF), "hello, world", 12);
    fake_io = (struct fake_io){.most = 5};
    puts_lives(BUF, 12);
    assert_int_equal(read_console(buf, sizeof buf), 12);
    assert_memory_equal(buf, "hello, world", 12);

    fake_io = (struct fake_io){.eintr = 3};
    puts_lives(BUF, 5);
    assert_int_equal(read_console(buf, sizeof buf), 5);
}

/* A console that takes no more: the rest is lost, the guest goes on. */
static void puts_errors(void **state)
{
    static const int errors[] = {EPIPE, EIO, ENOSPC, EBADF, EINVAL, 0};
    char buf[64];

    (void)state;
    memcpy(at(BUF), "hello, world", 12);
    for (size_t i = 0; i < N_OF(errors); i++) {
        fake_io = (struct fake_io){.most = 5, .fail_after = 5, .fail_errno = errors[i]};
        puts_lives(BUF, 12);
        assert_int_equal(fake_io.calls, 2);
        assert_int_equal(read_console(buf, sizeof buf), 5);
    }
}

/* A full pipe that doesn't block: about a second of patience, then none. */
static void puts_full(void **state)
{
    char buf[4096];
    int64_t before, once, again;

    (void)state;
    memset(buf, 'x', sizeof buf);
    while (syscall(SYS_write, hvt.console, buf, sizeof buf) > 0)
        ;
    before = now_ms();
    puts_lives(BUF, 12);
    once = now_ms();
    puts_lives(BUF, 12);
    again = now_ms();
    assert_true(once - before >= 900 && once - before < 5000);
    assert_true(again - once < 900);

    /* Room again: it writes, and has patience again. */
    while (read_console(buf, sizeof buf) == sizeof buf)
        ;
    memcpy(at(BUF), "hello, world", 12);
    puts_lives(BUF, 12);
    assert_int_equal(read_console(buf, sizeof buf), 12);
    assert_false(hvt.console_stuck);
}

static void poll_times(void **state)
{
    static const uint64_t huge[] = {UINT64_MAX, INT64_MAX, 1ULL << 63, 86400000000000};
    uint64_t ready;
    int64_t before = now_ms();

    (void)state;
    assert_int_equal(wait_devices(0, &ready), 0);
    assert_int_equal(ready, 0);
    assert_int_equal(wait_devices(1, &ready), 0);
    assert_int_equal(wait_devices(50000000, &ready), 0);
    assert_int_equal(ready, 0);
    int64_t took = now_ms() - before;
    assert_true(took >= 50 && took < 5000);

    assert_int_equal(send(tap, "frame", 5, 0), 5);
    for (size_t i = 0; i < N_OF(huge); i++) {
        assert_int_equal(wait_devices(huge[i], &ready), 1);
        assert_int_equal(ready, 1U << NET);
    }
    assert_int_equal(wait_devices(0, &ready), 1); /* ready until it is read */
}

/*
 * Block
 */

static void block_moves(void **state)
{
    uint8_t want[DISK_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof want; i++)
        want[i] = (uint8_t)(i * 7 + i / 256);
    memcpy(at(BUF), want, sizeof want);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_WRITE, DISK, 0, BUF, DISK_SIZE), SOLO5_R_OK);
    memset(at(BUF), 0, sizeof want);

    /* Any length and any offset will do. */
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, 0, BUF, DISK_SIZE), SOLO5_R_OK);
    assert_memory_equal(at(BUF), want, sizeof want);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, 513, BUF + 1, 3), SOLO5_R_OK);
    assert_memory_equal((uint8_t *)at(BUF) + 1, want + 513, 3);

    /* In parts and interrupted. */
    memset(at(BUF), 0, sizeof want);
    fake_io = (struct fake_io){.most = 1000, .eintr = 2};
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, 0, BUF, DISK_SIZE), SOLO5_R_OK);
    assert_int_equal(fake_io.calls, 11);
    assert_memory_equal(at(BUF), want, sizeof want);
    fake_io = (struct fake_io){.most = 1000, .eintr = 2};
    assert_int_equal(
            block(HVT_HYPERCALL_BLOCK_WRITE, DISK, 512, BUF, DISK_SIZE - 512), SOLO5_R_OK);
    fake_io = (struct fake_io){0};
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, 512, BUF, 512), SOLO5_R_OK);
    assert_memory_equal(at(BUF), want, 512);
}

static size_t largest; /* of what one call was asked to move */

static void note_size(uintptr_t buf, size_t size, bool into)
{
    (void)buf, (void)into;
    if (size > largest)
        largest = size;
}

static void assert_pieces(unsigned calls)
{
    assert_int_equal(fake_io.calls, calls);
    assert_int_equal(largest, HC_CHUNK);
    fake_io = (struct fake_io){.seen = note_size};
    largest = 0;
}

/* However much the guest asks for, a signal needs to wait for one small call only. */
static void in_pieces(void **state)
{
    const uint64_t len = HC_CHUNK + 5, from = REQ + 4096;
    uint8_t *data = at(from);

    (void)state;
    hvt.devices.d[DISK].capacity = len;
    for (uint64_t i = 0; i < len; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    fake_io = (struct fake_io){.seen = note_size};
    largest = 0;
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_WRITE, DISK, 0, from, len), SOLO5_R_OK);
    assert_pieces(2);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, 1, from, len - 1), SOLO5_R_OK);
    assert_pieces(2);
    for (uint64_t i = 1; i < len; i++)
        assert_int_equal(data[i - 1], (uint8_t)(i * 7 + i / 256));
    close(hvt.console);
    hvt.console = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(hvt.console >= 0);
    puts_lives(from, len);
    assert_pieces(2);
}

static void block_ranges(void **state)
{
    static const struct {
        uint64_t offset, len;
        int32_t ret;
    } rows[] = {
            {0, DISK_SIZE, SOLO5_R_OK},
            {DISK_SIZE - 1, 1, SOLO5_R_OK},
            {0, 0, SOLO5_R_OK},
            {DISK_SIZE - 1, 0, SOLO5_R_OK},
            {DISK_SIZE, 0, SOLO5_R_EINVAL},
            {DISK_SIZE, 1, SOLO5_R_EINVAL},
            {0, DISK_SIZE + 1, SOLO5_R_EINVAL},
            {DISK_SIZE - 1, 2, SOLO5_R_EINVAL},
            {UINT64_MAX, 1, SOLO5_R_EINVAL},
            {UINT64_MAX - 511, 512, SOLO5_R_EINVAL},
            {512, UINT64_MAX, SOLO5_R_EINVAL},
            {512, UINT64_MAX - 511, SOLO5_R_EINVAL},
            {1ULL << 63, 1ULL << 63, SOLO5_R_EINVAL},
            {UINT64_MAX, UINT64_MAX, SOLO5_R_EINVAL},
    };

    (void)state;
    for (uint32_t nr = HVT_HYPERCALL_BLOCK_WRITE; nr <= HVT_HYPERCALL_BLOCK_READ; nr++)
        for (size_t i = 0; i < N_OF(rows); i++)
            assert_int_equal(
                    block(nr, DISK, rows[i].offset, BUF, rows[i].len), rows[i].ret);
    /* A file never grows. */
    assert_int_equal(lseek(hvt.devices.d[DISK].fd, 0, SEEK_END), DISK_SIZE);
}

static const uint64_t bad_handles[] = {0, 3, 63, 64, 65, 1ULL << 32, (1ULL << 32) + DISK,
        (1ULL << 32) + NET, 1ULL << 63, UINT64_MAX, UINT64_MAX - 63};

static void block_handles(void **state)
{
    (void)state;
    for (uint32_t nr = HVT_HYPERCALL_BLOCK_WRITE; nr <= HVT_HYPERCALL_BLOCK_READ; nr++) {
        assert_int_equal(block(nr, NET, 0, BUF, 512), SOLO5_R_EINVAL);
        for (size_t i = 0; i < N_OF(bad_handles); i++)
            assert_int_equal(block(nr, bad_handles[i], 0, BUF, 512), SOLO5_R_EINVAL);
    }
}

static void block_buffers(void **state)
{
    const uint32_t w = HVT_HYPERCALL_BLOCK_WRITE, r = HVT_HYPERCALL_BLOCK_READ;

    (void)state;
    for (uint32_t nr = w; nr <= r; nr++) {
        assert_int_equal(block(nr, DISK, 0, SIZE - 512, 512), SOLO5_R_OK);
        assert_int_equal(block(nr, DISK, 0, 0, 0), SOLO5_R_OK);
        block_dies(nr, 0, SIZE - 511, 512);
        block_dies(nr, 0, SIZE, 1);
        block_dies(nr, 0, UINT64_MAX - 511, 512);
        block_dies(nr, 0, UINT64_MAX, 512);
        block_dies(nr, 0, 0, 512);
        block_dies(nr, 0, HVT_TABLES_BASE, 512);
        block_dies(nr, 0, 0xfe01, 512);
    }
    /* Constants can be written out, but nothing read over them or the boot page. */
    assert_int_equal(block(w, DISK, 0, RO_START, 512), SOLO5_R_OK);
    assert_int_equal(block(w, DISK, 0, HVT_BOOT_BASE, 512), SOLO5_R_OK);
    block_dies(r, 0, RO_START, 512);
    block_dies(r, 0, RO_END - 1, 512);
    block_dies(r, 0, RO_START - 512, 512);
    block_dies(r, 0, HVT_BOOT_BASE, 512);
    block_dies(r, 0, HVT_VECTORS_BASE, 512);
}

/* A buffer over the request itself: the tender uses its own copy of the request. */
static void block_over_request(void **state)
{
    struct hvt_hc_block_read r = {DISK, 0, REQ - 256, 512, 77};

    (void)state;
    memset(at(BUF), 0xff, 512);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_WRITE, DISK, 0, BUF, 512), SOLO5_R_OK);
    memcpy(at(REQ), &r, sizeof r);
    call_lives(HVT_HYPERCALL_BLOCK_READ, REQ);
    memcpy(&r, at(REQ), sizeof r);
    assert_int_equal(r.ret, SOLO5_R_OK);
    assert_true(r.handle == DISK && r.len == 512);
    assert_int_equal(((uint8_t *)at(REQ))[-1], 0xff);
    assert_int_equal(((uint8_t *)at(REQ))[sizeof r], 0xff);
}

static void block_host_errors(void **state)
{
    static const int errors[] = {EIO, ENOSPC, EPERM, EBADF, 0};

    (void)state;
    for (size_t i = 0; i < N_OF(errors); i++)
        for (uint32_t nr = HVT_HYPERCALL_BLOCK_WRITE; nr <= HVT_HYPERCALL_BLOCK_READ; nr++) {
            fake_io = (struct fake_io){
                    .most = 100, .fail_after = 200, .fail_errno = errors[i]};
            assert_int_equal(block(nr, DISK, 0, BUF, 512), SOLO5_R_EUNSPEC);
            assert_int_equal(fake_io.calls, 3);
        }
    /* Someone made the file shorter. */
    fake_io = (struct fake_io){0};
    assert_int_equal(ftruncate(hvt.devices.d[DISK].fd, 1024), 0);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, 512, BUF, 512), SOLO5_R_OK);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, 512, BUF, 1024), SOLO5_R_EUNSPEC);
    assert_int_equal(ftruncate(hvt.devices.d[DISK].fd, DISK_SIZE), 0);
}

/* A read-only device is read; a write is refused before anything is done. */
static void block_read_only(void **state)
{
    uint8_t zero[512] = {0};

    (void)state;
    hvt.devices.d[DISK].read_only = true;
    memset(at(BUF), 0xff, 512);
    fake_io = (struct fake_io){0};
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_WRITE, DISK, 0, BUF, 512), SOLO5_R_EUNSPEC);
    assert_int_equal(fake_io.calls, 0);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, 0, BUF, 512), SOLO5_R_OK);
    assert_memory_equal(at(BUF), zero, 512);
    /* A mistake stays one. */
    assert_int_equal(
            block(HVT_HYPERCALL_BLOCK_WRITE, DISK, DISK_SIZE, BUF, 512), SOLO5_R_EINVAL);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_WRITE, NET, 0, BUF, 512), SOLO5_R_EINVAL);
    block_dies(HVT_HYPERCALL_BLOCK_WRITE, 0, SIZE, 512);
}

/*
 * Block, by a mapping of the file
 */

#define MAPPED_PAGES 5

/* A disk that is all there, in the file as in PICTURE. */
static uint64_t mapped_disk(uint8_t **picture)
{
    struct device *d = &hvt.devices.d[DISK];
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), size = MAPPED_PAGES * page;

    *picture = malloc(size);
    for (size_t i = 0; i < size; i++)
        (*picture)[i] = (uint8_t)(i % 251 + 1);
    assert_int_equal(pwrite(d->fd, *picture, size, 0), size);
    d->capacity = size;
    block_map_open(&hvt.devices);
    assert_non_null(d->map);
    assert_works(sigbus_install(&hvt, &err), err);
    fake_io = (struct fake_io){0};
    return page;
}

static void unmap_disk(uint8_t *picture)
{
    free(picture);
    signal(SIGBUS, SIG_DFL);
    struct guest_mem_range r = hvt.devices.maps.range;
    munmap((void *)(uintptr_t)r.start, r.end - r.start);
}

/* How many system calls it took. */
static unsigned reads(uint64_t offset, uint64_t len, int32_t result, const uint8_t *picture)
{
    unsigned before = fake_io.calls;

    memset(at(BUF), 0, len);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_READ, DISK, offset, BUF, len), result);
    if (result == SOLO5_R_OK)
        assert_memory_equal(at(BUF), picture + offset, len);
    return fake_io.calls - before;
}

static void block_mapped(void **state)
{
    uint8_t *picture;
    uint64_t page = mapped_disk(&picture), last = (MAPPED_PAGES - 1) * page;

    (void)state;
    for (uint64_t offset = 0; offset < MAPPED_PAGES * page; offset += 512)
        assert_int_equal(reads(offset, 512, SOLO5_R_OK, picture), offset >= last);
    assert_int_equal(reads(0, 4096, SOLO5_R_OK, picture), 0);
    assert_int_equal(reads(512, 4096, SOLO5_R_OK, picture), 0);
    assert_int_equal(reads(last - 4096, 4096, SOLO5_R_OK, picture), 0);
    assert_int_equal(reads(last - 8, 8, SOLO5_R_OK, picture), 0);
    assert_int_equal(reads(last - 8, 16, SOLO5_R_OK, picture), 1);
    assert_int_equal(reads(1, 8, SOLO5_R_OK, picture), 0);
    assert_int_equal(reads(0, 4097, SOLO5_R_OK, picture), 1);
    assert_int_equal(reads(0, 4104, SOLO5_R_OK, picture), 1);
    assert_int_equal(reads(0, 511, SOLO5_R_OK, picture), 1);
    assert_int_equal(reads(0, 0, SOLO5_R_OK, picture), 0);

    /* A write is a system call, and read at once. */
    memset(at(BUF), 0xee, 512);
    memset(picture + 1024, 0xee, 512);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_WRITE, DISK, 1024, BUF, 512), SOLO5_R_OK);
    assert_int_equal(reads(512, 1536, SOLO5_R_OK, picture), 0);
    unmap_disk(picture);
}

/* However short the file has become: what is in it can be read, and the rest is an error. */
static void block_mapped_truncated(void **state)
{
    uint8_t *picture;
    uint64_t page = mapped_disk(&picture), size = MAPPED_PAGES * page;
    const uint64_t ends[] = {0, 1, 511, 512, 513, page - 1, page, page + 1, page + 512,
            2 * page, 3 * page - 512, 4 * page, 4 * page + 1, size - 1};
    int fd = hvt.devices.d[DISK].fd;

    (void)state;
    for (size_t i = 0; i < N_OF(ends); i++) {
        assert_int_equal(ftruncate(fd, (off_t)ends[i]), 0);
        for (uint64_t offset = 0; offset < size; offset += 512)
            reads(offset, 512, offset + 512 <= ends[i] ? SOLO5_R_OK : SOLO5_R_EUNSPEC, picture);
        reads(page - 512, 1024, page + 512 <= ends[i] ? SOLO5_R_OK : SOLO5_R_EUNSPEC, picture);
        assert_int_equal(ftruncate(fd, (off_t)size), 0);
        assert_int_equal(pwrite(fd, picture, size, 0), size);
    }
    for (uint64_t offset = 0; offset < 4 * page; offset += 512)
        assert_int_equal(reads(offset, 512, SOLO5_R_OK, picture), 0);

    /* A write to what is gone makes the file longer, as ever. */
    assert_int_equal(ftruncate(fd, 0), 0);
    memcpy(at(BUF), picture, 512);
    assert_int_equal(block(HVT_HYPERCALL_BLOCK_WRITE, DISK, 0, BUF, 512), SOLO5_R_OK);
    assert_int_equal(reads(0, 512, SOLO5_R_OK, picture), 1);
    assert_int_equal(reads(512, 512, SOLO5_R_EUNSPEC, picture), 1);

    /* Nor does a system call have it. */
    fake_io = (struct fake_io){.most = 100, .fail_after = 100, .fail_errno = EIO};
    assert_int_equal(reads(0, 512, SOLO5_R_EUNSPEC, picture), 2);
    fake_io = (struct fake_io){0};
    unmap_disk(picture);
}

/* In a child, as it ends: its status, and what it says. */
static int end_of(void (*f)(void), char *said, size_t size)
{
    int pipe_fd[2], status;

    assert_int_equal(pipe(pipe_fd), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipe_fd[1], STDERR_FILENO);
        f();
        _exit(99);
    }
    close(pipe_fd[1]);
    ssize_t n = read(pipe_fd[0], said, size - 1);
    said[n > 0 ? n : 0] = 0;
    close(pipe_fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The guest's buffer is a page of the image that its file has lost. */
static void read_into_lost_page(void)
{
    static struct guest_mem_range lost = {BUF, BUF + 0x10000};
    int image = memfd_create("image", MFD_CLOEXEC);

    hvt.options.kernel = "image";
    hvt.mapped = (struct load_map){.count = 1, .range = &lost};
    if (ftruncate(image, 0x10000) != 0 ||
            mmap(at(BUF), 0x10000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, image, 0) !=
                    at(BUF) ||
            ftruncate(image, 0) != 0 || sigbus_install(&hvt, &err) != 0)
        _exit(98);
    block(HVT_HYPERCALL_BLOCK_READ, DISK, 0, BUF, 512);
}

/* Not within a copy: as ever. */
static void touch_lost_device(void)
{
    hvt.options.kernel = "image";
    if (ftruncate(hvt.devices.d[DISK].fd, 0) != 0)
        _exit(98);
    (void)*(const volatile uint8_t *)hvt.devices.d[DISK].map;
}

static void block_mapped_others(void **state)
{
    uint8_t *picture;
    char said[512];

    (void)state;
    mapped_disk(&picture);
    assert_int_equal(end_of(read_into_lost_page, said, sizeof said), 1);
    assert_non_null(strstr(said, "image: the image file became shorter or could not be read"));
    assert_int_equal(end_of(touch_lost_device, said, sizeof said), 1);
    assert_non_null(strstr(said, "a page of this host's memory could not be read (SIGBUS)"));
    unmap_disk(picture);
}

static int32_t flush(uint64_t handle)
{
    struct hvt_hc_block_flush r = {handle, 77};

    memcpy(at(REQ), &r, sizeof r);
    call_lives(HVT_HYPERCALL_BLOCK_FLUSH, REQ);
    memcpy(&r, at(REQ), sizeof r);
    assert_true(r.handle == handle);
    return r.ret;
}

/* Only for an image that said that it knows of it. */
static void block_flush(void **state)
{
    (void)state;
    hvt.ext.features = ~EXT_F_BLOCK_FLUSH;
    call_dies(HVT_HYPERCALL_BLOCK_FLUSH, REQ, "Invalid guest hypercall: num=16");
    hvt.ext.features = EXT_F_BLOCK_FLUSH;
    fake_io = (struct fake_io){.eintr = 2};
    assert_int_equal(flush(DISK), SOLO5_R_OK);
    assert_int_equal(fake_io.calls, 3);
    assert_int_equal(flush(NET), SOLO5_R_EINVAL);
    for (size_t i = 0; i < N_OF(bad_handles); i++)
        assert_int_equal(flush(bad_handles[i]), SOLO5_R_EINVAL);
    assert_int_equal(fake_io.calls, 3);

    fake_io = (struct fake_io){.fail_after = 1, .fail_errno = EIO};
    assert_int_equal(flush(DISK), SOLO5_R_OK);
    assert_int_equal(flush(DISK), SOLO5_R_EUNSPEC);
    /* Nothing to do, nothing that could fail. */
    hvt.devices.d[DISK].read_only = true;
    assert_int_equal(flush(DISK), SOLO5_R_OK);
    assert_int_equal(fake_io.calls, 2);
    call_dies(HVT_HYPERCALL_BLOCK_FLUSH, RO_START, "Invalid guest access");
    call_dies(HVT_HYPERCALL_BLOCK_FLUSH, SIZE - 8, "Invalid guest access");
}

/*
 * On a host with pages of 64 KiB, the rest of a page that read-only segments share is
 * protected by stage 1 only; the tender must not write there for the guest either.
 */
static void large_host_pages(void **state)
{
    struct elf_segment s[] = {{.start = 0x110000, .end = 0x123000, .prot = PROT_EXEC},
            {.start = 0x123000, .end = 0x124000, .prot = PROT_READ},
            {.start = 0x124000, .end = 0x126000, .prot = PROT_WRITE}};
    struct elf_plan plan = {.count = 3, .segment = s};
    const uint32_t r = HVT_HYPERCALL_BLOCK_READ;

    (void)state;
    hvt.mem.page = 0x10000;
    assert_works(memmap_make(&hvt.map, &plan, &hvt.mem, false, &err), err);
    assert_works(memmap_protect_host(&hvt.map, &hvt.mem, &err), err);
    assert_works(memmap_forbid(&hvt.map, &hvt.mem, &err), err);
    block_dies(r, 0, 0x110000, 512);
    block_dies(r, 0, 0x120000, 512);
    block_dies(r, 0, 0x123fff, 512);
    assert_int_equal(block(r, DISK, 0, 0x124000, 512), SOLO5_R_OK);
    assert_int_equal(block(r, DISK, 0, 0x123800, 0), SOLO5_R_OK);
    call_dies(HVT_HYPERCALL_WALLTIME, 0x123ff8, "Invalid guest access");
    call_lives(HVT_HYPERCALL_WALLTIME, 0x124000);
    memmap_free(&hvt.map);
}

/*
 * Net
 */

static void net_moves(void **state)
{
    uint8_t frame[1514], got[2048];
    uint64_t len = 1514;

    (void)state;
    memset(frame, 0x5a, sizeof frame);
    memcpy(at(BUF), frame, sizeof frame);
    assert_int_equal(net_write(NET, BUF, sizeof frame), SOLO5_R_OK);
    assert_int_equal(recv(tap, got, sizeof got, 0), sizeof frame);
    assert_memory_equal(got, frame, sizeof frame);

    assert_int_equal(net(HVT_HYPERCALL_NET_READ, NET, BUF, &len), SOLO5_R_AGAIN);
    assert_int_equal(len, 1514); /* unchanged */

    assert_int_equal(send(tap, frame, 60, 0), 60);
    memset(at(BUF), 0, 1514);
    assert_int_equal(net(HVT_HYPERCALL_NET_READ, NET, BUF, &len), SOLO5_R_OK);
    assert_int_equal(len, 60);
    assert_memory_equal(at(BUF), frame, 60);
    assert_int_equal(((uint8_t *)at(BUF))[60], 0);

    /* A buffer that is too short cuts the frame. */
    assert_int_equal(send(tap, frame, 60, 0), 60);
    len = 20;
    assert_int_equal(net(HVT_HYPERCALL_NET_READ, NET, BUF, &len), SOLO5_R_OK);
    assert_int_equal(len, 20);
    assert_int_equal(net(HVT_HYPERCALL_NET_READ, NET, BUF, &len), SOLO5_R_AGAIN);
}

static void net_lengths(void **state)
{
    uint8_t got[64];

    (void)state;
    for (uint64_t len = 0; len < 14; len++)
        assert_int_equal(net_write(NET, BUF, len), SOLO5_R_EINVAL);
    assert_int_equal(recv(tap, got, sizeof got, MSG_DONTWAIT), -1);
    assert_int_equal(net_write(NET, BUF, 14), SOLO5_R_OK);
    assert_int_equal(recv(tap, got, sizeof got, MSG_DONTWAIT), 14);
    assert_int_equal(net_write(NET, 0, 0), SOLO5_R_EINVAL);
}

static void net_handles(void **state)
{
    uint64_t len = 1514;

    (void)state;
    assert_int_equal(net_write(DISK, BUF, 60), SOLO5_R_EINVAL);
    assert_int_equal(net(HVT_HYPERCALL_NET_READ, DISK, BUF, &len), SOLO5_R_EINVAL);
    for (size_t i = 0; i < N_OF(bad_handles); i++) {
        assert_int_equal(net_write(bad_handles[i], BUF, 60), SOLO5_R_EINVAL);
        assert_int_equal(
                net(HVT_HYPERCALL_NET_READ, bad_handles[i], BUF, &len), SOLO5_R_EINVAL);
    }
    assert_int_equal(len, 1514);
}

static void net_buffers(void **state)
{
    static const uint64_t calls[] = {HVT_HYPERCALL_NET_WRITE, HVT_HYPERCALL_NET_READ};
    uint64_t len = 1514;

    (void)state;
    for (size_t i = 0; i < N_OF(calls); i++) {
        uint32_t nr = (uint32_t)calls[i];
        net_dies(nr, SIZE - 59, 60);
        net_dies(nr, SIZE, 60);
        net_dies(nr, 0, 60);
        net_dies(nr, HVT_TABLES_BASE, 60);
        net_dies(nr, UINT64_MAX, 60);
        net_dies(nr, UINT64_MAX - 59, 60);
        net_dies(nr, BUF, UINT64_MAX);
        net_dies(nr, BUF, SIZE - BUF + 1);
    }
    assert_int_equal(net(HVT_HYPERCALL_NET_READ, NET, SIZE - 1514, &len), SOLO5_R_AGAIN);
    net_dies(HVT_HYPERCALL_NET_READ, RO_START, 60);
    net_dies(HVT_HYPERCALL_NET_READ, RO_END - 1, 60);
    net_dies(HVT_HYPERCALL_NET_READ, HVT_BOOT_BASE, 60);
    assert_int_equal(net_write(NET, RO_START, 60), SOLO5_R_OK);
    assert_int_equal(net_write(NET, SIZE - 60, 60), SOLO5_R_OK);
}

/*
 * Batches: a request with these, and what it became; what else there is stays.
 */
static struct hvt_hc_net_batch batch_of(uint64_t data, uint64_t len, uint32_t frame_max)
{
    return (struct hvt_hc_net_batch){.handle = NET,
            .data = data,
            .len = len,
            .timeout_nsecs = 7,
            .ready_set = 99,
            .frame_max = frame_max,
            .frames = 99,
            .ret = 77};
}

static struct hvt_hc_net_batch batch(struct hvt_hc_net_batch r)
{
    struct hvt_hc_net_batch is;

    hvt.ext.features = EXT_F_NET_BATCH;
    memcpy(at(REQ), &r, sizeof r);
    call_lives(HVT_HYPERCALL_NET_BATCH, REQ);
    memcpy(&is, at(REQ), sizeof is);
    assert_true(is.handle == r.handle && is.data == r.data && is.flags == r.flags);
    assert_true(is.frame_max == r.frame_max && is.timeout_nsecs == r.timeout_nsecs);
    return is;
}

static void expect_batch(struct hvt_hc_net_batch is, int32_t ret, uint32_t frames, uint64_t len)
{
    assert_int_equal(is.ret, ret);
    assert_int_equal(is.frames, frames);
    assert_int_equal(is.len, len);
}

static void send_frames(unsigned n, size_t size)
{
    uint8_t frame[2048];

    for (unsigned i = 0; i < n; i++) {
        memset(frame, (int)i, size);
        assert_int_equal(send(tap, frame, size, 0), size);
    }
}

/* The frame at GPA; returns where the next one is. */
static uint64_t expect_framed(uint64_t gpa, uint8_t byte, uint32_t size)
{
    struct hvt_net_frame head;

    memcpy(&head, at(gpa), sizeof head);
    assert_int_equal(head.len, size);
    assert_int_equal(head.reserved, 0);
    for (uint32_t i = 0; i < size; i++)
        assert_int_equal(((uint8_t *)at(gpa + 8))[i], byte);
    return gpa + (8 + size + 7) / 8 * 8;
}

static void net_batch_moves(void **state)
{
    uint64_t gpa = BUF + 1; /* alignment is the guest's */

    (void)state;
    expect_batch(batch(batch_of(gpa, 4096, 1514)), SOLO5_R_AGAIN, 0, 0);
    send_frames(3, 61);
    memset(at(BUF), 0xee, 8192);
    expect_batch(batch(batch_of(gpa, 4096, 1514)), SOLO5_R_AGAIN, 3, 3 * 72);
    for (uint8_t i = 0; i < 3; i++)
        gpa = expect_framed(gpa, i, 61);
    assert_int_equal(*(uint8_t *)at(BUF), 0xee);
    assert_int_equal(*(uint8_t *)at(gpa), 0xee);

    /* Longer ones are cut; what does not fit stays where it was. */
    send_frames(3, 60);
    expect_batch(batch(batch_of(BUF, 48, 14)), SOLO5_R_OK, 2, 48);
    gpa = expect_framed(expect_framed(BUF, 0, 14), 1, 14);
    assert_int_equal(*(uint8_t *)at(gpa), 0);
    expect_batch(batch(batch_of(BUF, 72, 64)), SOLO5_R_OK, 1, 72);
    expect_framed(BUF, 2, 60);
    expect_batch(batch(batch_of(BUF, 72, 64)), SOLO5_R_AGAIN, 0, 0);

    /* Room for a frame is not enough: it has a header. */
    send_frames(2, 60);
    expect_batch(batch(batch_of(BUF, 72 + 71, 60)), SOLO5_R_OK, 1, 72);
    expect_batch(batch(batch_of(BUF, 72, 60)), SOLO5_R_OK, 1, 72);
}

static void net_batch_is_bounded(void **state)
{
    (void)state;
    send_frames(HVT_NET_BATCH_MAX + 2, 60);
    expect_batch(batch(batch_of(BUF, 65536, 60)), SOLO5_R_OK, HVT_NET_BATCH_MAX,
            HVT_NET_BATCH_MAX * 72);
    expect_batch(batch(batch_of(BUF, 65536, 60)), SOLO5_R_AGAIN, 2, 144);
    expect_framed(expect_framed(BUF, HVT_NET_BATCH_MAX, 60), HVT_NET_BATCH_MAX + 1, 60);
}

/* With the flag it is POLL as well. */
static void net_batch_waits(void **state)
{
    struct hvt_hc_net_batch r = batch_of(BUF, 4096, 1514);
    int64_t before = now_ms();

    (void)state;
    assert_int_equal(batch(r).ready_set, 0);
    r.flags = HVT_NET_BATCH_WAIT;
    r.timeout_nsecs = 50000000;
    expect_batch(batch(r), SOLO5_R_OK, 0, 0);
    int64_t took = now_ms() - before;
    assert_true(took >= 50 && took < 5000);

    r.timeout_nsecs = UINT64_MAX;
    r.flags = UINT32_MAX;
    send_frames(1, 60);
    r = batch(r);
    expect_batch(r, SOLO5_R_AGAIN, 1, 72);
    assert_int_equal(r.ready_set, 1U << NET);
    r.timeout_nsecs = 0;
    assert_int_equal(batch(r).ready_set, 0);
}

/* Another device that is ready ends the wait, and this one is not read. */
static void net_batch_waits_for_all(void **state)
{
    struct hvt_hc_net_batch r = batch_of(BUF, 4096, 1514);
    struct epoll_event ev = {.events = EPOLLIN, .data.u64 = 9};
    int other[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, other), 0);
    assert_int_equal(send(other[0], "frame", 5, 0), 5);
    assert_int_equal(epoll_ctl(hvt.waitset.epollfd, EPOLL_CTL_ADD, other[1], &ev), 0);
    r.flags = HVT_NET_BATCH_WAIT;
    r.timeout_nsecs = UINT64_MAX;
    r = batch(r);
    expect_batch(r, SOLO5_R_OK, 0, 0);
    assert_int_equal(r.ready_set, 1U << 9);
    close(other[0]);
    close(other[1]);
}

static void net_batch_arguments(void **state)
{
    static const struct {
        uint64_t handle, data, len;
        uint32_t frame_max;
    } rows[] = {
            {DISK, BUF, 4096, 1514},
            {NET, BUF, 0, 0},
            {NET, BUF, 4096, 13},
            {NET, BUF, 23, 14},
            {NET, BUF, 72, 65},
            {NET, BUF, 4096, UINT32_MAX},
            {NET, 0, 71, 60}, /* no buffer that would be used */
            {NET, RO_START, 71, 60},
    };
    struct hvt_hc_net_batch r = batch_of(BUF, 4096, 1514);

    (void)state;
    hvt.ext.features = ~EXT_F_NET_BATCH;
    call_dies(HVT_HYPERCALL_NET_BATCH, REQ, "Invalid guest hypercall: num=17");
    send_frames(1, 60);
    r.flags = HVT_NET_BATCH_WAIT;
    r.timeout_nsecs = UINT64_MAX;
    for (size_t i = 0; i < N_OF(bad_handles); i++) {
        r.handle = bad_handles[i];
        struct hvt_hc_net_batch is = batch(r);
        expect_batch(is, SOLO5_R_EINVAL, 0, 4096);
        assert_int_equal(is.ready_set, 0);
    }
    for (size_t i = 0; i < N_OF(rows); i++) {
        r.handle = rows[i].handle;
        r.data = rows[i].data;
        r.len = rows[i].len;
        r.frame_max = rows[i].frame_max;
        expect_batch(batch(r), SOLO5_R_EINVAL, 0, rows[i].len);
    }
    expect_batch(batch(batch_of(BUF, 72, 64)), SOLO5_R_OK, 1, 72); /* still there */
}

static void net_batch_buffers(void **state)
{
    static const struct {
        uint64_t data, len;
    } rows[] = {{SIZE - 71, 72}, {SIZE, 72}, {0, 72}, {HVT_TABLES_BASE, 72}, {UINT64_MAX, 72},
            {UINT64_MAX - 71, 72}, {BUF, UINT64_MAX}, {BUF, SIZE - BUF + 1}, {RO_START, 72},
            {RO_END - 1, 72}, {HVT_BOOT_BASE, 72}, {RO_START - 72, 72}};

    (void)state;
    hvt.ext.features = EXT_F_NET_BATCH;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct hvt_hc_net_batch r = batch_of(rows[i].data, rows[i].len, 60);
        memcpy(at(REQ), &r, sizeof r);
        call_dies(HVT_HYPERCALL_NET_BATCH, REQ, "Invalid guest access");
    }
    send_frames(1, 60);
    expect_batch(batch(batch_of(SIZE - 72, 72, 60)), SOLO5_R_OK, 1, 72);
    expect_framed(SIZE - 72, 0, 60);
    /* All of memory behind the code, the request included: it is bounded and answered. */
    send_frames(HVT_NET_BATCH_MAX + 1, 60);
    expect_batch(batch(batch_of(RO_END, SIZE - RO_END, 60)), SOLO5_R_OK, HVT_NET_BATCH_MAX,
            HVT_NET_BATCH_MAX * 72);
}

/* Frames over the request itself: the tender uses its own copy, and its answer comes last. */
static void net_batch_over_request(void **state)
{
    static const int skews[] = {0, 8, 48, 55, -8, -100, -1000};

    (void)state;
    for (size_t i = 0; i < N_OF(skews); i++) {
        send_frames(20, 60);
        expect_batch(batch(batch_of(REQ + (uint64_t)(int64_t)skews[i], 4096, 60)),
                SOLO5_R_AGAIN, 20, 20 * 72);
    }
}

/*
 * An empty datagram is in its place. Frames, then an error once; the peer that is gone is
 * not waited for any more.
 */
static void net_batch_errors(void **state)
{
    uint64_t ready;

    (void)state;
    send_frames(1, 60);
    assert_int_equal(send(tap, "", 0, 0), 0);
    send_frames(1, 60);
    expect_batch(batch(batch_of(BUF, 4096, 60)), SOLO5_R_AGAIN, 3, 152);
    expect_framed(expect_framed(expect_framed(BUF, 0, 60), 0, 0), 0, 60);
    send_frames(2, 60);
    assert_int_equal(send(tap, "", 0, 0), 0);
    hvt.devices.d[NET].connected = true;
    expect_batch(batch(batch_of(BUF, 4096, 60)), SOLO5_R_EUNSPEC, 2, 144);
    expect_framed(expect_framed(BUF, 0, 60), 1, 60);
    assert_int_equal(send(tap, "frame", 5, 0), 5);
    assert_int_equal(wait_devices(0, &ready), 0);
}

/* No room is a lost frame, any other error an answer; none ends the guest. */
static void net_host_errors(void **state)
{
    static const int lost[] = {EAGAIN, ENOBUFS, ENOMEM};
    static const int errors[] = {EIO, ENETDOWN, EBADFD, EINVAL, EMSGSIZE, EPIPE, 0};
    uint64_t ready;

    (void)state;
    for (size_t i = 0; i < N_OF(lost); i++) {
        fake_io = (struct fake_io){.most = 1, .fail_after = 1, .fail_errno = lost[i]};
        assert_int_equal(net_write(NET, BUF, 60), SOLO5_R_EUNSPEC); /* short */
        assert_int_equal(net_write(NET, BUF, 60), SOLO5_R_OK);
    }
    for (size_t i = 0; i < N_OF(errors); i++) {
        fake_io = (struct fake_io){.most = 1, .fail_after = 1, .fail_errno = errors[i]};
        net_write(NET, BUF, 60);
        assert_int_equal(net_write(NET, BUF, 60), SOLO5_R_EUNSPEC);
    }
    fake_io = (struct fake_io){.eintr = 2};
    assert_int_equal(net_write(NET, BUF, 60), SOLO5_R_OK);

    /* EBADFD was among them: a deleted tap is not waited for any more. */
    assert_int_equal(send(tap, "frame", 5, 0), 5);
    assert_int_equal(wait_devices(0, &ready), 0);
}

/* Nothing to read: an empty datagram is no frame, and a gone peer no endless stream. */
static void net_empty(void **state)
{
    uint64_t ready, len = 1514;

    (void)state;
    assert_int_equal(send(tap, "", 0, 0), 0);
    assert_int_equal(net(HVT_HYPERCALL_NET_READ, NET, BUF, &len), SOLO5_R_AGAIN);
    assert_int_equal(len, 1514);
    assert_int_equal(send(tap, "frame", 5, 0), 5);
    assert_int_equal(wait_devices(0, &ready), 1);
    assert_int_equal(net(HVT_HYPERCALL_NET_READ, NET, BUF, &len), SOLO5_R_OK);
    assert_int_equal(len, 5);

    hvt.devices.d[NET].connected = true;
    len = 1514;
    assert_int_equal(send(tap, "", 0, 0), 0);
    assert_int_equal(net(HVT_HYPERCALL_NET_READ, NET, BUF, &len), SOLO5_R_EUNSPEC);
    assert_int_equal(send(tap, "frame", 5, 0), 5);
    assert_int_equal(wait_devices(0, &ready), 0);
}

/* A real full queue. */
static void net_full(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++)
        assert_int_equal(net_write(NET, BUF, 1514), SOLO5_R_OK);
}

/*
 * Boot
 */

/* --mem is what is mapped, to the MiB. */
/* What vhost needs is at the top, in whole pages of any host. */
static void mem_vhost(void **state)
{
    static struct hvt other;

    (void)state;
    other.options = (struct options){.mem_mib = 16, .net_vhost = true};
    other.ext.features = EXT_F_NET_VHOST;
    other.devices.d[1] = (struct device){.type = MFT_DEV_NET_BASIC, .mtu = 1500};
    other.devices.n_net = 1;
    fake_vm.no_kick = true;
    assert_works(boot_memory(&other, &err), err);
    assert_int_equal(other.mem.end, 16 << 20);
    assert_int_equal(other.mem.size, (16 << 20) - 0x40000);
    assert_int_equal(other.ext.net_vhost, other.mem.size);
    assert_int_equal(other.ring_gpa, 0);
    munmap(other.mem.host, other.mem.end);
    other.options.mem_mib = 9;
    other.devices.d[1].mtu = 65000;
    assert_fails(boot_memory(&other, &err), err,
            "--net-accel=vhost takes 8388608 bytes of guest memory: use a larger --mem");
    munmap(other.mem.host, other.mem.end);
    fake_vm.no_kick = false;
}

static void mem_sizes(void **state)
{
    static const uint64_t works[] = {2, 3, 5, 17, 512, 4095, 4096};
    static struct hvt other;

    (void)state;
    for (size_t i = 0; i < N_OF(works); i++) {
        other.options.mem_mib = works[i];
        assert_works(boot_memory(&other, &err), err);
        assert_int_equal(other.mem.end, works[i] << 20);
        assert_int_equal(other.mem.size, other.mem.end);
        assert_int_equal(other.ring_gpa, 0);
        munmap(other.mem.host, other.mem.end);
    }
    other.options.mem_mib = 1;
    assert_fails(boot_memory(&other, &err), err, "use --mem=2 or more");
    other.options.mem_mib = 4097;
    assert_fails(boot_memory(&other, &err), err,
            "guest memory size 4296015872 bytes exceeds the max size 4294967296 bytes "
            "of an image without the extension for more");
    other.ext.features = EXT_F_LARGE_MEMORY;
    assert_works(boot_memory(&other, &err), err);
    assert_int_equal(other.mem.end, 4097ULL << 20);
    munmap(other.mem.host, other.mem.end);
    other.options.mem_mib = 65537;
    assert_fails(boot_memory(&other, &err), err,
            "guest memory size 68720525312 bytes exceeds the max size 68719476736 bytes");
    other.options.mem_mib = UINT64_MAX >> 21;
    assert_fails(boot_memory(&other, &err), err, "exceeds the max size");
}

static void boot_page(void **state)
{
    char *args[] = {"one", "two  three", "", NULL};
    char longest[HVT_CMDLINE_SIZE], longer[HVT_CMDLINE_SIZE + 1];
    char *one[] = {longest, NULL}, *two[] = {longer, NULL};
    struct hvt_boot_info bi;

    (void)state;
    hvt.manifest = (struct manifest){.version = 1, .entries = 3};
    strcpy(hvt.manifest.e[2].name, "last");
    hvt.options.args = args;
    hvt.plan.kernel_end = 0x123000;
    hvt.cycle_hz = 42;
    assert_works(boot_write(&hvt, &err), err);
    memcpy(&bi, at(0x10000), sizeof bi);
    assert_int_equal(bi.mem_size, SIZE);
    assert_int_equal(bi.kernel_end, 0x123000);
    assert_int_equal(bi.cpu_cycle_freq, 42);
    assert_int_equal(bi.mft, 0x10038);
    assert_int_equal(bi.cmdline, 0x10038 + 8 + 3 * 104);
    assert_true(bi.host_features == 0 && bi.guest_features == 0 && bi.net_ring == 0);
    assert_string_equal(at(bi.cmdline), "one two  three ");
    assert_string_equal(at(bi.mft + 8 + 2 * 104), "last");

    memset(longest, 'a', sizeof longest);
    memset(longer, 'b', sizeof longer);
    longest[HVT_CMDLINE_SIZE - 1] = longer[HVT_CMDLINE_SIZE] = 0;
    hvt.options.args = one;
    hvt.manifest.entries = MFT_MAX_ENTRIES;
    assert_works(boot_write(&hvt, &err), err);
    hvt.options.args = two;
    assert_fails(boot_write(&hvt, &err), err, "max=8191");
}

/*
 * Policy: each in a child of its own, under the real filter
 */

/* The status of a child that does ACTION in the sandbox. */
static int sandboxed(void (*action)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (policy_install(&hvt, &err) != 0)
            syscall(SYS_exit_group, 99);
        action();
        syscall(SYS_exit_group, 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void do_allowed(void)
{
    struct timespec ts;
    struct epoll_event ev[2];
    struct itimerspec never = {{0, 0}, {0, 0}};
    char buf[16];
    int disk = hvt.devices.d[DISK].fd, tap_fd = hvt.devices.d[NET].fd;

    syscall(SYS_write, 1, "", 0);
    syscall(SYS_write, 2, "", 0);
    syscall(SYS_read, tap_fd, buf, sizeof buf);
    syscall(SYS_write, tap_fd, buf, sizeof buf);
    syscall(SYS_pread64, disk, buf, (size_t)1, (off_t)DISK_SIZE - 1);
    syscall(SYS_pwrite64, disk, buf, sizeof buf, (off_t)0);
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
    syscall(SYS_timerfd_settime, hvt.waitset.timerfd, 0, &never, NULL);
    syscall(SYS_epoll_pwait, hvt.waitset.epollfd, ev, 2, 0, NULL, 8);
    syscall(SYS_epoll_ctl, hvt.waitset.epollfd, EPOLL_CTL_DEL, tap_fd, NULL);
    syscall(SYS_ioctl, hvt.vm.vcpu, 0x1234UL, 0);
}

static void do_flush(void)
{
    syscall(SYS_fdatasync, hvt.devices.d[DISK].fd);
}

static void do_flush_tap(void)
{
    syscall(SYS_fdatasync, hvt.devices.d[NET].fd);
}

static void do_getpid(void)
{
    syscall(SYS_getpid);
}

static void do_other_ioctl(void)
{
    syscall(SYS_ioctl, hvt.vm.vcpu, 0x1235UL, 0);
}

static void do_ioctl_argument(void)
{
    syscall(SYS_ioctl, hvt.vm.vcpu, 0x1234UL, "a pointer");
}

static void do_ioctl_elsewhere(void)
{
    syscall(SYS_ioctl, hvt.devices.d[NET].fd, 0x1234UL, 0);
}

static void do_read_disk(void)
{
    syscall(SYS_read, hvt.devices.d[DISK].fd, NULL, (size_t)0);
}

static void do_grow_disk(void)
{
    const struct device *disk = &hvt.devices.d[DISK];

    syscall(SYS_pwrite64, disk->fd, "xx", (size_t)2, (off_t)disk->capacity - 1);
}

static void do_write_much(void)
{
    syscall(SYS_pwrite64, hvt.devices.d[DISK].fd, NULL, (size_t)HC_CHUNK + 1, (off_t)0);
}

static void do_print_much(void)
{
    syscall(SYS_write, 1, NULL, (size_t)HC_CHUNK + 1);
}

static void do_pread_tap(void)
{
    syscall(SYS_pread64, hvt.devices.d[NET].fd, NULL, (size_t)1, (off_t)0);
}

static void do_epoll_add(void)
{
    struct epoll_event ev = {0};

    syscall(SYS_epoll_ctl, hvt.waitset.epollfd, EPOLL_CTL_ADD, hvt.devices.d[NET].fd, &ev);
}

static void do_open(void)
{
    syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

static void do_map(void)
{
    syscall(SYS_mmap, NULL, (size_t)4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
            -1, (off_t)0);
}

static void do_absolute_timer(void)
{
    struct itimerspec never = {{0, 0}, {0, 0}};

    syscall(SYS_timerfd_settime, hvt.waitset.timerfd, 1, &never, NULL);
}

static void do_catch(void)
{
    static uint64_t action[4];

    syscall(SYS_rt_sigaction, SIGTERM, action, NULL, 8);
}

static void do_wait_masked(void)
{
    struct pollfd p = {.fd = 2};
    uint64_t mask = UINT64_MAX;

    syscall(SYS_ppoll, &p, 1, NULL, &mask, 8);
}

static void do_kill(void)
{
    syscall(SYS_tgkill, getppid(), getppid(), SIGTERM);
}

static void policy(void **state)
{
    static void (*const forbidden[])(void) = {do_getpid, do_other_ioctl, do_ioctl_elsewhere,
            do_read_disk, do_grow_disk, do_write_much, do_print_much, do_pread_tap, do_epoll_add,
            do_open, do_map, do_kill, do_flush, do_ioctl_argument, do_absolute_timer, do_catch,
            do_wait_masked};

    (void)state;
    hvt.vm.vcpu = 1000;
    hvt.devices.d[DISK].capacity = 2 * HC_CHUNK; /* do_write_much() is within it */
    assert_int_equal(sandboxed(do_allowed), 0);
    for (size_t i = 0; i < N_OF(forbidden); i++) {
        int status = sandboxed(forbidden[i]);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("forbidden action %zu: status 0x%x", i, (unsigned)status);
    }
    hvt.ext.features = EXT_F_BLOCK_FLUSH;
    assert_int_equal(sandboxed(do_flush), 0);
    assert_int_equal(WTERMSIG(sandboxed(do_flush_tap)), SIGSYS);
    hvt.devices.d[DISK].read_only = true;
    assert_int_equal(WTERMSIG(sandboxed(do_flush)), SIGSYS);
}

/* Fresh memory and devices for every test. */
static int setup(void **state)
{
    int net_fd[2], out[2];

    (void)state;
    fake_io = (struct fake_io){0};
    hvt = (struct hvt){0};
    if (guest_mem_alloc(&hvt.mem, SIZE, false, &err) != 0 ||
            guest_mem_protect(&hvt.mem, RO_START, RO_END, PROT_READ, &err) != 0 ||
            vm_create(&hvt.vm, &hvt.mem, &err) != 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, net_fd) != 0 ||
            pipe2(out, O_NONBLOCK | O_CLOEXEC) != 0)
        return -1;
    tap = net_fd[1];
    console = out[0];
    hvt.console = out[1];
    hvt.devices.n_net = hvt.devices.n_block = 1;
    hvt.devices.d[NET] = (struct device){
            .type = MFT_DEV_NET_BASIC, .fd = net_fd[0], .mtu = 1500, .name = "net"};
    hvt.devices.d[DISK] = (struct device){.type = MFT_DEV_BLOCK_BASIC,
            .fd = memfd_create("disk", MFD_CLOEXEC),
            .capacity = DISK_SIZE,
            .block_size = 512,
            .name = "disk"};
    if (ftruncate(hvt.devices.d[DISK].fd, DISK_SIZE) != 0)
        return -1;
    return waitset_open(&hvt.waitset, &hvt.devices, &err);
}

static int teardown(void **state)
{
    (void)state;
    close(tap);
    close(console);
    close(hvt.console);
    close(hvt.devices.d[NET].fd);
    close(hvt.devices.d[DISK].fd);
    close(hvt.waitset.epollfd);
    close(hvt.waitset.timerfd);
    free(hvt.mem.ro);
    return munmap(hvt.mem.host, SIZE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(unknown_calls),
            TEST(calls_without_device),
            TEST(request_addresses),
            TEST(several_calls),
            TEST(walltime),
            TEST(halt),
            TEST(halt_cookie),
            TEST(puts_buffers),
            TEST(puts_in_parts),
            TEST(puts_errors),
            TEST(puts_full),
            TEST(poll_times),
            TEST(block_moves),
            TEST(in_pieces),
            TEST(block_ranges),
            TEST(block_handles),
            TEST(block_buffers),
            TEST(block_over_request),
            TEST(block_host_errors),
            TEST(block_read_only),
            TEST(block_mapped),
            TEST(block_mapped_truncated),
            TEST(block_mapped_others),
            TEST(block_flush),
            TEST(large_host_pages),
            TEST(net_moves),
            TEST(net_lengths),
            TEST(net_handles),
            TEST(net_buffers),
            TEST(net_batch_moves),
            TEST(net_batch_is_bounded),
            TEST(net_batch_waits),
            TEST(net_batch_waits_for_all),
            TEST(net_batch_arguments),
            TEST(net_batch_buffers),
            TEST(net_batch_over_request),
            TEST(net_batch_errors),
            TEST(net_host_errors),
            TEST(net_empty),
            TEST(net_full),
            TEST(mem_sizes),
            TEST(mem_vhost),
            TEST(calls_with_vhost),
            TEST(boot_page),
            TEST(policy),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
