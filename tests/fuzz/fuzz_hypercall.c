/* SPDX-License-Identifier: ISC */
/*
 * Hypercalls: an input is a list of calls with requests anywhere and anything in them. After
 * each, nothing has changed but the request's answer and the buffer that was asked for, and
 * a guest ends only for what it has done. Disks, what comes out of networks and of the
 * console, and what is read from them are what the requests say, byte for byte.
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

#define CALLS_MAX 64
#define FLUSH HVT_HYPERCALL_BLOCK_FLUSH
#define BATCH HVT_HYPERCALL_NET_BATCH

static const size_t sizes[] = {[HVT_HYPERCALL_WALLTIME] = 8, [HVT_HYPERCALL_PUTS] = 16,
        [HVT_HYPERCALL_POLL] = 24, [HVT_HYPERCALL_BLOCK_WRITE] = 40,
        [HVT_HYPERCALL_BLOCK_READ] = 40, [HVT_HYPERCALL_NET_WRITE] = 32,
        [HVT_HYPERCALL_NET_READ] = 32, [HVT_HYPERCALL_HALT] = 16, [FLUSH] = 16, [BATCH] = 56};

static bool answers(uint32_t nr)
{
    return nr != HVT_HYPERCALL_PUTS && nr != HVT_HYPERCALL_HALT;
}

static const uint8_t *console; /* what was written to it */

/* Small reads without a system call, of pages that are as small as all else. */
static void map_disks(bool on)
{
    const int handles[] = {DISK, DISK_RO};

    hvt.devices.maps.page = 512;
    for (size_t i = 0; i < 2; i++) {
        struct device *d = &hvt.devices.d[handles[i]];
        d->map = on ? disk[handles[i]] : NULL;
        d->mapped = on ? DISK_SIZE : 0;
    }
}

static bool net_is_gone; /* the tender may have taken it out of the wait */

/* How the host behaves from now on. No EAGAIN: the console would wait a second each time. */
static void next_host(struct input *in)
{
    const uint8_t most = next_byte(in);

    static const int errors[] = {0, EIO, ENOSPC, ENOMEM, EBADFD, EFAULT, ENOBUFS, EPIPE};

    /* Not byte by byte: that would be thousands of calls for one request. */
    fake_io = (struct fake_io){.most = most ? most * 4U + 61 : 0,
            .eintr = next_byte(in) & 3,
            .fail_after = next_byte(in),
            .fail_errno = errors[next_byte(in) & 7],
            .seen = check_call};
    net_is_gone |= fake_io.fail_errno == EBADFD;
}

/* A call that waits needs something to wait for. */
static uint64_t next_timeout(struct input *in)
{
    uint64_t timeout = next_number(in);

    if (net_is_gone)
        return timeout % 1000;
    if (timeout > 1000)
        send_frame(NET, 60);
    return timeout;
}

static void next_request(struct input *in, uint32_t nr, union hvt_request *req)
{
    memset(req, 0x77, sizeof *req);
    switch (nr) {
    case HVT_HYPERCALL_PUTS:
        req->puts.data = next_number(in);
        req->puts.len = next_number(in);
        break;
    case HVT_HYPERCALL_POLL:
        req->poll.timeout_nsecs = next_timeout(in);
        break;
    case HVT_HYPERCALL_HALT:
        req->halt.cookie = next_number(in);
        req->halt.exit_status = (int32_t)next_number(in);
        break;
    case HVT_HYPERCALL_NET_READ:
    case HVT_HYPERCALL_NET_WRITE:
        req->net_read.handle = next_byte(in) == 0xff ? next_raw(in) : next_byte(in) % 6;
        req->net_read.data = next_number(in);
        req->net_read.len = next_number(in);
        break;
    case BATCH:
        req->net_batch.handle = next_byte(in) == 0xff ? next_raw(in) : next_byte(in) % 6;
        req->net_batch.data = next_number(in);
        req->net_batch.len = next_number(in);
        req->net_batch.frame_max = (uint32_t)next_number(in);
        req->net_batch.flags = next_byte(in);
        if (req->net_batch.flags & HVT_NET_BATCH_WAIT)
            req->net_batch.timeout_nsecs = next_timeout(in);
        break;
    default:
        req->block_read.handle = next_byte(in) == 0xff ? next_raw(in) : next_byte(in) % 6;
        req->block_read.offset = next_number(in);
        req->block_read.data = next_number(in);
        req->block_read.len = next_number(in);
        break;
    }
}

