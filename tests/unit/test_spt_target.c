/* SPDX-License-Identifier: ISC */
/*
 * What a guest of solo5-spt makes of what the kernel answers: each call can be interrupted, do
 * a part, or fail. A test says beforehand which calls it expects and how each ends.
 */
#include "unit.h"

#include <errno.h>
#include <sys/syscall.h>

#include "../../bindings/bindings.h"

/* No CPU here. */
#define ARCH_H
static uint64_t arch_cycles(void)
{
    return 1;
}

static bool arch_random(uint64_t *value)
{
    *value = 2;
    return true;
}

/* No image either. */
#include "elf_abi.h"
#undef SOLO5_INTERP_DECLARE
#undef NOT_OPENBSD_NOTE_DECLARE
#undef ABI1_NOTE_DECLARE
#undef EXT_DECLARE
#define NO_NOTE _Static_assert(1, "")
#define SOLO5_INTERP_DECLARE() NO_NOTE
#define NOT_OPENBSD_NOTE_DECLARE() NO_NOTE
#define ABI1_NOTE_DECLARE(target, version) NO_NOTE
#define EXT_DECLARE(features) NO_NOTE

/* Its own names for what the C library has, too. */
#undef CLOCK_REALTIME
#undef CLOCK_MONOTONIC
#undef TIMER_ABSTIME
#undef EPOLL_CTL_DEL
#define timespec guest_timespec
#define itimerspec guest_itimerspec
#include "../../bindings/spt/target.c"

#define NET 1
#define DISK 2
#define NET_FD 7
#define DISK_FD 8
#define EPOLL_FD 9
#define TIMER_FD 10
#define UNIT 512

static struct ext_info ext;

const struct ext_info *ext_find(uint64_t feature, size_t end)
{
    return (ext.features & feature) && end <= sizeof ext ? &ext : NULL;
}

/* What the kernel is asked, and what it says. SIZE of what has none: 0. A wait has one event. */
struct answer {
    long nr;
    size_t size;
    long result;
};

static struct answer script[16];
static size_t n_script, at_script;
static const uint8_t *expected_buf;
static uint64_t expected_offset;
static uint64_t event_data, set_to;

long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
    (void)a, (void)e, (void)f;
    if (at_script >= n_script)
        fail_msg("call %ld was not expected", nr);
    const struct answer *s = &script[at_script++];
    assert_int_equal(nr, s->nr);
    if (s->size > 0) {
        assert_int_equal(c, s->size);
        assert_ptr_equal(b, expected_buf);
    }
    if (nr == SYS_pread64 || nr == SYS_pwrite64)
        assert_int_equal(d, expected_offset);
    if (nr == SYS_epoll_pwait && s->result == 1)
        ((struct epoll_event *)b)->data = event_data;
    if (nr == SYS_timerfd_settime)
        set_to = (uint64_t)((const struct itimerspec *)c)->value.sec * NS_PER_S +
                (uint64_t)((const struct itimerspec *)c)->value.nsec;
    if (s->size > 0 && s->result > 0) {
        /* A part of a block is done again. */
        size_t unit = nr == SYS_pread64 || nr == SYS_pwrite64 ? UNIT : 1;
        size_t done = (size_t)s->result / unit * unit;
        expected_buf += done;
        expected_offset += done;
    }
    return s->result;
}

static uint8_t buf[16 * UNIT];

/* The CPU's copy: what it is asked for, and whether all is there. */
static struct copy {
    const uint8_t *from, *probe;
    size_t size;
    unsigned calls;
    bool fails;
} copy;

bool block_copy(uint8_t *to, const uint8_t *from, size_t size, const uint8_t *probe)
{
    copy.from = from;
    copy.probe = probe;
    copy.size = size;
    copy.calls++;
    if (copy.fails)
        return false;
    memcpy(to, from, size);
    return true;
}

