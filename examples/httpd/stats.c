/* SPDX-License-Identifier: ISC */
#include "stats.h"

#include "net.h"

struct stats stats;

static const struct {
    const char *key; /* with what comes before it */
    const uint64_t *value;
} rows[] = {
        {",\n  \"requests\": {\"total\": ", &stats.requests.total},
        {", \"refused\": ", &stats.requests.refused},
        {", \"bytes\": ", &stats.requests.bytes},
        {"},\n  \"connections\": {\"now\": ", &stats.connections.now},
        {", \"most\": ", &stats.connections.most},
        {", \"total\": ", &stats.connections.total},
        {", \"refused\": ", &stats.connections.refused},
        {", \"timed_out\": ", &stats.connections.timed_out},
        {"},\n  \"frames\": {\"received\": ", &stats.frames.received},
        {", \"sent\": ", &stats.frames.sent},
        {", \"not_received\": ", &stats.frames.not_received},
        {", \"not_sent\": ", &stats.frames.not_sent},
};

void stats_json(struct text *t)
{
    text_put(t, "{\n  \"uptime_ms\": ");
    text_number(t, net_now_ms(), 10, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        text_put(t, rows[i].key);
        text_number(t, *rows[i].value, 10, 1);
    }
    text_put(t, "}\n}\n");
}
