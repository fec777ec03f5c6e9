/* SPDX-License-Identifier: ISC */
/*
 * hvt/target.c: a virtual machine under solo5-hvt.
 *
 * Requests are static: they have to lie below 4 GiB, wherever the stack is. Nothing
 * runs at the same time as the guest, so one of each is enough.
 */
#include "arch.h"
#include "batch.h"
#include "clock.h"
#include "elf_abi.h"
#include "hypercall.h"
#include "hvt/known.h"
#include "ring.h"
#include "target.h"
#include "vhost.h"

SOLO5_INTERP_DECLARE();
NOT_OPENBSD_NOTE_DECLARE();
ABI1_NOTE_DECLARE(HVT_ABI_TARGET, HVT_ABI_VERSION);
EXT_DECLARE(EXT_KNOWN);

_Static_assert(EXT_KNOWN == (EXT_F_BLOCK_RANGE | EXT_F_BLOCK_FLUSH | EXT_F_RANDOM |
                                    EXT_F_LARGE_MEMORY | EXT_F_NET_BATCH | EXT_F_NET_VHOST),
        "known.h");

/* What is rare is on its own, so that what is not needs no stack. */
#define RARE __attribute__((noinline, cold))

static const struct hvt_boot_info *boot_info;
static struct clock_scale scale;
static bool counter_steady;
static struct hvt_ring *ring; /* NULL: there is none */
static solo5_handle_set_t vhost; /* devices whose frames go that way: all, or none */
static struct hvt_ring *kick_ring; /* then the ring, if any, has only kicks */

/*
 * Tenders up to release 0.12.1 take a buffer that ends exactly at the end of memory
 * for one that exceeds it. Such a buffer goes through this one, which holds the
 * largest frame and any block.
 */
static uint8_t bounce[65535 + SOLO5_NET_HLEN + 1];

static bool ends_at_top(const void *buf, size_t size)
{
    return (uintptr_t)buf + size == boot_info->mem_size;
}

/* Where the tender may read what is in BUF; SIZE fits the bounce buffer. */
static const void *data_out(const void *buf, size_t size)
{
    return ends_at_top(buf, size) ? memcpy(bounce, buf, size) : buf;
}

/* Where the tender may put what is for BUF; SIZE fits the bounce buffer. */
static void *data_in(void *buf, size_t size)
{
    return ends_at_top(buf, size) ? bounce : buf;
}

/* To the host's kernel: past the tender, if it has no ring. */
static void vhost_kick(solo5_handle_t handle)
{
    if (!kick_ring)
        ring_kick((uint32_t)handle);
    else if (ring_put_kick(kick_ring, handle))
        ring_kick(0);
}

static void start_vhost(const struct mft *m)
{
    const struct ext_info *info = ext_find(EXT_F_NET_VHOST, EXT_END(net_vhost));

    if (!info)
        return;
    kick_ring = ring;
    ring = NULL;
    vhost = vhost_start(m, info->net_vhost);
    for (solo5_handle_t i = 0; i < MFT_MAX_ENTRIES; i++)
        if (vhost >> i & 1)
            vhost_kick(i);
}

void target_init(const void *info, struct target_boot *boot)
{
    hypercall_init();
    cpu_init();
    boot_info = info;
    scale = clock_scale(boot_info->cpu_cycle_freq);
    counter_steady = arch_cycles_steady();
    ring = ring_offered(boot_info);
    *boot = (struct target_boot){
            .mem_size = boot_info->mem_size,
            .cmdline = (const char *)boot_info->cmdline,
            .manifest = (const struct mft *)boot_info->mft,
    };
    start_vhost(boot->manifest);
}

void target_report(void)
{
    log_at(LOG_DEBUG, "Solo5: tscclock_init(): tsc_freq=%lu tsc_mult=%lu tsc_shift=%u\n",
            boot_info->cpu_cycle_freq, scale.mult, scale.shift);
}

/* The counter is taken twice: how long a hypercall takes is noise too. */
void target_entropy(uint64_t word[TARGET_ENTROPY_WORDS])
{
    word[0] = arch_cycles();
    word[1] = target_clock_wall();
    word[2] = arch_cycles();
    word[3] = 0;
    arch_random(&word[3]);
}

/*
 * Let the tender take what is in the ring: before a frame goes past it, and before the
 * end. A tender of ours has taken it all when the first POLL returns, which does not wait.
 * Those of releases 0.11 and 0.12 leave it to their thread, which needs a CPU, perhaps the
 * one that the guest would wait on by spinning: so sleep. It is bounded, by 10 ms and more
 * if no device is ready: a frame that overtakes others does less harm than a guest that
 * hangs because its tender's thread does.
 */