#define SCRIPT(...)                                                                        \
    do {                                                                                   \
        const struct answer a_[] = {__VA_ARGS__};                                          \
        memcpy(script, a_, sizeof a_);                                                     \
        n_script = N_OF(a_);                                                               \
        at_script = 0;                                                                     \
        expected_buf = buf;                                                                \
        expected_offset = 3 * UNIT;                                                        \
    } while (0)

static void assert_all_asked(void)
{
    assert_int_equal(at_script, n_script);
}

static const int errors[] = {EIO, ENOSPC, ENOMEM, EBADF, EFBIG, EDQUOT, EPERM, EAGAIN};

static void console(void **state)
{
    (void)state;
    SCRIPT({SYS_write, 10, -EINTR}, {SYS_write, 10, 4}, {SYS_write, 6, -EINTR}, {SYS_write, 6, 6});
    target_console_write((const char *)buf, 10);
    assert_all_asked();
    for (size_t i = 0; i < N_OF(errors); i++) {
        SCRIPT({SYS_write, 10, 4}, {SYS_write, 6, -errors[i]});
        target_console_write((const char *)buf, 10);
        assert_all_asked();
    }
    SCRIPT({SYS_write, 10, 0});
    target_console_write((const char *)buf, 10);
    assert_all_asked();
    /* A long one in pieces, each below the tender's limit: what is there is not looked at. */
    SCRIPT({SYS_write, 1 << 20, 1 << 20}, {SYS_write, 1 << 20, 9}, {SYS_write, 1 << 20, -EINTR},
            {SYS_write, 1 << 20, 1 << 20}, {SYS_write, 4, 4});
    target_console_write((const char *)buf, (2 << 20) + 13);
    assert_all_asked();
}

static solo5_result_t block(long nr, size_t size)
{
    solo5_result_t r = nr == SYS_pwrite64 ? target_block_write(DISK, 3 * UNIT, buf, size)
                                          : target_block_read(DISK, 3 * UNIT, buf, size);
    assert_all_asked();
    return r;
}

static void one_way(long nr)
{
    /* Interrupted, and in parts: whole blocks, and one of them not. */
    ext = (struct ext_info){.features = EXT_F_BLOCK_RANGE, .block_max = 4 * UNIT};
    SCRIPT({nr, 4 * UNIT, -EINTR}, {nr, 4 * UNIT, 2 * UNIT}, {nr, 4 * UNIT, 3 * UNIT + 100},
            {nr, 3 * UNIT, -EINTR}, {nr, 3 * UNIT, 3 * UNIT});
    assert_int_equal(block(nr, 8 * UNIT), SOLO5_R_OK);
    /* Less than a block is no progress. */
    SCRIPT({nr, 4 * UNIT, 4 * UNIT}, {nr, UNIT, UNIT - 1});
    assert_int_equal(block(nr, 5 * UNIT), SOLO5_R_EUNSPEC);
    SCRIPT({nr, 4 * UNIT, 0});
    assert_int_equal(block(nr, 5 * UNIT), SOLO5_R_EUNSPEC);
    for (size_t i = 0; i < N_OF(errors); i++) {
        SCRIPT({nr, 4 * UNIT, -errors[i]});
        assert_int_equal(block(nr, 8 * UNIT), SOLO5_R_EUNSPEC);
        SCRIPT({nr, 4 * UNIT, 4 * UNIT}, {nr, 4 * UNIT, -errors[i]});
        assert_int_equal(block(nr, 8 * UNIT), SOLO5_R_EUNSPEC);
    }
    /* A tender that takes one block at a time. */
    ext.features = 0;
    SCRIPT({nr, UNIT, UNIT}, {nr, UNIT, -EINTR}, {nr, UNIT, UNIT});
    assert_int_equal(block(nr, 2 * UNIT), SOLO5_R_OK);
    SCRIPT({nr, UNIT, UNIT}, {nr, UNIT, UNIT / 2});
    assert_int_equal(block(nr, 2 * UNIT), SOLO5_R_EUNSPEC);
}

