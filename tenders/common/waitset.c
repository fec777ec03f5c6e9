/* SPDX-License-Identifier: ISC */
#include "waitset.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "spt_abi.h"

#define NSEC_PER_SEC 1000000000ULL

static int add(int epollfd, int fd, uint64_t data, uint32_t how)
{
    struct epoll_event ev = {.events = EPOLLIN | how, .data.u64 = data};

    return epoll_ctl(epollfd, EPOLL_CTL_ADD, fd, &ev);
}

int waitset_open(struct waitset *ws, const struct devices *devs, struct err *err)
{
    ws->n_net = devs->n_net;
    ws->epollfd = epoll_create1(EPOLL_CLOEXEC);
    if (ws->epollfd < 0)
        return err_errno(err, "could not create an epoll descriptor");
    ws->timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (ws->timerfd < 0)
        return err_errno(err, "could not create a timer");
    if (add(ws->epollfd, ws->timerfd, SPT_INTERNAL_TIMERFD, 0) != 0)
        return err_errno(err, "could not wait for the timer");

    for (uint64_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *dev = devices_get(devs, i, MFT_DEV_NET_BASIC);
        /* Of vhost's count each change is told once, and nobody has to read it. */
        if (dev && add(ws->epollfd, dev->fd, i, dev->vhost ? EPOLLET : 0) != 0)
            return err_errno(err, "could not wait for frames of '%s'", dev->name);
    }
    return 0;
}

/*
 * Arm the timer TIMEOUT ns from now; this also clears an expiry of before. The kernel
 * takes any number of seconds and stops at its own limit.
 */
static int arm(const struct waitset *ws, uint64_t timeout)
{
    struct itimerspec it = {{0, 0}, {0, 0}};

    it.it_value.tv_sec = (time_t)(timeout / NSEC_PER_SEC);
    it.it_value.tv_nsec = (long)(timeout % NSEC_PER_SEC);
    return timerfd_settime(ws->timerfd, 0, &it, NULL);
}

int waitset_wait(const struct waitset *ws, uint64_t timeout, uint64_t *ready)
{
    struct epoll_event ev[MFT_MAX_ENTRIES];
    int n, count = 0;

    *ready = 0;
    /*
     * An expired timer of an earlier wait must not end this one. If it does not wait, the timer
     * is of no interest, and not touched.
     */
    if (timeout > 0 && arm(ws, timeout) != 0)
        return -1;
    do {
        n = epoll_pwait(ws->epollfd, ev, (int)ws->n_net + 1, timeout == 0 ? 0 : -1,
                NULL);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        if (ev[i].data.u64 == SPT_INTERNAL_TIMERFD)
            continue;
        *ready |= 1ULL << ev[i].data.u64;
        count++;
    }
    return count;
}
