/* SPDX-License-Identifier: ISC */
/* net.h: lwIP on solo5_net_*: one interface, and the time. */
#ifndef HTTPD_NET_H
#define HTTPD_NET_H

#include <stdbool.h>
#include <stdint.h>

/* How the interface gets its IPv4 address; it always gets a link-local one of IPv6. */
struct net_config {
    bool dhcp;
    uint8_t address[4];
    unsigned prefix;
    uint8_t gateway[4]; /* 0.0.0.0: none */
};

/* Start lwIP and the interface "net". False, after words on the console, if there is none. */
bool net_open(const struct net_config *config);

/* Handle what has come and what is due. False: nothing more has come, so far. */
bool net_work(void);

/* Wait for frames, or until something is due. */
void net_wait(void);

/* Milliseconds since net_open, as of the last net_work. */
uint64_t net_now_ms(void);

#endif /* HTTPD_NET_H */
