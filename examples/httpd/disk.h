/* SPDX-License-Identifier: ISC */
/* disk.h: bytes of the block device, whatever its blocks. */
#ifndef HTTPD_DISK_H
#define HTTPD_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_READ_MAX (16 * 1024)

/* Acquire the device NAME. */
bool disk_open(const char *name);

/* Bytes it has; 0 before disk_open. */
uint64_t disk_capacity(void);

/*
 * N bytes (at most DISK_READ_MAX, within the capacity) at OFFSET, good until the next
 * call. NULL if the device does not have them or can't read them.
 */
const uint8_t *disk_at(uint64_t offset, size_t n);

#endif /* HTTPD_DISK_H */
