/* SPDX-License-Identifier: ISC */
/*
 * netecho ADDRESS [COUNT]: be reachable. Ends after COUNT pings, or never.
 */
#include "echo.h"
#include "solo5.h"

static void put(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    solo5_console_write(s, n);
}

static void put_number(uint64_t v, unsigned base, unsigned min_digits)
{
    char buf[24];
    char *p = buf + sizeof buf - 1;

    *p = 0;
    while (v || min_digits) {
        *--p = "0123456789abcdef"[v % base];
        v /= base;
        if (min_digits)
            min_digits--;
    }
    put(p);
}

static void introduce(const struct echo *e, size_t mtu)
{
    put("netecho: ");
    for (unsigned i = 0; i < 4; i++) {
        put(i ? "." : "");
        put_number(e->ip[i], 10, 1);
    }
    put(" is at ");
    for (unsigned i = 0; i < 6; i++) {
        put(i ? ":" : "");
        put_number(e->mac[i], 16, 2);
    }
    put(", mtu ");
    put_number(mtu, 10, 1);
    put("\n");
}

/* Arguments: an address, a number or nothing. */
static bool parse(struct echo *e, uint64_t *count, const char *args)
{
    args = echo_parse_ip(e->ip, args);
    *count = 0;
    if (!args)
        return false;
    while (*args == ' ')
        args++;
    for (; *args >= '0' && *args <= '9'; args++)
        *count = *count * 10 + (uint64_t)(*args - '0');
    return *args == 0;
}

/* Answer all that is there. */
static void serve(struct echo *e, solo5_handle_t net, uint8_t *frame, size_t max)
{
    size_t size;

    while (solo5_net_read(net, frame, max, &size) == SOLO5_R_OK) {
        if (!echo_answer(e, frame, size))
            continue;
        if (solo5_net_write(net, frame, size) != SOLO5_R_OK)
            put("netecho: could not send\n");
    }
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct echo e = {.arps = 0};
    struct solo5_net_info ni;
    solo5_handle_t net;
    uint64_t count;

    if (!parse(&e, &count, info->cmdline)) {
        put("Usage: netecho ADDRESS [COUNT], such as 10.0.0.2\n");
        return SOLO5_EXIT_FAILURE;
    }
    if (solo5_net_acquire("net", &net, &ni) != SOLO5_R_OK) {
        put("netecho: no network\n");
        return SOLO5_EXIT_FAILURE;
    }
    for (unsigned i = 0; i < 6; i++)
        e.mac[i] = ni.mac_address[i];
    introduce(&e, ni.mtu);

    while (count == 0 || e.pings < count) {
        solo5_yield(UINT64_MAX, NULL);
        serve(&e, net, (uint8_t *)info->heap_start, ni.mtu + SOLO5_NET_HLEN);
    }
    put("netecho: answered ");
    put_number(e.pings, 10, 1);
    put(" pings and ");
    put_number(e.arps, 10, 1);
    put(" ARP requests\n");
    return SOLO5_EXIT_SUCCESS;
}
