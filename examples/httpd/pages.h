/* SPDX-License-Identifier: ISC */
/* pages.h: what there is to see under a path. */
#ifndef HTTPD_PAGES_H
#define HTTPD_PAGES_H

#include <stdbool.h>
#include <stdint.h>

struct page {
    const char *type;
    uint64_t size;
    const void *memory; /* the content, or NULL: */
    uint64_t offset;    /* it is on the disk, here */
};

/* Acquire the disk "disk" and look at its archive. Says on the console what is there. */
void pages_open(void);

/*
 * The page of PATH, which begins with /: "/stats", then the archive's files, then built-in
 * ones. A path that ends in / means its index.html. The memory of "/stats" is good until
 * the next call.
 */
bool pages_find(struct page *p, const char *path);

#endif /* HTTPD_PAGES_H */
