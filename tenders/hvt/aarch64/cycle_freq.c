/* SPDX-License-Identifier: ISC */
#include "cycle_freq.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

/* What is of interest of a node. */
struct node {
    struct property compatible, status, frequency;
};

static const struct node no_properties = {{NULL, -1}, {NULL, -1}, {NULL, -1}};

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

/* Take a node into account. The order of nodes must not matter. */
static void see(struct finding *f, const struct node *n)
{
    uint64_t hz = number(&n->frequency);

    if (!is_timer(&n->compatible) || !is_enabled(&n->status) || hz == 0)
        return;
    if (f->hz != 0 && f->hz != hz)
        f->conflict = true;
    f->hz = hz;
}

static uint64_t result(const struct finding *f)
{
    return f->conflict ? 0 : f->hz;
}

/*
 * The tree as one blob (Devicetree Specification 0.4, 5): a header of big-endian words, then
 * somewhere a block of tokens, and one of strings, the properties' names. What is in it is
 * not believed: nothing outside of a block is read.
 */

enum {
    FDT_MAGIC = 0,
    FDT_TOTAL_SIZE = 1,
    FDT_TOKENS = 2,
    FDT_STRINGS = 3,
    FDT_VERSION = 5,
    FDT_COMPATIBLE_WITH = 6,
    FDT_STRINGS_SIZE = 8,
    FDT_TOKENS_SIZE = 9,
    FDT_HEADER_WORDS = 10
};

#define FDT_MAGIC_VALUE 0xd00dfeedU
#define FDT_KNOWN_VERSION 17U

enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4, END = 9 };

struct block {
    const uint8_t *at, *end;
};

static uint32_t word(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t header_word(const void *header, unsigned i)
{
    return word((const uint8_t *)header + 4 * (size_t)i);
}

/* As libfdt has it: versions are compatible with older ones. */
static bool is_header(const void *header)
{
    return header_word(header, FDT_MAGIC) == FDT_MAGIC_VALUE &&
            header_word(header, FDT_VERSION) >= FDT_KNOWN_VERSION &&
            header_word(header, FDT_COMPATIBLE_WITH) <= FDT_KNOWN_VERSION;
}

/* The block of SIZE bytes at OFFSET. */
static bool find_block(struct block *b, const void *blob, size_t blob_size, uint32_t offset,
        uint32_t size)
{
    if (offset > blob_size || size > blob_size - offset)
        return false;
    b->at = (const uint8_t *)blob + offset;
    b->end = b->at + size;
    return true;
}

/* SIZE bytes and what fills them up to words; NULL if there are not as many. */
static const uint8_t *take(struct block *b, size_t size)
{
    const uint8_t *p = b->at;
    size_t left = (size_t)(b->end - p), padded = (size + 3) & ~(size_t)3;

    if (size > left || padded > left)
        return NULL;
    b->at += padded;
    return p;
}

static bool take_word(struct block *b, uint32_t *value)
{
    const uint8_t *p = take(b, 4);

    if (p)
        *value = word(p);
    return p != NULL;
}

/* With its NUL. */
static bool take_name(struct block *b)
{
    size_t left = (size_t)(b->end - b->at), n = strnlen((const char *)b->at, left);

    return n < left && take(b, n + 1);
}

static struct property *find_property(struct node *n, const char *name)
{
    struct {
        const char *name;
        struct property *p;
    } list[] = {{"compatible", &n->compatible},
            {"status", &n->status},
            {"clock-frequency", &n->frequency}};

    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (strcmp(list[i].name, name) == 0)
            return list[i].p;
    return NULL;
}

/* A property, into N if it is of interest. The first of a name is the one. */
static bool take_property(struct block *tokens, const struct block *strings, struct node *n)
{
    uint32_t len, name;

    if (!take_word(tokens, &len) || !take_word(tokens, &name))
        return false;
    const uint8_t *data = take(tokens, len);
    size_t room = (size_t)(strings->end - strings->at);
    if (!data || len > INT32_MAX || name >= room ||
            strnlen((const char *)strings->at + name, room - name) == room - name)
        return false;
    struct property *p = find_property(n, (const char *)strings->at + name);
    if (p && p->len < 0)
        *p = (struct property){data, (int)len};
    return true;
}

/* All nodes. A node's properties come before its children: after these it is over. */
static bool see_tokens(struct finding *f, struct block *tokens, const struct block *strings)
{
    struct node n = no_properties;
    int depth = -1; /* the root's is 0, as in walk() */
    bool in_node = false;
    uint32_t token = NOP;

    while (take_word(tokens, &token) && token != END) {
        if (token == NOP)
            continue;
        if (token == PROPERTY) {
            if (!in_node || !take_property(tokens, strings, &n))
                return false;
            continue;
        }
        if (in_node && depth <= MAX_DEPTH)
            see(f, &n);
        n = no_properties;
        in_node = token == BEGIN_NODE;
        depth += in_node ? 1 : -1;
        if (depth < -1 || (in_node ? !take_name(tokens) : token != END_NODE))
            return false;
    }
    return token == END && depth == -1;
}

/* False if BLOB is no tree. */
static bool see_blob(struct finding *f, const void *blob, size_t size)
{
    struct block tokens, strings;

    return size >= 4 * FDT_HEADER_WORDS && is_header(blob) &&
            find_block(&tokens, blob, size, header_word(blob, FDT_TOKENS),
                    header_word(blob, FDT_TOKENS_SIZE)) &&
            find_block(&strings, blob, size, header_word(blob, FDT_STRINGS),
                    header_word(blob, FDT_STRINGS_SIZE)) &&
            see_tokens(f, &tokens, &strings);
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
    struct node n = {.compatible = file_property(dir, "compatible", a)};

    if (!is_timer(&n.compatible))
        return;
    n.status = file_property(dir, "status", b);
    n.frequency = file_property(dir, "clock-frequency", c);
    see(f, &n);
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
    uint64_t tokens = (uint64_t)header_word(header, FDT_TOKENS) +
            header_word(header, FDT_TOKENS_SIZE);
    uint64_t strings = (uint64_t)header_word(header, FDT_STRINGS) +
            header_word(header, FDT_STRINGS_SIZE);
    uint64_t used = tokens > strings ? tokens : strings;
    uint32_t total = header_word(header, FDT_TOTAL_SIZE);

    return used < total ? used : total;
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
    uint8_t header[4 * FDT_HEADER_WORDS];

    if (read_bytes(fd, header, sizeof header) != sizeof header || !is_header(header))
        return NULL;
    *size = used_size(header);
    uint8_t *blob = *size < sizeof header || *size > MAX_FDT ? NULL : malloc(*size);
    if (!blob)
        return NULL;
    memcpy(blob, header, sizeof header);
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