static bool is_net(uint64_t handle)
{
    return handle == NET || handle == NET2;
}

/* One frame at least must fit. */
static bool is_batch(const struct hvt_hc_net_batch *b)
{
    return is_net(b->handle) && b->frame_max >= SOLO5_NET_HLEN &&
           b->len >= (8 + (uint64_t)b->frame_max + 7) / 8 * 8;
}

/* That devices are ready is heard at once, and exactly while they have something. */
static void check_ready(uint64_t ready)
{
    const int handles[] = {NET, NET2};

    MUST((ready & ~(1ULL << NET | 1ULL << NET2)) == 0);
    for (size_t i = 0; i < 2; i++) {
        const struct coming *c = &coming[handles[i]];
        bool is_ready = ready >> handles[i] & 1;

        MUST(is_ready == (c->n > 0) || (!is_ready && (net_is_gone || c->closed)));
    }
}

static bool is_disk(uint64_t handle)
{
    return handle == DISK || handle == DISK_RO;
}

static bool on_disk(const union hvt_request *r)
{
    return is_disk(r->block_read.handle) && r->block_read.offset < DISK_SIZE &&
           r->block_read.len <= DISK_SIZE - r->block_read.offset;
}

/* Must this call end the guest, as a buffer it will use is not its own? */
static bool is_bad_buffer(uint32_t nr, const union hvt_request *r)
{
    switch (nr) {
    case HVT_HYPERCALL_PUTS:
        return r->puts.len && !all_readable(r->puts.data, r->puts.len);
    case HVT_HYPERCALL_HALT:
        return r->halt.cookie && !all_readable(r->halt.cookie, HVT_HALT_COOKIE_MAX);
    case HVT_HYPERCALL_NET_WRITE:
        return is_net(r->net_write.handle) && r->net_write.len &&
               !all_readable(r->net_write.data, r->net_write.len);
    case HVT_HYPERCALL_NET_READ:
        return is_net(r->net_read.handle) && !all_writable(r->net_read.data, r->net_read.len);
    case BATCH:
        return is_batch(&r->net_batch) && !all_writable(r->net_batch.data, r->net_batch.len);
    case HVT_HYPERCALL_BLOCK_WRITE:
        return on_disk(r) && r->block_write.len &&
               !all_readable(r->block_write.data, r->block_write.len);
    case HVT_HYPERCALL_BLOCK_READ:
        return on_disk(r) && !all_writable(r->block_read.data, r->block_read.len);
    default:
        return false;
    }
}

static uint64_t batch_step(uint64_t size)
{
    return (8 + size + 7) / 8 * 8;
}

/* As many of the frames that are there as fit, each behind a header that says its length. */
static void want_frames(struct hvt_hc_net_batch *want, bool is_ready)
{
    uint8_t *p = in_picture(want->data, want->len);
    uint64_t used = 0, frame_max = want->frame_max;

    want->ret = SOLO5_R_OK;
    while (is_ready && want->frames < HVT_NET_BATCH_MAX &&
            want->len - used >= batch_step(frame_max)) {
        long n = take_frame(want->handle, p + used + 8, frame_max);
        if (n < 0 || (n == 0 && want->handle == NET2)) {
            want->ret = n < 0 ? SOLO5_R_AGAIN : SOLO5_R_EUNSPEC;
            break;
        }
        memcpy(p + used, (uint32_t[2]){(uint32_t)n}, 8);
        used += batch_step((uint64_t)n);
        want->frames++;
    }
    want->len = used;
}

static void check_batch(const struct hvt_hc_net_batch *is, struct hvt_hc_net_batch *want)
{
    const bool waits = want->flags & HVT_NET_BATCH_WAIT;

    want->ready_set = 0;
    want->frames = 0;
    want->ret = SOLO5_R_EINVAL;
    if (!is_batch(want))
        return;
    if (waits) {
        check_ready(is->ready_set);
        want->ready_set = is->ready_set;
    }
    want_frames(want, !waits || (is->ready_set >> want->handle & 1));
}

static void want_net_read(struct hvt_hc_net_read *want)
{
    want->ret = SOLO5_R_EINVAL;
    if (is_net(want->handle))
        want->ret = want_read(want->handle, in_picture(want->data, want->len), &want->len);
}

