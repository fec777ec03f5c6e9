/* SPDX-License-Identifier: ISC */
/*
 * The clocks of the vDSO, epoll_pwait(2) with time-out 0, and clock_gettime(2) as a system
 * call: bare, and under the shortest seccomp filters that there are.
 */
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "floor.h"

static int epoll;

static void clock_mono(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
}

static void clock_wall(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
}

static void wait_zero(void)
{
    struct epoll_event ev[4];

    epoll_pwait(epoll, ev, 4, 0, NULL);
}

#include "../calls.h"

static void op_clock_call(struct bench *b, unsigned n)
{
    struct timespec ts;

    (void)b;
    while (n-- > 0)
        syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
}

/* In a process of its own: there is no way back from a filter. */
static void filtered(struct bench *b, const char *key, struct sock_filter *code, unsigned short n)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        floor_filter(code, n);
        bench_each(b, key, b->count, NULL, op_clock_call);
        _exit(b->failed);
    }
    bench_require(b, waitpid(pid, &status, 0) == pid && status == 0);
}

int main(int argc, char **argv)
{
    /*
     * The kernel does not run a filter for calls that it allows whatever their arguments are.
     * The second looks at one first.
     */
    struct sock_filter allow[] = {
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_filter look[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct bench b = floor_bench(argv);

    (void)argc;
    epoll = floor_epoll(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), NULL, 0);
    calls(&b);
    bench_each(&b, "clock_call", b.count, NULL, op_clock_call);
    filtered(&b, "clock_call_allow", allow, 1);
    filtered(&b, "clock_call_look", look, 2);
    return b.failed;
}
