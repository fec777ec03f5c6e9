/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "hvt.h"

#define NSEC_PER_SEC 1000000000LL

/*
 * How long output waits for a reader if its descriptor doesn't wait by itself. After
 * that in vain, it doesn't wait again until something could be written: a guest
 * whose reader is stuck must not be slowed down to one message per second.
 */
#define CONSOLE_PATIENCE_NS NSEC_PER_SEC

static int64_t now_ns(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts); /* can't fail for these clocks */
    return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

int hc_walltime(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    (void)hvt, (void)err;
    req->walltime.nsecs = (uint64_t)now_ns(CLOCK_REALTIME);
    return 0;
}

/* Wait until FD takes output again, up to *DEADLINE (0: set it first). */
static bool wait_writable(int fd, int64_t *deadline)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int64_t now = now_ns(CLOCK_MONOTONIC);

    if (*deadline == 0)
        *deadline = now + CONSOLE_PATIENCE_NS;
    int64_t left = *deadline - now;
    if (left <= 0)
        return false;
    struct timespec ts = {left / NSEC_PER_SEC, left % NSEC_PER_SEC};
    int n = ppoll(&p, 1, &ts, NULL);
    return n > 0 || (n < 0 && errno == EINTR);
}

/*
 * Console output is best effort: what can't be written is dropped and the guest
 * goes on. A reader that is gone must not take the service with it.
 */
int hc_puts(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    uint64_t len = req->puts.len;
    const uint8_t *p = hc_read_buf(hvt, req->puts.data, len, err);
    int64_t deadline = 0;

    if (!p)
        return -1;
    while (len > 0) {
        ssize_t n = write(hvt->console, p, len < HC_CHUNK ? len : HC_CHUNK);
        if (n > 0) {
            hvt->console_stuck = false;
            p += n;
            len -= (uint64_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            sigbus_check(hvt);
        if (n == 0 || errno != EAGAIN || hvt->console_stuck)
            return 0;
        hvt->console_stuck = !wait_writable(hvt->console, &deadline);
    }
    return 0;
}

int hc_wait(struct hvt *hvt, uint64_t timeout, uint64_t *ready, struct err *err)
{
    /* Its frames go out before it waits, however busy the host's CPUs are. */
    ring_drain(hvt);
    int n = waitset_wait(&hvt->waitset, timeout, ready);

    return n < 0 ? err_errno(err, "could not wait for devices") : n;
}

int hc_poll(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    uint64_t ready;
    int n = hc_wait(hvt, req->poll.timeout_nsecs, &ready, err);

    if (n < 0)
        return -1;
    req->poll.ready_set = ready;
    req->poll.ret = n;
    return 0;
}

int hc_halt(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    /* For a debugger only, but a guest that gets it wrong should hear of it. */
    if (req->halt.cookie != 0 &&
            !hc_read_buf(hvt, req->halt.cookie, HVT_HALT_COOKIE_MAX, err))
        return -1;
    /* What was queued before is sent. */
    ring_finish(hvt);
    hvt->halt_cookie = req->halt.cookie;
    hvt->exit_status = req->halt.exit_status & 0xff;
    return HC_HALT;
}
