/* SPDX-License-Identifier: ISC */
/*
 * What a guest of solo5-spt may ask of the kernel beyond the interface, by asking: a child
 * installs the policy and makes the call.
 *
 * links: tenders/spt/policy.c tenders/common/sandbox.c tenders/common/filter.c
 * links: tenders/common/devices.c
 * links: tenders/common/attach_net.c tenders/common/attach_block.c
 * links: tenders/common/manifest.c tenders/common/image.c tenders/common/options.c
 * links: tenders/common/waitset.c tenders/common/err.c
 */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../tenders/spt/spt.h"
#include "spt_abi.h"

enum { DISK = 1, RO_DISK, TAP, CONNECTED, DATAGRAMS, DEVICES };

static struct spt spt;
static struct err err;

/* Not of interest here. */
void policy_cpu(struct sandbox *sb)
{
    (void)sb;
}

void signals_rows(struct sandbox *sb)
{
    (void)sb;
}

static int fd_of(int device)
{
    return spt.devices.d[device].fd;
}

/* 0 or the error of the call, made by a child under the policy; 1000 + what killed it. */
static int ask(long nr, long a, long b, long c, long d)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        static struct sock_filter code[SANDBOX_CODE_MAX];
        struct sandbox_filter f;
        if (policy_make(&spt, code, &f, &err) != 0 || sandbox_start(&f, &err) != 0)
            syscall(SYS_exit_group, 77);
        long r = syscall(nr, a, b, c, d);
        syscall(SYS_exit_group, r < 0 ? errno : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define KILLED (1000 + SIGSYS)

static int flush(int device)
{
    return ask(SYS_fdatasync, fd_of(device), 0, 0, 0);
}

static int forget(int device)
{
    return ask(SYS_epoll_ctl, spt.waitset.epollfd, EPOLL_CTL_DEL, fd_of(device), 0);
}

/* An image that says nothing gets what the interface has. */
static void undeclared(void **state)
{
    (void)state;
    for (int i = 1; i < DEVICES; i++) {
        spt.ext.features = ~EXT_F_BLOCK_FLUSH;
        assert_int_equal(flush(i), KILLED);
        spt.ext.features = ~EXT_F_NET_FORGET;
        assert_int_equal(forget(i), KILLED);
    }
}

static void flushes(void **state)
{
    (void)state;
    spt.ext.features = EXT_F_BLOCK_FLUSH;
    assert_int_equal(flush(DISK), 0);
    /* A pipe, which can't be flushed: it is not tried. */
    assert_int_equal(flush(RO_DISK), 0);
    for (int i = TAP; i < DEVICES; i++)
        assert_int_equal(flush(i), KILLED);
    assert_int_equal(ask(SYS_fdatasync, 1, 0, 0, 0), KILLED);
}

/* Only devices that are gone for good when there is nothing to read. */
static void forgets(void **state)
{
    struct epoll_event ev = {.events = EPOLLIN};

    (void)state;
    spt.ext.features = EXT_F_NET_FORGET;
    assert_int_equal(forget(TAP), 0);
    assert_int_equal(forget(CONNECTED), 0);
    assert_int_equal(forget(DATAGRAMS), EPERM);
    assert_int_equal(forget(DISK), KILLED);
    assert_int_equal(ask(SYS_epoll_ctl, spt.waitset.epollfd, EPOLL_CTL_DEL,
                             spt.waitset.timerfd, 0),
            KILLED);
    assert_int_equal(
            ask(SYS_epoll_ctl, spt.waitset.epollfd, EPOLL_CTL_ADD, fd_of(TAP), (long)&ev),
            KILLED);
}

static void read_only(void **state)
{
    static uint8_t block[512];

    (void)state;
    assert_int_equal(ask(SYS_pwrite64, fd_of(DISK), (long)block, 512, 0), 0);
    assert_int_equal(ask(SYS_pwrite64, fd_of(RO_DISK), (long)block, 512, 0), EBADF);
    assert_int_equal(ask(SYS_pwrite64, fd_of(RO_DISK), (long)block, 512, 4096), KILLED);
}

/* How much goes to the console at once. */
static void console_limit(void **state)
{
    (void)state;
    assert_int_equal(ask(SYS_write, 1, 0, 0, 0), 0);
    assert_int_equal(ask(SYS_write, 1, 0, SPT_CONSOLE_MAX, 0), EFAULT);
    assert_int_equal(ask(SYS_write, 1, 0, SPT_CONSOLE_MAX + 1, 0), KILLED);
    assert_int_equal(ask(SYS_write, 1, 0, 1L << 32, 0), KILLED);
    assert_int_equal(ask(SYS_write, 1, 0, -1, 0), KILLED);
}

static void add(int device, mft_type_t type, int fd)
{
    spt.devices.d[device] = (struct device){
            .type = type, .fd = fd, .capacity = 4096, .block_size = 512, .name = "x"};
}

static int setup(void **state)
{
    int pipes[2], pair[2][2];

    (void)state;
    if (pipe(pipes) != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair[0]) != 0 ||
            socketpair(AF_UNIX, SOCK_DGRAM, 0, pair[1]) != 0)
        return -1;
    add(DISK, MFT_DEV_BLOCK_BASIC, memfd_create("disk", 0));
    add(RO_DISK, MFT_DEV_BLOCK_BASIC, pipes[0]);
    spt.devices.d[RO_DISK].read_only = true;
    add(TAP, MFT_DEV_NET_BASIC, pair[0][0]);
    spt.devices.d[TAP].is_tap = true;
    add(CONNECTED, MFT_DEV_NET_BASIC, pair[0][1]);
    spt.devices.d[CONNECTED].connected = true;
    add(DATAGRAMS, MFT_DEV_NET_BASIC, pair[1][0]);
    spt.devices.n_net = 3;
    spt.devices.n_block = 2;
    return waitset_open(&spt.waitset, &spt.devices, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(undeclared),
            cmocka_unit_test(flushes),
            cmocka_unit_test(forgets),
            cmocka_unit_test(read_only),
            cmocka_unit_test(console_limit),
    };
    return cmocka_run_group_tests_name("policy_spt", tests, setup, NULL);
}
