/* SPDX-License-Identifier: ISC */
/* stdlib.h: what lwIP needs of it (string.c). */
#ifndef HTTPD_STDLIB_H
#define HTTPD_STDLIB_H

int atoi(const char *s);

#endif /* HTTPD_STDLIB_H */
