/* SPDX-License-Identifier: ISC */
#include "cycle_freq.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Deeper trees and larger properties than any real one are not looked at. */
#define MAX_DEPTH 16
#define MAX_PROPERTY 1024

/* One property: bytes and how many, -1 if there is none. */
struct property {
    uint8_t data[MAX_PROPERTY];
    int len;
};

/* What the nodes seen so far say. */
struct finding {
    uint64_t hz;
    bool conflict;
};

/* A list of strings, each with its NUL. */
static bool has_string(const struct property *p, const char *s)
{
    if (p->len <= 0)
        return false;
    const char *at = (const char *)p->data, *end = at + p->len;
    while (at < end) {
        size_t n = strnlen(at, (size_t)(end - at));
        if (n == strlen(s) && memcmp(at, s, n) == 0)
            return true;
        at += n + 1;
    }
    return false;
}

static bool is_timer(const struct property *compatible)
{
    return has_string(compatible, "arm,armv8-timer") ||
            has_string(compatible, "arm,armv7-timer");
}

/* A node without the property status is in use, too. */
static bool is_enabled(const struct property *status)
{
    return status->len < 0 || has_string(status, "okay") || has_string(status, "ok");
}

/* One or two cells, big endian. */
static uint64_t number(const struct property *p)
{
    uint64_t v = 0;

    if (p->len != 4 && p->len != 8)
        return 0;
    for (int i = 0; i < p->len; i++)
        v = v << 8 | p->data[i];
    return v;
}

/* A property of the node that is the folder DIR. */
static void read_property(struct property *p, int dir, const char *name)
{
    p->len = -1;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    p->len = (int)read(fd, p->data, sizeof p->data);
    close(fd);
}

/* Of the folder itself, or of the one named in it: one way through the tree for both names. */
static const struct node {
    const char *compatible, *status, *hz;
} here = {"compatible", "status", "clock-frequency"},
  timer = {"timer/compatible", "timer/status", "timer/clock-frequency"};

/* Is the node in the folder DIR a timer in use? Only of such a one, *HZ: 0 if it does not say. */
static bool read_timer(int dir, const struct node *node, uint64_t *hz)
{
    struct property p;

    read_property(&p, dir, node->compatible);
    if (!is_timer(&p))
        return false;
    read_property(&p, dir, node->status);
    if (!is_enabled(&p))
        return false;
    read_property(&p, dir, node->hz);
    *hz = number(&p);
    return true;
}

/* Take one node into account. The order of nodes must not matter. */
static void see(struct finding *f, int dir)
{
    uint64_t hz;

    if (!read_timer(dir, &here, &hz) || hz == 0)
        return;
    if (f->hz != 0 && f->hz != hz)
        f->conflict = true;
    f->hz = hz;
}

static int open_folder(int dir, const char *path)
{
    return openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The node FD, which is closed, and all below it. */
static void walk(struct finding *f, int fd, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *e;

    if (!dir) {
        close(fd);
        return;
    }
    see(f, fd);
    while (depth < MAX_DEPTH && (e = readdir(dir))) {
        if (e->d_name[0] == '.' || (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
            continue;
        int sub = open_folder(fd, e->d_name);
        if (sub >= 0)
            walk(f, sub, depth + 1);
    }
    closedir(dir);
}

static uint64_t tree_hz(const char *sys)
{
    struct finding f = {0};
    uint64_t hz;

    int dir = open(sys, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return 0;
    int root = open_folder(dir, "devicetree/base");
    close(dir);
    if (root < 0)
        return 0;
    /*
     * The binding's own name for the node, which nearly all trees have, in their root. The kernel
     * takes the first timer that it comes by and no other, so if this is one, it is asked
     * alone: to look at all nodes takes longer than all else that is set up.
     */
    if (read_timer(root, &timer, &hz)) {
        close(root);
        return hz;
    }
    walk(&f, root, 0);
    return f.conflict ? 0 : f.hz;
}

int cycle_freq(const char *sys, uint64_t register_hz, uint64_t *hz, struct err *err)
{
    *hz = tree_hz(sys);
    if (*hz == 0)
        *hz = register_hz;
    if (*hz == 0)
        return err_set(err, "this host does not know its counter's frequency: CNTFRQ_EL0 is "
                            "0 and the device tree's timer node has no clock-frequency");
    return 0;
}
