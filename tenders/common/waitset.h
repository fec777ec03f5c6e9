/* SPDX-License-Identifier: ISC */
/*
 * waitset.h: wait for frames or for time to pass: one epoll descriptor with the
 * net devices (data = handle) and a timerfd (data = SPT_INTERNAL_TIMERFD).
 */
#ifndef WAITSET_H
#define WAITSET_H

#include <stdint.h>

#include "devices.h"
#include "err.h"

struct waitset {
    int epollfd;
    int timerfd; /* CLOCK_MONOTONIC, non-blocking */
    unsigned n_net;
};

int waitset_open(struct waitset *ws, const struct devices *devs, struct err *err);

/*
 * Wait until a device can be read or TIMEOUT ns have passed; 0 only looks. Any
 * TIMEOUT works. Returns the number of ready devices and their bits in *READY,
 * or -1 with errno set.
 */
int waitset_wait(const struct waitset *ws, uint64_t timeout, uint64_t *ready);

#endif /* WAITSET_H */
