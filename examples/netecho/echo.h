/* SPDX-License-Identifier: ISC */
/*
 * echo.h: the smallest host on an Ethernet: answers who it is (ARP) and that it is
 * there (ICMP echo). No calls into Solo5: frames in, frames out.
 */
#ifndef ECHO_H
#define ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct echo {
    uint8_t mac[6];
    uint8_t ip[4];
    uint64_t arps;  /* answered */
    uint64_t pings; /* answered */
};

/* Read "10.0.0.2" into IP; the end of the address, or NULL if it is none. */
const char *echo_parse_ip(uint8_t ip[4], const char *text);

/* Turn FRAME of SIZE bytes into its answer. False if it wants none. */
bool echo_answer(struct echo *e, uint8_t *frame, size_t size);

#endif /* ECHO_H */