static void blocks(void **state)
{
    (void)state;
    one_way(SYS_pread64);
    one_way(SYS_pwrite64);
}

static solo5_result_t read_at(uint64_t offset, size_t size)
{
    expected_offset = offset;
    copy.calls = 0;
    solo5_result_t r = target_block_read(DISK, offset, buf, size);
    assert_all_asked();
    return r;
}

/* Of a device of five pages and a block: which reads are copies. */
static void mapped(void **state)
{
    static uint8_t file[5 * 4096 + UNIT];
    struct mft_entry *e = (struct mft_entry *)(uintptr_t)&manifest->e[DISK];
    const struct {
        uint64_t offset;
        size_t size;
        uint64_t probe; /* 0: a system call */
    } rows[] = {
            {0, UNIT, 4096},
            {4096 - UNIT, UNIT, 4096},
            {4096 - UNIT, 2 * UNIT, 8192},
            {0, 4096, 4096},
            {UNIT, 4096, 8192},
            {0, 4096 + UNIT, 0},
            {4 * 4096 - UNIT, UNIT, 4 * 4096},
            {4 * 4096 - UNIT, 2 * UNIT, 0},
            {4 * 4096, UNIT, 0},
            {5 * 4096, UNIT, 0},
    };

    (void)state;
    e->u.block_basic.capacity = sizeof file;
    ext = (struct ext_info){.features = EXT_F_BLOCK_MAP | EXT_F_BLOCK_RANGE,
            .block_max = 16 * UNIT,
            .block_page = 4096,
            .block_map = {[DISK] = (uintptr_t)file}};
    maps = &ext;
    for (size_t i = 0; i < sizeof file; i++)
        file[i] = (uint8_t)(i % 251);
    for (size_t i = 0; i < N_OF(rows); i++) {
        long size = (long)rows[i].size;
        SCRIPT({SYS_pread64, rows[i].size, size});
        n_script = rows[i].probe == 0;
        assert_int_equal(read_at(rows[i].offset, rows[i].size), SOLO5_R_OK);
        if (copy.calls != (rows[i].probe != 0))
            fail_msg("row %zu", i);
        if (rows[i].probe == 0)
            continue;
        assert_ptr_equal(copy.from, file + rows[i].offset);
        assert_ptr_equal(copy.probe, file + rows[i].probe);
        assert_int_equal(copy.size, rows[i].size);
        assert_memory_equal(buf, file + rows[i].offset, rows[i].size);
    }
    /* What is not there, the host has, or says why not. */
    copy.fails = true;
    SCRIPT({SYS_pread64, UNIT, UNIT});
    assert_int_equal(read_at(0, UNIT), SOLO5_R_OK);
    SCRIPT({SYS_pread64, UNIT, 0});
    assert_int_equal(read_at(0, UNIT), SOLO5_R_EUNSPEC);
    assert_int_equal(copy.calls, 1);
    copy.fails = false;
    /* Writes are calls, and so are reads of a device that is not mapped. */
    SCRIPT({SYS_pwrite64, UNIT, UNIT});
    assert_int_equal(block(SYS_pwrite64, UNIT), SOLO5_R_OK);
    ext.block_map[DISK] = 0;
    SCRIPT({SYS_pread64, UNIT, UNIT});
    assert_int_equal(read_at(0, UNIT), SOLO5_R_OK);
    maps = NULL;
}

static void flush(void **state)
{
    (void)state;
    SCRIPT({SYS_fdatasync, 0, -EINTR}, {SYS_fdatasync, 0, -EINTR}, {SYS_fdatasync, 0, 0});
    assert_int_equal(target_block_flush(DISK), SOLO5_R_OK);
    for (size_t i = 0; i < N_OF(errors); i++) {
        SCRIPT({SYS_fdatasync, 0, -errors[i]});
        assert_int_equal(target_block_flush(DISK), SOLO5_R_EUNSPEC);
    }
}

static solo5_result_t net_write(size_t size)
{
    solo5_result_t r = target_net_write(NET, buf, size);
    assert_all_asked();
    return r;
}