#define SETTLE_TRIES 200
#define SETTLE_NS 50000

static void settle(void)
{
    static struct hvt_hc_poll req;

    for (unsigned i = 0; i < SETTLE_TRIES && !ring_is_empty(ring); i++) {
        req = (struct hvt_hc_poll){.timeout_nsecs = i == 0 ? 0 : SETTLE_NS};
        hypercall(HVT_HYPERCALL_POLL, &req);
    }
}

/*
 * Wait until at most LEFT frames of a device are under way. The kernel's thread sends them if it
 * gets a CPU; what it is not done with after a second is given up.
 */
#define VHOST_TRIES 100
#define VHOST_NS 10000000

static void vhost_settle(solo5_handle_t handle, unsigned left)
{
    static struct hvt_hc_poll req;

    for (unsigned i = 0; i < VHOST_TRIES; i++) {
        vhost_listen_sent(handle, left);
        if (vhost_under_way(handle) <= left)
            break;
        req = (struct hvt_hc_poll){.timeout_nsecs = VHOST_NS};
        hypercall(HVT_HYPERCALL_POLL, &req);
    }
}

/* Nothing of what the guest has sent is left behind. */
static void settle_all(void)
{
    if (ring)
        settle();
    for (solo5_handle_t i = 0; i < MFT_MAX_ENTRIES; i++)
        if (vhost >> i & 1)
            vhost_settle(i, 0);
}

/* A trap on the way, by state that the guest has spoiled, comes here again. */
void target_exit(int status, const void *cookie)
{
    static struct hvt_hc_halt req;
    static bool ending;

    if (!ending) {
        ending = true;
        settle_all();
    }
    req = (struct hvt_hc_halt){.cookie = (hvt_gpa_t)cookie, .exit_status = status};
    hypercall(HVT_HYPERCALL_HALT, &req);
    for (;;)
        arch_relax();
}

static void console_put(const void *data, size_t size)
{
    static struct hvt_hc_puts req;

    req = (struct hvt_hc_puts){.data = (hvt_gpa_t)data, .len = size};
    hypercall(HVT_HYPERCALL_PUTS, &req);
}

void target_console_write(const char *buf, size_t size)
{
    if (!ends_at_top(buf, size)) {
        console_put(buf, size);
        return;
    }
    /* Any length: only the last byte has to go another way. */
    if (size > 1)
        console_put(buf, size - 1);
    console_put(data_out(buf + size - 1, 1), 1);
}

/* One CPU's counter does not go back, but a virtual machine may change CPUs. */
solo5_time_t target_clock_monotonic(void)
{
    static uint64_t latest;
    uint64_t now = clock_ns(&scale, arch_cycles());

    if (now > latest)
        latest = now;
    return latest;
}

bool target_reached(solo5_time_t deadline)
{
    return target_clock_monotonic() >= deadline;
}

solo5_time_t target_clock_wall(void)
{
    static struct hvt_hc_walltime req;
    static struct clock_wall wall;
    uint64_t now = arch_cycles();

    if (!counter_steady || !clock_wall_holds(&wall, now)) {
        uint64_t before = now;
        hypercall(HVT_HYPERCALL_WALLTIME, &req);
        now = arch_cycles();
        clock_wall_learn(&wall, boot_info->cpu_cycle_freq, before, req.nsecs, now);
    }
    return clock_wall_tell(&wall, &scale, now);
}

static solo5_time_t time_left(solo5_time_t deadline)
{
    solo5_time_t now = target_clock_monotonic();

    return deadline > now ? deadline - now : 0;
}

static solo5_handle_set_t wait_for_any(solo5_time_t ns)
{
    static struct hvt_hc_poll req;

    req = (struct hvt_hc_poll){.timeout_nsecs = ns};
    hypercall(HVT_HYPERCALL_POLL, &req);
    return req.ret > 0 ? req.ready_set : 0;
}

/* Returns which devices are ready, if it WAITs for that. */
static solo5_handle_set_t fetch(bool wait, solo5_time_t ns)
{
    static struct hvt_hc_net_batch req;

    batch_ask(&req);
    req.flags = wait ? HVT_NET_BATCH_WAIT : 0;
    req.timeout_nsecs = ns;
    hypercall(HVT_HYPERCALL_NET_BATCH, &req);
    batch_answered(&req);
    return req.ready_set;
}

