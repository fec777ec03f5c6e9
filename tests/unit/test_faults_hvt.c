/* SPDX-License-Identifier: ISC */
/*
 * solo5-hvt from its first line to its guest's end, with a scripted machine. Every call fails once,
 * in every way (faults.h).
 *
 * links: tenders/hvt/vhost.c
 * links: tenders/hvt/run.c tenders/hvt/hc_core.c tenders/hvt/ring.c tenders/hvt/hc_block.c
 * links: tenders/hvt/hc_net.c tenders/hvt/boot.c tenders/hvt/policy.c tenders/hvt/memmap.c
 * links: tenders/hvt/sigbus.c tenders/hvt/signals.c tenders/hvt/hooks_none.c
 * links: tenders/hvt/x86_64/pagetable.c tenders/common/guest_mem.c tenders/common/devices.c
 * links: tenders/common/attach_net.c tenders/common/attach_block.c tenders/common/ext.c
 * links: tenders/common/manifest.c tenders/common/image.c tenders/common/options.c
 * links: tenders/common/waitset.c tenders/common/sandbox.c tenders/common/filter.c
 * links: tenders/common/err.c
 * links: tenders/common/startup.c tenders/common/load.c tenders/common/pie.c
 * links: tests/unit/fake_vm.c tenders/common/block_map.c
 *
 * wraps: open fcntl ioctl fstat fstatfs lseek fdatasync getsockopt socketpair epoll_create1
 * wraps: epoll_ctl epoll_pwait timerfd_create timerfd_settime ppoll mmap mprotect madvise malloc
 * wraps: calloc realloc prctl personality sigaction sigaltstack close read write pread pwrite recv
 * wraps: getrandom syscall _exit
 */
#include "faults.h"

#include "fake_vm.h"
#include "walls.h"

int tender(int argc, char **argv);
#define main tender
#include "../../tenders/hvt/main.c"
#undef main

/* Not here: a script has no descriptors to keep. */
void walls_raise(struct walls *w, int *keep, size_t n)
{
    (void)keep, (void)n;
    *w = (struct walls){{0}};
}

void walls_raise_thread(void)
{
}

void walls_report(FILE *out, const char *prefix, const struct walls *w)
{
    (void)out, (void)prefix, (void)w;
}

/*
 * The guest: what it asks for, one call after the other.
 */

#define REQ 0x200000ULL
#define BUF 0x300000ULL
#define NET 1
#define DISK 2
#define BLOCKS 8192 /* too many for the mapping of the disk */
#define SMALL 512

static const struct vm *guest;

static uint8_t *at(uint64_t gpa)
{
    return guest->mem->host + gpa;
}

static struct vm_hypercall puts_ready(void)
{
    struct hvt_hc_puts r = {BUF, 6};

    memcpy(at(BUF), "ready\n", 6);
    memcpy(at(REQ), &r, sizeof r);
    return (struct vm_hypercall){HVT_HYPERCALL_PUTS, REQ};
}

static struct vm_hypercall write_blocks(void)
{
    struct hvt_hc_block_write r = {DISK, 512, BUF, BLOCKS, 77};

    memset(at(BUF), 'A', BLOCKS);
    memcpy(at(REQ), &r, sizeof r);
    return (struct vm_hypercall){HVT_HYPERCALL_BLOCK_WRITE, REQ};
}

static struct vm_hypercall read_size(uint64_t size)
{
    struct hvt_hc_block_read r = {DISK, 512, BUF, size, 77};

    memset(at(BUF), 'B', BLOCKS);
    memcpy(at(REQ), &r, sizeof r);
    return (struct vm_hypercall){HVT_HYPERCALL_BLOCK_READ, REQ};
}

static struct vm_hypercall read_blocks(void)
{
    return read_size(BLOCKS);
}

static struct vm_hypercall read_block(void)
{
    return read_size(SMALL);
}

static struct vm_hypercall flush_blocks(void)
{
    struct hvt_hc_block_flush r = {.handle = DISK, .ret = 77};

    memcpy(at(REQ), &r, sizeof r);
    return (struct vm_hypercall){HVT_HYPERCALL_BLOCK_FLUSH, REQ};
}

static struct vm_hypercall send_frame(void)
{
    struct hvt_hc_net_write r = {NET, BUF, FRAME_SIZE, 77};

    memset(at(BUF), 'G', FRAME_SIZE);
    memcpy(at(REQ), &r, sizeof r);
    return (struct vm_hypercall){HVT_HYPERCALL_NET_WRITE, REQ};
}

static struct vm_hypercall receive_frame(void)
{
    struct hvt_hc_net_read r = {NET, BUF, 1514, 77};

    memcpy(at(REQ), &r, sizeof r);
    return (struct vm_hypercall){HVT_HYPERCALL_NET_READ, REQ};
}

