/* SPDX-License-Identifier: ISC */
/* cc.h: what lwIP wants to know of compiler and platform. */
#ifndef HTTPD_ARCH_CC_H
#define HTTPD_ARCH_CC_H

#define LWIP_NO_INTTYPES_H 1 /* there is no printf */
#define LWIP_NO_CTYPE_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_LIMITS_H 1 /* the compiler's own wants one of a C library */
#define INT_MAX __INT_MAX__

/* Both in ../../net.c. */
void net_failed(const char *assertion) __attribute__((noreturn));
unsigned net_random(void);

#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(x) net_failed(x)
#define LWIP_RAND() net_random()

#endif /* HTTPD_ARCH_CC_H */
