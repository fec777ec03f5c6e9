/* SPDX-License-Identifier: ISC */
#include "cycle_freq.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Deeper trees, larger files and properties than any real one are not looked at. */
#define MAX_DEPTH 16
#define MAX_PROPERTY 1024
#define MAX_FDT (16U << 20)

/* One property: bytes and how many, -1 if there is none. */
struct property {
    const void *data;
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
    const char *at = p->data, *end = at + p->len;
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
    const uint8_t *b = p->data;
    uint64_t v = 0;

    if (p->len != 4 && p->len != 8)
        return 0;
    for (int i = 0; i < p->len; i++)
        v = v << 8 | b[i];
    return v;
}

/* Take one node into account. The order of nodes must not matter. */
static void see(struct finding *f, const struct property *compatible,
        const struct property *status, const struct property *frequency)
{
    uint64_t hz = number(frequency);

    if (!is_timer(compatible) || !is_enabled(status) || hz == 0)
        return;
    if (f->hz != 0 && f->hz != hz)
        f->conflict = true;
    f->hz = hz;
}

static uint64_t result(const struct finding *f)
{
    return f->conflict ? 0 : f->hz;
}

static struct property blob_property(const void *blob, int node, const char *name)
{
    struct property p;

    p.data = fdt_getprop(blob, node, name, &p.len);
    if (!p.data)
        p.len = -1;
    return p;
}

/* Only what is a timer's is looked at further: most nodes are not. */
static void see_node(struct finding *f, const void *blob, int node)
{
    struct property compatible = blob_property(blob, node, "compatible");

    if (!is_timer(&compatible))
        return;
    struct property status = blob_property(blob, node, "status");
    struct property frequency = blob_property(blob, node, "clock-frequency");
    see(f, &compatible, &status, &frequency);
}

/*
 * False if BLOB is no tree. Its header says so or the walk, which comes by all that there is:
 * fdt_check_full() would be a walk more, and most of what reading the tree costs.
 */
static bool see_blob(struct finding *f, const void *blob, size_t size)
{
    int node, depth = -1; /* the root's is 0, as in walk() */

    if (size < sizeof(struct fdt_header) || fdt_check_header(blob) != 0 ||
            fdt_totalsize(blob) > size)
        return false;
    for (node = fdt_next_node(blob, -1, &depth); node >= 0 && depth >= 0;
            node = fdt_next_node(blob, node, &depth))
        if (depth <= MAX_DEPTH)
            see_node(f, blob, node);
    return node == -FDT_ERR_NOTFOUND || (node >= 0 && depth < 0);
}

uint64_t cycle_freq_fdt(const void *blob, size_t size)
{
    struct finding f = {0};

    return see_blob(&f, blob, size) ? result(&f) : 0;
}

/* A property of the node that is the folder DIR. */
static struct property file_property(int dir, const char *name, uint8_t buf[MAX_PROPERTY])
{
    struct property p = {buf, -1};

    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return p;
    ssize_t n = read(fd, buf, MAX_PROPERTY);
    close(fd);
    if (n >= 0)
        p.len = (int)n;
    return p;
}

static void see_folder(struct finding *f, int dir)
{
    uint8_t a[MAX_PROPERTY], b[MAX_PROPERTY], c[MAX_PROPERTY];
    struct property compatible = file_property(dir, "compatible", a);

    if (!is_timer(&compatible))
        return;
    struct property status = file_property(dir, "status", b);
    struct property frequency = file_property(dir, "clock-frequency", c);
    see(f, &compatible, &status, &frequency);
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
    see_folder(f, fd);
    while (depth < MAX_DEPTH && (e = readdir(dir))) {
        if (e->d_name[0] == '.' || (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
            continue;
        int sub = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (sub >= 0)
            walk(f, sub, depth + 1);
    }
    closedir(dir);
}

uint64_t cycle_freq_dir(const char *path)
{
    struct finding f = {0};

    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        walk(&f, fd, 0);
    return result(&f);
}

/*
 * Bytes of a tree from its beginning that say something. Firmware leaves room behind them,
 * QEMU up to a MiB, and each page of the file is a system call.
 */
static size_t used_size(const void *header)
{
    uint64_t nodes = (uint64_t)fdt_off_dt_struct(header) + fdt_size_dt_struct(header);
    uint64_t strings = (uint64_t)fdt_off_dt_strings(header) + fdt_size_dt_strings(header);
    uint64_t used = nodes > strings ? nodes : strings;

    return used < fdt_totalsize(header) ? used : fdt_totalsize(header);
}

/* SIZE bytes of FD, or what there is of them. */
static size_t read_bytes(int fd, void *buf, size_t size)
{
    size_t used = 0;
    ssize_t n;

    while (used < size && (n = read(fd, (uint8_t *)buf + used, size - used)) > 0)
        used += (size_t)n;
    return used;
}

/* The tree in the file FD without what is behind it; NULL if it can't be read or is none. */
static void *read_tree(int fd, size_t *size)
{
    struct fdt_header header;

    if (read_bytes(fd, &header, sizeof header) != sizeof header || fdt_magic(&header) != FDT_MAGIC)
        return NULL;
    *size = used_size(&header);
    uint8_t *blob = *size < sizeof header || *size > MAX_FDT ? NULL : malloc(*size);
    if (!blob)
        return NULL;
    fdt_set_totalsize(&header, (uint32_t)*size);
    memcpy(blob, &header, sizeof header);
    size_t rest = *size - sizeof header;
    if (read_bytes(fd, blob + sizeof header, rest) == rest)
        return blob;
    free(blob);
    return NULL;
}

/* What the tree that is the file PATH says; false if it can't be read or used. */
static bool see_file(struct finding *f, const char *path)
{
    size_t size;

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    void *blob = read_tree(fd, &size);
    close(fd);
    bool used = blob && see_blob(f, blob, size);
    free(blob);
    return used;
}

/*
 * The tree as one file, or where that can't be read or used, as folders: everyone must
 * come to the same answer. That is also why those are not asked if the file says nothing.
 */
static uint64_t tree_hz(const char *sys)
{
    struct finding f = {0};
    char path[256];

    snprintf(path, sizeof path, "%s/fdt", sys);
    if (see_file(&f, path))
        return result(&f);
    snprintf(path, sizeof path, "%s/devicetree/base", sys);
    return cycle_freq_dir(path);
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
