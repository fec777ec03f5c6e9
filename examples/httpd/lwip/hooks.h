/* SPDX-License-Identifier: ISC */
/* hooks.h: what lwIP calls of net.c. */
#ifndef HTTPD_HOOKS_H
#define HTTPD_HOOKS_H

#include "lwip/ip_addr.h"

u32_t net_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote,
        u16_t remote_port);

#endif /* HTTPD_HOOKS_H */
