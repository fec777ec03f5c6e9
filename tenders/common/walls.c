/* SPDX-License-Identifier: ISC */
#include "walls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Newer than the headers of some systems that this is built on. The numbers are the same on all
 * CPUs.
 */
enum {
    NR_CLOSE_RANGE = 436,
    NR_LANDLOCK_CREATE_RULESET = 444,
    NR_LANDLOCK_RESTRICT_SELF = 446,
};

static int no_core(void)
{
    const struct rlimit none = {0, 0};

    return setrlimit(RLIMIT_CORE, &none);
}

static int compare(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;

    return (x > y) - (x < y);
}

static int close_range_of(unsigned first, unsigned last)
{
    return first > last ? 0 : (int)syscall(NR_CLOSE_RANGE, first, last, 0);
}

/*
 * Nobody reads it, and it may be a terminal or a file of whoever started us. Where there is no
 * /dev/null, as in a small chroot, it is closed: nothing is opened afterwards that could be 0.
 */
static void drop_input(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
        close(STDIN_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

static int close_others(int *keep, size_t n)
{
    unsigned first = 0;

    drop_input();
    qsort(keep, n, sizeof *keep, compare);
    for (size_t i = 0; i < n; i++) {
        unsigned fd = (unsigned)keep[i];
        if (fd > first && close_range_of(first, fd - 1) != 0)
            return -1;
        first = fd + 1;
    }
    return close_range_of(first, UINT_MAX);
}

static int no_new_privileges(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* EINVAL: the last one was before CAP. */
static int is_bounded(unsigned long cap)
{
    return prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
}

/* Before the capabilities go: it takes one of them. Who has not got it may have an empty set. */
static int empty_bounding_set(void)
{
    unsigned long cap = 0;
    int bounded;

    while (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
        cap++;
    while ((bounded = is_bounded(cap)) == 0)
        cap++;
    if (bounded < 0 && errno == EINVAL && cap > 0)
        return 0;
    errno = EPERM;
    return -1;
}

/* Effective, permitted and inheritable; the ambient ones go with the latter. */
static int no_capabilities(void)
{
    struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

    memset(none, 0, sizeof none);
    return (int)syscall(SYS_capset, &h, none);
}

/*
 * The kernel's Documentation/userspace-api/landlock.rst: what a ruleset handles and no rule of
 * it allows is forbidden. What is handled depends on the version; what was opened before stays
 * usable.
 */
struct ruleset {
    uint64_t fs, net, scoped;
};

static const struct landlock_version {
    long from;
    size_t size; /* of the ruleset */
    struct ruleset all;
} landlock_versions[] = {
        {6, 24, {(1U << 16) - 1, 3, 3}}, /* and signals and abstract sockets of others */
        {5, 16, {(1U << 16) - 1, 3, 0}}, /* and ioctl(2) of devices */
        {4, 16, {(1U << 15) - 1, 3, 0}}, /* and bind(2), connect(2) by TCP */
        {3, 8, {(1U << 15) - 1, 0, 0}},  /* and truncate(2) */
        {2, 8, {(1U << 14) - 1, 0, 0}},  /* and links and renames between folders */
        {1, 8, {(1U << 13) - 1, 0, 0}},
};

static int landlock(void)
{
    long version = syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, 1 /* ask for it */);
    const struct landlock_version *v = landlock_versions;

    if (version < 0)
        return -1;
    while (v->from > version)
        v++;
    int fd = (int)syscall(NR_LANDLOCK_CREATE_RULESET, &v->all, v->size, 0);
    if (fd < 0)
        return -1;
    int r = (int)syscall(NR_LANDLOCK_RESTRICT_SELF, fd, 0);
    int error = errno;
    close(fd);
    errno = error;
    return r;
}

static void note(struct walls *w, enum wall wall, int result)
{
    w->error[wall] = result == 0 ? 0 : errno;
}

static void raise_thread(struct walls *w)
{
    note(w, WALL_PRIVILEGES, no_new_privileges());
    note(w, WALL_BOUNDING, empty_bounding_set());
    note(w, WALL_CAPABILITIES, no_capabilities());
    note(w, WALL_LANDLOCK, landlock());
}

void walls_raise(struct walls *w, int *keep, size_t n)
{
    note(w, WALL_CORE, no_core());
    note(w, WALL_DESCRIPTORS, close_others(keep, n));
    raise_thread(w);
}

void walls_raise_thread(void)
{
    struct walls w;

    raise_thread(&w);
}

static const char names[WALLS][28] = {
        [WALL_CORE] = "no core file",
        [WALL_DESCRIPTORS] = "no other descriptor",
        [WALL_PRIVILEGES] = "no new privileges",
        [WALL_CAPABILITIES] = "no capability",
        [WALL_BOUNDING] = "none in the bounding set",
        [WALL_LANDLOCK] = "Landlock",
};

void walls_report(FILE *out, const char *prefix, const struct walls *w)
{
    const char *between = "";

    fprintf(out, "%s: walls: ", prefix);
    for (size_t i = 0; i < WALLS; i++) {
        if (w->error[i] != 0)
            continue;
        fprintf(out, "%s%s", between, names[i]);
        between = ", ";
    }
    fprintf(out, "%s\n", *between ? "" : "none");
    for (size_t i = 0; i < WALLS; i++)
        if (w->error[i] != 0)
            fprintf(out, "%s: note: a wall is missing: %s: %s\n", prefix, names[i],
                    strerror(w->error[i]));
}