/* Returns which devices are ready beside those with frames HERE. */
static solo5_handle_set_t ask(solo5_handle_set_t here, solo5_time_t deadline)
{
    if (here != 0)
        return wait_for_any(0);
    solo5_time_t ns = time_left(deadline);

    return batch_has_owner() ? fetch(true, ns) : wait_for_any(ns);
}

/* POLL tells that the kernel has notified, which may have been of what is known already. */
static solo5_handle_set_t vhost_wait(solo5_time_t deadline)
{
    solo5_handle_set_t ready = vhost_ready();

    if (ready != 0)
        return ready;
    vhost_listen();
    ready = vhost_ready();
    if (ready != 0)
        return ready;
    wait_for_any(time_left(deadline));
    return vhost_ready();
}

/* Frames that are here make their device ready. What others there are, the tender knows. */
solo5_handle_set_t target_wait(solo5_time_t deadline)
{
    solo5_handle_set_t here = batch_ready();

    if (here != 0 && (here == manifest_attached[MFT_DEV_NET_BASIC] ||
                             batch_is_answer(target_clock_monotonic())))
        return here;
    if (vhost)
        return vhost_wait(deadline);
    solo5_handle_set_t ready = here | ask(here, deadline);

    /* Without frames here nothing is kept of what was told: they may come by a read. */
    if (batch_ready() != 0)
        batch_asked(ready, target_clock_monotonic());
    else
        batch_doubt();
    return ready;
}

/* Only solo5_net_read() has a use for AGAIN. */
static solo5_result_t result(int32_t ret)
{
    if (__builtin_expect(ret == SOLO5_R_OK, true))
        return SOLO5_R_OK;
    return ret == SOLO5_R_EINVAL ? SOLO5_R_EINVAL : SOLO5_R_EUNSPEC;
}

static solo5_result_t block_write(solo5_handle_t handle, solo5_off_t offset,
        const void *data, size_t size)
{
    static struct hvt_hc_block_write req;

    req = (struct hvt_hc_block_write){
            .handle = handle, .offset = offset, .data = (hvt_gpa_t)data, .len = size};
    hypercall(HVT_HYPERCALL_BLOCK_WRITE, &req);
    return result(req.ret);
}

static solo5_result_t block_read(solo5_handle_t handle, solo5_off_t offset, void *data,
        size_t size)
{
    static struct hvt_hc_block_read req;

    req = (struct hvt_hc_block_read){
            .handle = handle, .offset = offset, .data = (hvt_gpa_t)data, .len = size};
    hypercall(HVT_HYPERCALL_BLOCK_READ, &req);
    return result(req.ret);
}

/* How much of what ends at the top goes without the bounce buffer: all but the last block. */
static size_t block_direct(solo5_handle_t handle, size_t size)
{
    return size - manifest_get(handle, MFT_DEV_BLOCK_BASIC)->u.block_basic.block_size;
}

static RARE solo5_result_t block_write_top(solo5_handle_t handle, solo5_off_t offset,
        const uint8_t *buf, size_t size)
{
    size_t direct = block_direct(handle, size), rest = size - direct;
    solo5_result_t r = SOLO5_R_OK;

    if (direct > 0)
        r = block_write(handle, offset, buf, direct);
    if (r == SOLO5_R_OK)
        r = block_write(handle, offset + direct, data_out(buf + direct, rest), rest);
    return r;
}

static RARE solo5_result_t block_read_top(solo5_handle_t handle, solo5_off_t offset,
        uint8_t *buf, size_t size)
{
    size_t direct = block_direct(handle, size), rest = size - direct;
    solo5_result_t r = SOLO5_R_OK;

    if (direct > 0)
        r = block_read(handle, offset, buf, direct);
    if (r == SOLO5_R_OK)
        r = block_read(handle, offset + direct, bounce, rest);
    if (r == SOLO5_R_OK)
        memcpy(buf + direct, bounce, rest);
    return r;
}

solo5_result_t target_block_write(solo5_handle_t handle, solo5_off_t offset,
        const uint8_t *buf, size_t size)
{
    return ends_at_top(buf, size) ? block_write_top(handle, offset, buf, size)
                                  : block_write(handle, offset, buf, size);
}

solo5_result_t target_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf,
        size_t size)
{
    return ends_at_top(buf, size) ? block_read_top(handle, offset, buf, size)
                                  : block_read(handle, offset, buf, size);
}

