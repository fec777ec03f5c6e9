/* SPDX-License-Identifier: ISC */
/* floor.h: a measurement as a plain process. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../measure.h"

static inline uint64_t floor_clock(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static inline uint64_t floor_now(void)
{
    return floor_clock(CLOCK_MONOTONIC);
}

static inline void floor_write(const char *s, size_t n)
{
    if (write(1, s, n) < 0)
        _exit(1);
}

static inline void floor_require(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

/* ROUNDS COUNT in front of ARGV, as guests have them in their command line. */
static inline struct bench floor_bench(char **argv)
{
    struct bench b = {.now = floor_now, .write = floor_write};
    char options[64] = "";

    if (argv[1] && argv[2])
        snprintf(options, sizeof options, "%s %s", argv[1], argv[2]);
    bench_options(&b, options);
    return b;
}

/* A descriptor to wait for FDs and a timer, as a tender has it. */
static inline int floor_epoll(int timer, const int *fds, unsigned n)
{
    int epoll = epoll_create1(0);
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = timer};

    floor_require(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &ev) == 0, "epoll");
    for (unsigned i = 0; i < n; i++) {
        ev.data.fd = fds[i];
        floor_require(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &ev) == 0, "epoll");
    }
    return epoll;
}

/* No way back. */
static inline void floor_filter(struct sock_filter *code, unsigned short n)
{
    struct sock_fprog program = {n, code};

    floor_require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                          prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
            "seccomp");
}

#endif /* BENCH_FLOOR_H */
