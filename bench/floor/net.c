/* SPDX-License-Identifier: ISC */
/* net ROUNDS COUNT: read(2) and write(2) of taps, epoll_pwait(2). */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>

#include "floor.h"

static int tap[3], timer, epoll;

static bool net_send(unsigned dev, const uint8_t *data, size_t size)
{
    return write(tap[dev], data, size) == (ssize_t)size;
}

static bool net_get(unsigned dev, uint8_t *data, size_t size)
{
    return read(tap[dev], data, size) > 0;
}

static void set_timer(uint64_t ns)
{
    struct itimerspec it = {.it_value = {.tv_nsec = (long)ns}};

    timerfd_settime(timer, 0, &it, NULL);
}

/* Not set afterwards: a timer that has expired would be one more event of each wait. */
static bool net_wait(uint64_t ns)
{
    struct epoll_event ev[4];

    if (ns > 0)
        set_timer(ns);
    int n = epoll_pwait(epoll, ev, 4, ns > 0 ? -1 : 0, NULL);
    if (ns > 0)
        set_timer(0);
    return n > 0 && ev[0].data.fd != timer;
}

#include "../net.h"

static int open_tap(const char *name)
{
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};

    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
    floor_require(fd >= 0 && ioctl(fd, TUNSETIFF, &ifr) == 0, name);
    return fd;
}

int main(int argc, char **argv)
{
    struct bench b = floor_bench(argv);

    (void)argc;
    for (unsigned i = 0; i < NET_DEVICES; i++)
        tap[i] = open_tap(net_names[i]);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    epoll = floor_epoll(timer, tap, NET_DEVICES);
    net(&b);
    return b.failed;
}