/* How many bytes of a write the disk has: where it differs, there is what was before. */
static uint64_t written(const struct hvt_hc_block_write *w, const uint8_t *bytes)
{
    uint64_t n = 0;

    MUST(fake_io.fail_after); /* no other reason to fail */
    while (n < w->len && disk[DISK][w->offset + n] == bytes[n])
        n++;
    return n;
}

/* All of it is where it belongs if the guest was told so, else its beginning. */
static void check_write(const struct hvt_hc_block_write *is)
{
    const uint8_t *bytes = in_picture(is->data, is->len);

    if (is->handle == DISK_RO)
        MUST(is->ret == SOLO5_R_EUNSPEC);
    else
        memcpy(disk_now + is->offset, bytes,
                is->ret == SOLO5_R_OK ? is->len : written(is, bytes));
}

/* The network may lose a frame, if it has no room for it. */
static bool may_lose(void)
{
    return fake_io.fail_after && (fake_io.fail_errno == ENOMEM || fake_io.fail_errno == ENOBUFS);
}

/* The frame came out as it is; cut by the host, or not at all, if the guest was told so. */
static void check_sent(const struct hvt_hc_net_write *is)
{
    const uint8_t *bytes;
    long n = next_sent((int)is->handle, &bytes);

    MUST(n < 0 || (uint64_t)n <= is->len);
    MUST(n < 0 || memcmp(bytes, in_picture(is->data, is->len), (size_t)n) == 0);
    if (is->ret == SOLO5_R_OK)
        MUST(n < 0 ? may_lose() : (uint64_t)n == is->len);
    else
        MUST(n < 0 ? fake_io.fail_after > 0 : fake_io.most == (size_t)n);
}

/* The answer differs from the request in OUT fields only, and is one that there is. */
static void check_answer(uint32_t nr, const union hvt_request *was, const union hvt_request *is)
{
    union hvt_request want = *was;

    switch (nr) {
    case HVT_HYPERCALL_WALLTIME:
        MUST(is->walltime.nsecs > 1000000000);
        return;
    case HVT_HYPERCALL_POLL:
        MUST(is->poll.ret == __builtin_popcountll(is->poll.ready_set));
        check_ready(is->poll.ready_set);
        MUST(is->poll.timeout_nsecs == was->poll.timeout_nsecs);
        return;
    case HVT_HYPERCALL_NET_READ:
        want_net_read(&want.net_read);
        break;
    case HVT_HYPERCALL_NET_WRITE:
        MUST(is->net_write.ret == 0 || is->net_write.ret == 2 || is->net_write.ret == 3);
        MUST((is->net_write.ret == SOLO5_R_EINVAL) ==
                (!is_net(was->net_write.handle) || was->net_write.len < SOLO5_NET_HLEN));
        want.net_write.ret = is->net_write.ret;
        break;
    case BATCH:
        check_batch(&is->net_batch, &want.net_batch);
        break;
    case FLUSH:
        MUST(is->block_flush.ret == 0 || is->block_flush.ret == 2 || is->block_flush.ret == 3);
        MUST((is->block_flush.ret == SOLO5_R_EINVAL) == !is_disk(was->block_flush.handle));
        MUST(is->block_flush.ret != SOLO5_R_EUNSPEC || fake_io.fail_after);
        want.block_flush.ret = is->block_flush.ret;
        break;
    default:
        MUST(is->block_read.ret == 0 || is->block_read.ret == 2 || is->block_read.ret == 3);
        MUST((is->block_read.ret == SOLO5_R_EINVAL) == !on_disk(was));
        want.block_read.ret = is->block_read.ret;
        break;
    }
    MUST(memcmp(&want, is, sizes[nr]) == 0);
    if (nr == HVT_HYPERCALL_NET_WRITE && is->net_write.ret != SOLO5_R_EINVAL)
        check_sent(&is->net_write);
    if (nr == HVT_HYPERCALL_BLOCK_WRITE && is->block_write.ret != SOLO5_R_EINVAL)
        check_write(&is->block_write);
}

/* Whatever system calls do: it needs none. */
static bool is_mapped(const struct hvt_hc_block_read *b)
{
    return hvt.devices.d[b->handle].map && b->len > 0 && b->len % 8 == 0 &&
           b->len <= BLOCK_MAP_READ_MAX && (b->offset + b->len + 511) / 512 * 512 < DISK_SIZE;
}

