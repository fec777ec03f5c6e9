/* SPDX-License-Identifier: ISC */
#include "tar.h"

#include <string.h>

/* Fields of a header: POSIX.1-2017, pax, "ustar Interchange Format". */
enum {
    NAME = 0,
    NAME_SIZE = 100,
    SIZE = 124,
    SIZE_SIZE = 12,
    CHECKSUM = 148,
    CHECKSUM_SIZE = 8,
    TYPE = 156,
    MAGIC = 257,
    PREFIX = 345,
    PREFIX_SIZE = 155
};

static bool is_zero(const uint8_t *b)
{
    for (unsigned i = 0; i < TAR_BLOCK; i++)
        if (b[i])
            return false;
    return true;
}

/* Octal digits up to a blank, a NUL or the end. */
static bool get_number(uint64_t *v, const uint8_t *p, unsigned size)
{
    unsigned digits = 0;

    *v = 0;
    while (size && *p == ' ')
        p++, size--;
    for (; size && *p >= '0' && *p <= '7'; p++, size--, digits++)
        *v = *v * 8 + (uint64_t)(*p - '0');
    return digits && (size == 0 || *p == ' ' || *p == 0);
}

/* The sum of all bytes, the field itself counted as blanks. */
static bool has_checksum(const uint8_t *b)
{
    uint64_t want, sum = CHECKSUM_SIZE * ' ';

    for (unsigned i = 0; i < TAR_BLOCK; i++)
        if (i < CHECKSUM || i >= CHECKSUM + CHECKSUM_SIZE)
            sum += b[i];
    return get_number(&want, b + CHECKSUM, CHECKSUM_SIZE) && want == sum;
}

static size_t field_length(const uint8_t *p, size_t size)
{
    size_t n = 0;

    while (n < size && p[n])
        n++;
    return n;
}

static bool append(struct tar *t, const void *s, size_t n)
{
    if (n > TAR_NAMES_MAX - t->names_used)
        return false;
    memcpy(t->names + t->names_used, s, n);
    t->names_used += (uint32_t)n;
    return true;
}

/* Remove "./" and "/" at the beginning. */
static uint32_t plain_name(const struct tar *t, uint32_t name)
{
    for (;;) {
        if (t->names[name] == '/')
            name++;
        else if (t->names[name] == '.' && t->names[name + 1] == '/')
            name += 2;
        else
            return name;
    }
}

/* The name of a header into names; false if there is no room for it. */
static bool add_name(struct tar *t, const uint8_t *b, uint32_t *name)
{
    size_t prefix = field_length(b + PREFIX, PREFIX_SIZE);

    *name = t->names_used;
    /* GNU's own format has other things there. */
    if (prefix && memcmp(b + MAGIC, "ustar\0", 6) == 0 &&
            !(append(t, b + PREFIX, prefix) && append(t, "/", 1)))
        return false;
    if (!append(t, b + NAME, field_length(b + NAME, NAME_SIZE)) || !append(t, "", 1))
        return false;
    *name = plain_name(t, *name);
    return true;
}

/* Where a file of this name is or belongs. */
static unsigned position(const struct tar *t, const char *name, bool *there)
{
    unsigned low = 0, high = t->count;

    while (low < high) {
        unsigned mid = low + (high - low) / 2;
        int order = strcmp(t->names + t->files[mid].name, name);
        if (order == 0) {
            *there = true;
            return mid;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *there = false;
    return low;
}

static bool add_file(struct tar *t, const uint8_t *b, uint64_t offset, uint64_t size)
{
    struct tar_file f = {.offset = offset, .size = size};
    bool there;
    unsigned at;

    if (t->count == TAR_FILES_MAX || !add_name(t, b, &f.name))
        return false;
    at = position(t, t->names + f.name, &there);
    if (!there) {
        memmove(&t->files[at + 1], &t->files[at], (t->count - at) * sizeof f);
        t->count++;
    }
    t->files[at] = f;
    return true;
}

const char *tar_open(struct tar *t, tar_read read, uint64_t capacity)
{
    uint8_t b[TAR_BLOCK];
    uint64_t offset = 0, size;

    t->count = 0;
    t->names_used = 0;
    while (capacity - offset >= TAR_BLOCK) {
        if (!read(offset, b))
            return "it can't be read";
        if (is_zero(b))
            return NULL;
        if (!has_checksum(b))
            return offset ? "a header is damaged" : "it is no tar archive";
        if (!get_number(&size, b + SIZE, SIZE_SIZE))
            return "a header has no size";
        offset += TAR_BLOCK;
        if (size > capacity - offset)
            return "a file goes beyond its end";
        if ((b[TYPE] == '0' || b[TYPE] == 0) && !add_file(t, b, offset, size))
            return "it has too many files, or their names are too long";
        /* The last block may be missing its end. */
        size = (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
        offset = size < capacity - offset ? offset + size : capacity;
    }
    return NULL;
}

const struct tar_file *tar_find(const struct tar *t, const char *name)
{
    bool there;
    unsigned at = position(t, name, &there);

    return there ? &t->files[at] : NULL;
}
