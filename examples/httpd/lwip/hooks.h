/* SPDX-License-Identifier: ISC */
/* hooks.h: what lwIP calls of net.c and guard.c. */
#ifndef HTTPD_HOOKS_H
#define HTTPD_HOOKS_H

#include "lwip/err.h"
#include "lwip/ip_addr.h"

struct tcp_pcb;
struct tcp_hdr;

u32_t net_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote,
        u16_t remote_port);

/* A segment for PCB. Not ERR_OK: lwIP is to do nothing with it. */
err_t guard_segment(struct tcp_pcb *pcb, const struct tcp_hdr *header);

#endif /* HTTPD_HOOKS_H */