/* What a read may have written, and that it is what the disk has. */
static void check_data(uint32_t nr, const union hvt_request *r, uint64_t gpa)
{
    const struct hvt_hc_block_read *b = &r->block_read;
    bool apart = gpa + 40 <= b->data || b->data + b->len <= gpa;

    if (nr != HVT_HYPERCALL_BLOCK_READ || !on_disk(r))
        return;
    may_change(b->data, b->len);
    struct hvt_hc_block_read is;
    memcpy(&is, memory + gpa, 40);
    if (is_mapped(b))
        MUST(is.ret == SOLO5_R_OK || !apart);
    if (apart && b->len && is.ret == SOLO5_R_OK)
        MUST(memcmp(memory + b->data, disk[b->handle] + b->offset, b->len) == 0);
}

/* The console has all of it, if it took all. */
static void check_puts(const struct hvt_hc_puts *p)
{
    off_t n = lseek(hvt.console, 0, SEEK_CUR);

    MUST(n >= 0 && (uint64_t)n <= p->len);
    MUST((uint64_t)n == p->len || fake_io.fail_after);
    MUST(memcmp(console, in_picture(p->data, p->len), (size_t)n) == 0);
    lseek(hvt.console, 0, SEEK_SET);
}

static void check_lived(uint32_t nr, const union hvt_request *was, uint64_t gpa)
{
    union hvt_request is;

    check_data(nr, was, gpa);
    if (nr == HVT_HYPERCALL_PUTS)
        check_puts(&was->puts);
    if (answers(nr)) {
        memcpy(&is, memory + gpa, sizes[nr]);
        check_answer(nr, was, &is);
        may_change(gpa, sizes[nr]);
    }
}

static void check_nothing_else_sent(void)
{
    const uint8_t *bytes;

    MUST(next_sent(NET, &bytes) < 0 && next_sent(NET2, &bytes) < 0);
    MUST(lseek(hvt.console, 0, SEEK_CUR) == 0);
}

/* Returns whether the guest goes on. */
static bool next_call(struct input *in)
{
    uint8_t which = next_byte(in);
    struct vm_hypercall call = {.nr = which == 0xff ? (uint32_t)next_raw(in) : which % 18};
    size_t size = call.nr < sizeof sizes / sizeof sizes[0] ? sizes[call.nr] : 0;
    bool readable, writable;
    union hvt_request req;

    call.gpa = next_number(in);
    next_request(in, call.nr, &req);
    readable = all_readable(call.gpa, size);
    writable = all_writable(call.gpa, size);
    if (readable && writable)
        memcpy(memory + call.gpa, &req, size);
    else if (readable) /* code that was there before the guest ran */
        memcpy(&req, memory + call.gpa, size);
    take_picture();

    fake_vm = (struct fake_vm){.calls = &call, .n = 1};
    fake_io.seen = check_call;
    int status = hvt_run(&hvt, &err);
    fake_io.seen = NULL;

    bool known = size > 0;
    bool dies = !known || !readable || (answers(call.nr) && !writable) ||
                is_bad_buffer(call.nr, &req);
    bool halts = !dies && call.nr == HVT_HYPERCALL_HALT;
    bool lived = status == -1 && strcmp(err.text, SCRIPT_OVER) == 0;
    MUST(halts ? status == (req.halt.exit_status & 0xff) : status == -1);
    MUST(lived == (!dies && !halts));
    MUST(lived || halts || strncmp(err.text, "Invalid guest ", 14) == 0);
    if (lived)
        check_lived(call.nr, &req, call.gpa);
    check_picture();
    check_disks();
    check_nothing_else_sent();
    return lived;
}

static void open_console(void)
{
    hvt.console = memfd_create("console", MFD_CLOEXEC);
    MUST(hvt.console >= 0 && ftruncate(hvt.console, SIZE) == 0);
    console = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, hvt.console, 0);
    MUST(console != MAP_FAILED);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct input in = {bytes, n};
    static bool open_already;

    if (!open_already) {
        guest_open();
        open_console();
        open_already = true;
    }
    uint8_t flags = next_byte(&in);
    guest_reset(flags & 1);
    map_disks(flags & 2);
    net_is_gone = false;
    next_host(&in);
    for (unsigned i = 0; i < CALLS_MAX && in.left > 0; i++) {
        uint8_t what = next_byte(&in);
        if (what >= 0xf0)
            next_host(&in);
        else if (what >= 0xc0)
            send_frame(what & 1 ? NET : NET2, next_byte(&in) * 8U);
        else if (!next_call(&in))
            break;
    }
    fake_io = (struct fake_io){0};
    return 0;
}
