/* SPDX-License-Identifier: ISC */
/* stats.h: what has been done since the start. */
#ifndef HTTPD_STATS_H
#define HTTPD_STATS_H

#include <stdint.h>

#include "text.h"

struct stats {
    struct {
        uint64_t received, sent;
        uint64_t not_received; /* no memory for them */
        uint64_t not_sent;     /* the network refused them */
    } frames;
    struct {
        uint64_t now, most, total;
        uint64_t refused;   /* too many of them, or too much sent */
        uint64_t timed_out; /* slow requests, clients that left */
    } connections;
    struct {
        uint64_t total;
        uint64_t refused; /* answered with a status of 400 and above */
        uint64_t bytes;   /* of content */
    } requests;
};

extern struct stats stats;

/* All of it, with the time since the start, as JSON. */
void stats_json(struct text *t);

#endif /* HTTPD_STATS_H */
