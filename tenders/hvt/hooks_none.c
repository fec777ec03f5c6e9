/* SPDX-License-Identifier: ISC */
/*
 * hooks_none.c: solo5-hvt.
 */
#include "hooks.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "walls.h"

const struct options_more hooks_options = {.program = "solo5-hvt"};

int hooks_start(struct err *err)
{
    (void)err;
    return 0;
}

int hooks_show_policy(const struct hvt *hvt)
{
    return policy_show(hvt, stdout);
}

/* Those that main and the ring's thread use. */
static void raise_walls(const struct hvt *hvt)
{
    int keep[3 * MFT_MAX_ENTRIES + 7] = {0, 1, 2};
    size_t n = 3;
    struct walls walls;

    keep[n++] = hvt->vm.vcpu;
    keep[n++] = hvt->waitset.epollfd;
    keep[n++] = hvt->waitset.timerfd;
    if (hvt->ring.kick >= 0)
        keep[n++] = hvt->ring.kick;
    n += devices_fds(&hvt->devices, keep + n);
    if (hvt->has_vhost)
        n += vhost_fds(&hvt->vhost, keep + n);
    walls_raise(&walls, keep, n);
    if (hvt->options.verbose)
        walls_report(stderr, hooks_options.program, &walls);
}

/*
 * Of descriptors that threads share the kernel counts the users in each system call. From here on
 * nobody opens or closes any, so main gets a table of its own with the same ones. Where that
 * fails all is the same, but slower.
 */
static void part_descriptors(const struct hvt *hvt)
{
    if (hvt->ring.kick >= 0)
        syscall(SYS_unshare, CLONE_FILES);
}

int hooks_confine(const struct hvt *hvt, struct err *err)
{
    raise_walls(hvt);
    part_descriptors(hvt);
    return policy_install(hvt, err);
}

void hooks_end(const struct hvt *hvt, int status)
{
    (void)hvt, (void)status;
}
