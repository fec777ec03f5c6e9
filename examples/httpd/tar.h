/* SPDX-License-Identifier: ISC */
/*
 * tar.h: the files of a tar archive (POSIX ustar, and what GNU tar writes for names of up
 * to 100 bytes), found once. No calls into Solo5: whoever opens it brings a function that
 * reads.
 */
#ifndef HTTPD_TAR_H
#define HTTPD_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAR_BLOCK 512
#define TAR_FILES_MAX 1024
#define TAR_NAMES_MAX (64 * 1024) /* bytes of all names */

struct tar_file {
    uint64_t offset; /* of the content in the archive */
    uint64_t size;
    uint32_t name; /* offset into names */
};

/* Large, and only touched as far as it is used. */
struct tar {
    unsigned count;
    uint32_t names_used;
    struct tar_file files[TAR_FILES_MAX]; /* sorted by name */
    char names[TAR_NAMES_MAX];
};

/* Read the TAR_BLOCK bytes at OFFSET, a multiple of TAR_BLOCK. False on an error. */
typedef bool (*tar_read)(uint64_t offset, uint8_t block[static TAR_BLOCK]);

/*
 * Find the regular files of an archive of CAPACITY bytes. Names lose a leading "./" and
 * "/"; of two files with the same name the later one counts. Returns NULL, or what is
 * wrong with the archive; the files found before that can be used.
 */
const char *tar_open(struct tar *t, tar_read read, uint64_t capacity);

/* The file of this name, or NULL. */
const struct tar_file *tar_find(const struct tar *t, const char *name);

#endif /* HTTPD_TAR_H */