static void net_writes(void **state)
{
    (void)state;
    ext.features = EXT_F_NET_FORGET;
    SCRIPT({SYS_write, 60, -EINTR}, {SYS_write, 60, 60});
    assert_int_equal(net_write(60), SOLO5_R_OK);
    SCRIPT({SYS_write, 60, 59});
    assert_int_equal(net_write(60), SOLO5_R_EUNSPEC);
    for (size_t i = 0; i < N_OF(errors); i++) {
        bool lost = errors[i] == EAGAIN || errors[i] == ENOMEM;
        SCRIPT({SYS_write, 60, -errors[i]});
        assert_int_equal(net_write(60), lost ? SOLO5_R_OK : SOLO5_R_EUNSPEC);
    }
    SCRIPT({SYS_write, 60, -ENOBUFS});
    assert_int_equal(net_write(60), SOLO5_R_OK);
    SCRIPT({SYS_write, 60, -EBADFD}, {SYS_epoll_ctl, 0, 0});
    assert_int_equal(net_write(60), SOLO5_R_EUNSPEC);
}

static solo5_result_t net_read(size_t *n)
{
    *n = 77;
    solo5_result_t r = target_net_read(NET, buf, 1514, n);
    assert_all_asked();
    return r;
}

static void net_reads(void **state)
{
    size_t n;

    (void)state;
    ext.features = EXT_F_NET_FORGET;
    SCRIPT({SYS_read, 1514, -EINTR}, {SYS_read, 1514, 60});
    assert_int_equal(net_read(&n), SOLO5_R_OK);
    assert_int_equal(n, 60);
    for (size_t i = 0; i < N_OF(errors); i++) {
        SCRIPT({SYS_read, 1514, -errors[i]});
        assert_int_equal(net_read(&n), errors[i] == EAGAIN ? SOLO5_R_AGAIN : SOLO5_R_EUNSPEC);
        assert_int_equal(n, 77);
    }
    SCRIPT({SYS_read, 1514, -EBADFD}, {SYS_epoll_ctl, 0, 0});
    assert_int_equal(net_read(&n), SOLO5_R_EUNSPEC);
    /* Nothing: the other end is gone, or the tender says that it may come back. */
    SCRIPT({SYS_read, 1514, 0}, {SYS_epoll_ctl, 0, 0});
    assert_int_equal(net_read(&n), SOLO5_R_EUNSPEC);
    SCRIPT({SYS_read, 1514, 0}, {SYS_epoll_ctl, 0, -EPERM});
    assert_int_equal(net_read(&n), SOLO5_R_AGAIN);
}

/* It may end early, with nothing. */
static void waits(void **state)
{
    (void)state;
    SCRIPT({SYS_timerfd_settime, 0, 0}, {SYS_epoll_pwait, 0, -EINTR}, {SYS_epoll_pwait, 0, 0});
    assert_int_equal(target_wait(5), 0);
    assert_all_asked();
    armed = 0;
    SCRIPT({SYS_timerfd_settime, 0, -EIO}, {SYS_epoll_pwait, 0, -EIO});
    assert_int_equal(target_wait(5), 0);
    assert_all_asked();
    armed = 0;
}

/* A wait that sets the timer or does not, and which is ended by the event with DATA. */
static void wait_once(solo5_time_t deadline, bool sets, uint64_t data)
{
    event_data = data;
    set_to = 0;
    SCRIPT({SYS_timerfd_settime, 0, 0}, {SYS_epoll_pwait, 0, 1});
    at_script = !sets;
    assert_int_equal(target_wait(deadline), data == NET ? 1 << NET : 0);
    assert_all_asked();
    if (sets)
        assert_int_equal(set_to, deadline < INT64_MAX ? deadline : INT64_MAX);
}