solo5_result_t target_block_flush(solo5_handle_t handle)
{
    static struct hvt_hc_block_flush req;

    req = (struct hvt_hc_block_flush){.handle = handle};
    hypercall(HVT_HYPERCALL_BLOCK_FLUSH, &req);
    return result(req.ret);
}

static solo5_result_t net_write(solo5_handle_t handle, const uint8_t *buf, size_t size)
{
    static struct hvt_hc_net_write req;

    req = (struct hvt_hc_net_write){
            .handle = handle, .data = (hvt_gpa_t)data_out(buf, size), .len = size};
    hypercall(HVT_HYPERCALL_NET_WRITE, &req);
    return result(req.ret);
}

/*
 * Without room, what is half of the queue is waited for; who gets none then, is lost, and so are
 * all others without a wait until there is room again.
 */
static solo5_result_t vhost_write(solo5_handle_t handle, const uint8_t *buf, size_t size)
{
    static solo5_handle_set_t stuck;
    solo5_handle_set_t own = UINT64_C(1) << handle;
    bool kick, sent = vhost_put(handle, buf, size, &kick);

    if (!sent && !(stuck & own)) {
        vhost_settle(handle, EXT_VRING_SLOTS / 2);
        sent = vhost_put(handle, buf, size, &kick);
    }
    stuck = sent ? stuck & ~own : stuck | own;
    if (kick)
        vhost_kick(handle);
    return SOLO5_R_OK;
}

/*
 * The ring has room for the common frame. What becomes of it there, nobody says: an
 * interface that is down or gone loses frames like a network does.
 */
solo5_result_t target_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size)
{
    if (!ring)
        return vhost ? vhost_write(handle, buf, size) : net_write(handle, buf, size);
    if (size > RING_FRAME_MAX || !ring_has_room(ring)) {
        settle();
        if (size > RING_FRAME_MAX || !ring_has_room(ring))
            return net_write(handle, buf, size);
    }
    if (ring_put(ring, handle, buf, size))
        ring_kick(0);
    return SOLO5_R_OK;
}

static solo5_result_t read_result(int32_t ret)
{
    return ret == SOLO5_R_AGAIN ? SOLO5_R_AGAIN : result(ret);
}

/*
 * Never through the ring: its answer would have to be waited for by spinning, while
 * the tender's thread may need this very CPU. The hypercall has it when it returns.
 */
static solo5_result_t net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
        size_t *read_size)
{
    static struct hvt_hc_net_read req;

    /* A larger buffer than any frame need not be offered to its end. */
    if (size > sizeof bounce)
        size = sizeof bounce;
    uint8_t *data = data_in(buf, size);
    req = (struct hvt_hc_net_read){.handle = handle, .data = (hvt_gpa_t)data, .len = size};
    hypercall(HVT_HYPERCALL_NET_READ, &req);
    if (req.ret != SOLO5_R_OK)
        return read_result(req.ret);
    if (data != buf)
        memcpy(buf, data, req.len);
    *read_size = req.len;
    return SOLO5_R_OK;
}

/* Does the tender know of it, and is the buffer free for this device? */
static bool can_fetch(solo5_handle_t handle)
{
    return batch_is_owner(handle) ||
            (ext_has(EXT_F_NET_BATCH) &&
                    batch_own(handle,
                            manifest_get(handle, MFT_DEV_NET_BASIC)->u.net_basic.mtu));
}

static solo5_result_t vhost_read(solo5_handle_t handle, uint8_t *buf, size_t size,
        size_t *read_size)
{
    bool kick;
    int32_t ret = vhost_take(handle, buf, size, read_size, &kick);

    if (kick)
        vhost_kick(handle);
    return (solo5_result_t)ret;
}

/* Apart, so that a frame that is here needs none of the registers that this one saves. */
static __attribute__((noinline)) solo5_result_t net_read_anew(solo5_handle_t handle,
        uint8_t *buf, size_t size, size_t *read_size)
{
    if (vhost)
        return vhost_read(handle, buf, size, read_size);
    if (!can_fetch(handle)) {
        solo5_result_t r = net_read(handle, buf, size, read_size);
        if (r != SOLO5_R_AGAIN)
            batch_doubt();
        return r;
    }
    if (batch_is_used_up())
        fetch(false, 0);
    return read_result(batch_take(buf, size, read_size));
}

solo5_result_t target_net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
        size_t *read_size)
{
    if (batch_has_frame(handle))
        return read_result(batch_take_frame(buf, size, read_size));
    return net_read_anew(handle, buf, size, read_size);
}

solo5_result_t target_set_tls_base(uintptr_t base)
{
    return hvt_set_tls_base(base);
}
