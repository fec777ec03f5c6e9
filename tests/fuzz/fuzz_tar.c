/* SPDX-License-Identifier: ISC */
/*
 * Archives of examples/httpd. The first byte of an input says how the rest is read:
 *
 *   bit 0  headers get a checksum that is right, or chance would hardly get beyond it
 *   bit 1  the next eight bytes are the disk's capacity, and each block that is read is the
 *          next one of the input, wherever it is: sizes may be anything
 *
 * links: examples/httpd/tar.c
 */
#include "fuzz.h"

#include <string.h>

#include "../unit/tar_test.h"

static struct tar t;

static const uint8_t *data;
static size_t size;
static uint64_t capacity;
static bool repair, in_order;
static size_t taken;         /* of data, if it is read in order */
static uint64_t next_offset; /* the lowest that may be read now */

static bool read_block(uint64_t offset, uint8_t block[static TAR_BLOCK])
{
    const size_t from = in_order ? taken : offset;
    bool there = from <= size && size - from >= TAR_BLOCK;

    /* Forwards, block by block, within the disk. */
    MUST(offset % TAR_BLOCK == 0);
    MUST(offset >= next_offset);
    MUST(capacity - offset >= TAR_BLOCK);
    next_offset = offset + TAR_BLOCK;
    memset(block, 0, TAR_BLOCK);
    if (there)
        memcpy(block, data + from, TAR_BLOCK);
    taken += TAR_BLOCK;
    if (there && repair && block[0])
        set_checksum(block);
    return true;
}

static void check_name(const char *name)
{
    MUST(strnlen(name, 257) < 257);
    MUST(name[0] != '/');
    MUST(strncmp(name, "./", 2) != 0);
}

static void check_file(unsigned i)
{
    const struct tar_file *f = &t.files[i];
    const char *name = t.names + f->name;

    MUST(f->name < t.names_used);
    MUST(memchr(name, 0, t.names_used - f->name));
    check_name(name);
    MUST(f->offset % TAR_BLOCK == 0 && f->offset >= TAR_BLOCK);
    MUST(f->offset <= capacity && f->size <= capacity - f->offset);
    MUST(i == 0 || strcmp(t.names + t.files[i - 1].name, name) < 0);
    MUST(tar_find(&t, name) == f);
}

static void set_up(const uint8_t *bytes, size_t n)
{
    repair = n && (bytes[0] & 1);
    in_order = n >= 9 && (bytes[0] & 2);
    data = bytes + (in_order ? 9 : n > 0);
    size = n - (size_t)(data - bytes);
    capacity = size;
    if (in_order)
        memcpy(&capacity, bytes + 1, sizeof capacity);
    taken = 0;
    next_offset = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char name[16] = "";

    set_up(bytes, n);
    const char *wrong = tar_open(&t, read_block, capacity);
    MUST(!wrong || *wrong);
    MUST(t.count <= TAR_FILES_MAX && t.names_used <= TAR_NAMES_MAX);
    for (unsigned i = 0; i < t.count; i++)
        check_file(i);
    /* Any name is found or not. */
    if (n)
        memcpy(name, bytes, n < sizeof name ? n : sizeof name - 1);
    const struct tar_file *f = tar_find(&t, name);
    MUST(!f || (f >= t.files && f < t.files + t.count));
    MUST(!f || strcmp(t.names + f->name, name) == 0);
    return 0;
}