/* The timer is set once for many waits that frames end, and never too late. */
static void timer(void **state)
{
    (void)state;
    wait_once(UINT64_MAX, true, NET);
    wait_once(UINT64_MAX, false, NET);
    wait_once(INT64_MAX, false, NET);
    wait_once(5000000000, true, NET);
    wait_once(5000000000, false, NET);
    wait_once(5000000001, false, NET);
    wait_once(4999999999, true, NET);
    /* It has gone off, for a later deadline that waits again. */
    wait_once(6000000000, false, SPT_INTERNAL_TIMERFD);
    wait_once(6000000000, true, NET);
    /* So it has for a wait that only looked. */
    wait_once(0, false, SPT_INTERNAL_TIMERFD);
    wait_once(6000000000, true, NET);
    /* It must have gone off, as the guest knows. */
    latest = 5999999999;
    wait_once(7000000000, false, NET);
    latest = 6000000000;
    wait_once(6000000000, false, NET);
    wait_once(7000000000, true, NET);
    latest = armed = 0;
}

/* The vDSO's: a time for each clock, or an error. */
static int vdso_result;

static int fake_clock(int clock, struct guest_timespec *now)
{
    assert_in_range(clock, 0, 1);
    *now = (struct guest_timespec){.sec = 10 + clock, .nsec = 5};
    return vdso_result;
}

/* No system call where the vDSO answers; one where it doesn't, or isn't there. */
static void clocks(void **state)
{
    (void)state;
    vdso_clock = fake_clock;
    vdso_result = 0;
    SCRIPT({0, 0, 0});
    assert_int_equal(target_clock_wall(), 10000000005);
    assert_int_equal(target_clock_monotonic(), 11000000005);
    assert_int_equal(at_script, 0);
    vdso_result = -ENOSYS;
    SCRIPT({SYS_clock_gettime, 0, 0}, {SYS_clock_gettime, 0, 0});
    target_clock_wall();
    target_clock_monotonic();
    assert_all_asked();
    vdso_clock = NULL;
    SCRIPT({SYS_clock_gettime, 0, 0});
    target_clock_wall();
    assert_all_asked();
    latest = 0;
}

static struct spt_boot_info bi;

static int setup(void **state)
{
    static union {
        struct mft m;
        uint8_t room[sizeof(struct mft) + 3 * sizeof(struct mft_entry)];
    } space;
    struct mft *m = &space.m;
    struct target_boot boot;

    (void)state;
    m->entries = 3;
    m->e[NET].type = MFT_DEV_NET_BASIC;
    m->e[NET].b.hostfd = NET_FD;
    m->e[DISK].type = MFT_DEV_BLOCK_BASIC;
    m->e[DISK].b.hostfd = DISK_FD;
    m->e[DISK].u.block_basic.block_size = UNIT;
    bi = (struct spt_boot_info){.mft = m, .epollfd = EPOLL_FD, .timerfd = TIMER_FD};
    target_init(&bi, &boot);
    return 0;
}

/* The address is the tender's, and only looked at if it says that it is there. */
static void offered(void **state)
{
    struct target_boot boot;

    (void)state;
    ext = (struct ext_info){.features = ~EXT_F_CLOCK_VDSO, .clock_vdso = 7};
    target_init(&bi, &boot);
    assert_null(vdso_clock);
    ext = (struct ext_info){.features = EXT_F_CLOCK_VDSO, .clock_vdso = (uintptr_t)fake_clock};
    target_init(&bi, &boot);
    assert_true(vdso_clock == fake_clock);
    assert_null(maps);
    vdso_clock = NULL;
    ext = (struct ext_info){.features = EXT_F_BLOCK_MAP};
    target_init(&bi, &boot);
    assert_ptr_equal(maps, &ext);
    maps = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(console),
            cmocka_unit_test(blocks),
            cmocka_unit_test(mapped),
            cmocka_unit_test(flush),
            cmocka_unit_test(net_writes),
            cmocka_unit_test(net_reads),
            cmocka_unit_test(waits),
            cmocka_unit_test(timer),
            cmocka_unit_test(clocks),
            cmocka_unit_test(offered),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