static struct vm_hypercall receive_batch(void)
{
    struct hvt_hc_net_batch r = {.handle = NET,
            .data = BUF,
            .len = 4096,
            .timeout_nsecs = 1000,
            .frame_max = 1514,
            .flags = HVT_NET_BATCH_WAIT,
            .ret = 77};

    memcpy(at(REQ), &r, sizeof r);
    return (struct vm_hypercall){HVT_HYPERCALL_NET_BATCH, REQ};
}

static struct vm_hypercall wait_a_little(void)
{
    struct hvt_hc_poll r = {.timeout_nsecs = 1000};

    memcpy(at(REQ), &r, sizeof r);
    return (struct vm_hypercall){HVT_HYPERCALL_POLL, REQ};
}

static struct vm_hypercall halt_7(void)
{
    struct hvt_hc_halt r = {.exit_status = 7};

    memcpy(at(REQ), &r, sizeof r);
    return (struct vm_hypercall){HVT_HYPERCALL_HALT, REQ};
}

/* In the child: a failure here is an exit status of its own. */
static void must(bool holds, int status)
{
    if (!holds)
        end(status);
}

static void wrote(void)
{
    struct hvt_hc_block_write r;

    memcpy(&r, at(REQ), sizeof r);
    faults->wrote = r.ret;
}

static void was_read(void)
{
    struct hvt_hc_block_read r;

    memcpy(&r, at(REQ), sizeof r);
    must(r.ret == SOLO5_R_OK || r.ret == SOLO5_R_EUNSPEC, 101);
    for (size_t i = 0; r.ret == SOLO5_R_OK && faults->wrote == SOLO5_R_OK && i < r.len; i++)
        must(at(BUF)[i] == 'A', 102);
}

static void flushed(void)
{
    struct hvt_hc_block_flush r;

    memcpy(&r, at(REQ), sizeof r);
    faults->flushed = r.ret;
}

static void sent(void)
{
    struct hvt_hc_net_write r;

    memcpy(&r, at(REQ), sizeof r);
    faults->sent = r.ret;
}

static void received(void)
{
    struct hvt_hc_net_read r;

    memcpy(&r, at(REQ), sizeof r);
    faults->received = r.ret;
    faults->received_size = (int)r.len;
    for (size_t i = 0; r.ret == SOLO5_R_OK && i < r.len; i++)
        must(at(BUF)[i] == 'F', 103);
}

/* The only frame, if the read before did not get it. */
static void received_batch(void)
{
    struct hvt_hc_net_batch r;
    struct hvt_net_frame head;

    memcpy(&r, at(REQ), sizeof r);
    must(r.ret == SOLO5_R_OK || r.ret == SOLO5_R_AGAIN || r.ret == SOLO5_R_EUNSPEC, 104);
    must(r.frames <= (faults->received != SOLO5_R_OK), 105);
    memcpy(&head, at(BUF), sizeof head);
    must(r.frames == 0 || head.len <= FRAME_SIZE, 106);
    for (size_t i = 0; r.frames > 0 && i < head.len; i++)
        must(at(BUF)[8 + i] == 'F', 107);
}

static const struct step {
    struct vm_hypercall (*ask)(void);
    void (*answered)(void);
} steps[] = {
        {puts_ready, NULL},
        {write_blocks, wrote},
        {read_blocks, was_read},
        {read_block, was_read},
        {flush_blocks, flushed},
        {send_frame, sent},
        {wait_a_little, NULL},
        {receive_frame, received},
        {receive_batch, received_batch},
        {wait_a_little, NULL},
        {halt_7, NULL},
};

static bool signing; /* the image knows signed addresses, and the machine can */

static bool told_of_signing(void)
{
    struct ext_info info;

    memcpy(&info, at(EXT_INFO_BASE), sizeof info);
    return (info.features & EXT_F_PAC) != 0;
}

static struct vm_hypercall next_step(const struct vm *vm)
{
    static size_t next;

    guest = vm;
    faults->running = true;
    must(vm->signs == signing && told_of_signing() == signing, 108);
    if (next > 0 && steps[next - 1].answered)
        steps[next - 1].answered();
    return steps[next++].ask();
}

/*
 * What must hold
 */

static bool is_result(int r)
{
    return r == -1 || r == SOLO5_R_OK || r == SOLO5_R_EUNSPEC;
}

/* What the guest was told is written, is. */
static void check_disk(void)
{
    char blocks[DISK_SIZE];

    assert_int_equal(__real_pread(DISK_FD, blocks, DISK_SIZE, 0), DISK_SIZE);
    for (size_t i = 0; i < DISK_SIZE; i++) {
        bool within = i >= 512 && i < 512 + BLOCKS;
        if (blocks[i] != 'A' && within && faults->wrote == SOLO5_R_OK)
            fail_msg("%sbyte %zu was not written", why(), i);
        if (blocks[i] != 0 && (!within || faults->wrote == -1))
            fail_msg("%sbyte %zu was written", why(), i);
    }
}

static bool is_transient(int error)
{
    return error == EAGAIN || error == ENOMEM;
}

/* A frame that was sent has come, unless the host was short of something. */
static void check_network(void)
{
    char frame[2048];
    ssize_t n = recv(host_net, frame, sizeof frame, MSG_DONTWAIT);

    if (faults->sent == SOLO5_R_OK && n != FRAME_SIZE && !is_transient(faults->error))
        fail_msg("%sthe frame did not come: %zd", why(), n);
    if (faults->received == SOLO5_R_OK && faults->received_size != FRAME_SIZE &&
            faults->error != SHORT)
        fail_msg("%sa frame of %d bytes", why(), faults->received_size);
}

/* Of the calls that a running tender makes, those that a signal can interrupt (signal(7)). */
static bool is_interruptible(const char *name)
{
    static const char *const names[] = {
            "read", "write", "pread", "pwrite", "fdatasync", "epoll_pwait", "ppoll"};

    for (size_t i = 0; i < N_OF(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The guest notices nothing. */
static void check_unnoticed(int status)
{
    if (status != 7 || faults->wrote != SOLO5_R_OK || faults->flushed != SOLO5_R_OK ||
            faults->sent != SOLO5_R_OK || faults->received != SOLO5_R_OK)
        fail_msg("%sstatus %d, results %d %d %d %d", why(), status, faults->wrote,
                faults->flushed, faults->sent, faults->received);
}

static void check(int status)
{
    check_end(status, "solo5-hvt: ");
    if (!is_result(faults->wrote) || !is_result(faults->flushed) || !is_result(faults->sent) ||
            !(is_result(faults->received) || faults->received == SOLO5_R_AGAIN))
        fail_msg("%sresults %d %d %d %d", why(), faults->wrote, faults->flushed, faults->sent,
                faults->received);
    check_disk();
    check_network();
    if (faults->failed_running && faults->error == EINTR && is_interruptible(faults->name))
        check_unnoticed(status);
}

static void nothing_fails(void **state)
{
    (void)state;
    int status = run_with((struct faults){0}, tender);
    check(status);
    check_unnoticed(status);
    assert_true(faults->calls > 40);
}

#define KNOWN (EXT_F_BLOCK_FLUSH | EXT_F_RANDOM | EXT_F_NET_BATCH)

static void run_signing(uint64_t known, bool machine, bool expected)
{
    fake_ext(&image, KNOWN | known, 0);
    assert_int_equal(__real_pwrite(IMAGE_FD, &image, FAKE_SIZE, 0), FAKE_SIZE);
    fake_vm.signs = machine;
    signing = expected;
    check_unnoticed(run_with((struct faults){0}, tender));
}

static void signing_is_settled(void **state)
{
    (void)state;
    run_signing(EXT_F_PAC, true, true);
    run_signing(EXT_F_PAC, false, false);
    run_signing(0, true, false);
    run_signing(0, false, false);
}

static void each_call_fails(void **state)
{
    (void)state;
    fail_all(tender, check);
}

/*
 * What opens something in between, and closes it again when it fails
 */

static int open_image(void)
{
    static struct options o = {.kernel = "/proc/self/fd/102"};
    struct manifest m;
    struct ext ext;
    struct elf elf;
    struct err err;

    if (startup_image(&elf, &m, &ext, TENDER_HVT, &o, &err) != 0)
        return -1;
    elf_free(&elf);
    __real_close(elf.fd);
    return 0;
}

static int open_disk(void)
{
    struct device disk = {.block_size = 512};
    struct err err;

    if (attach_block(&disk, "/proc/self/fd/101", &err) != 0)
        return -1;
    __real_close(disk.fd);
    return 0;
}

/* A new descriptor has the lowest number there is, and is a witness of those below. */
static int next_descriptor(void)
{
    int fd = __real_fcntl(0, F_DUPFD, NULL);

    __real_close(fd);
    return fd;
}

static void nothing_stays_open(void **state)
{
    int (*const parts[])(void) = {open_image, open_disk};

    (void)state;
    for (size_t i = 0; i < N_OF(parts); i++) {
        int before = next_descriptor();
        bool more = true;
        for (unsigned k = 1; more; k++) {
            *faults = (struct faults){.k = k, .error = EIO};
            armed = true;
            int r = parts[i]();
            armed = false;
            more = faults->calls >= k;
            if (next_descriptor() != before)
                fail_msg("part %zu, %sleft one open", i, why());
            if (!more)
                assert_int_equal(r, 0);
        }
        assert_true(faults->calls >= 3);
    }
}

static int setup(void **state)
{
    /* The ring has a thread: test_ring. */
    fake_vm = (struct fake_vm){.next = next_step, .no_kick = true};
    fake_make(&image);
    image.eh.e_machine = elf_host_machine();
    fake_ext(&image, KNOWN, 0);
    return faults_setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(nothing_fails),
            cmocka_unit_test(signing_is_settled),
            cmocka_unit_test(each_call_fails),
            cmocka_unit_test(nothing_stays_open),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
