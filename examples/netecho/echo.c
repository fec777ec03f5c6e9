/* SPDX-License-Identifier: ISC */
#include "echo.h"

/*
 * Offsets into frames. Ethernet: IEEE 802.3; ARP: RFC 826; IPv4: RFC 791;
 * ICMP: RFC 792. All numbers are big endian.
 */
enum {
    ETH_DST = 0,
    ETH_SRC = 6,
    ETH_TYPE = 12,
    ETH_SIZE = 14,

    ARP_HEAD = 14, /* Ethernet, IPv4, their address lengths */
    ARP_OP = 20,
    ARP_SENDER_MAC = 22,
    ARP_SENDER_IP = 28,
    ARP_TARGET_MAC = 32,
    ARP_TARGET_IP = 38,
    ARP_SIZE = 42,

    IP_VERSION = 14,
    IP_LENGTH = 16,
    IP_FRAGMENT = 20,
    IP_PROTOCOL = 23,
    IP_SRC = 26,
    IP_DST = 30,
    ICMP_TYPE = 34, /* behind an IP header without options */
    ICMP_CHECKSUM = 36,
    ICMP_SIZE = 42
};

static bool equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    while (n && *a == *b)
        n--, a++, b++;
    return n == 0;
}

static void copy(uint8_t *to, const uint8_t *from, size_t n)
{
    while (n--)
        *to++ = *from++;
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

const char *echo_parse_ip(uint8_t ip[4], const char *text)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned v = 0, digits = 0;

        if (i > 0 && *text++ != '.')
            return NULL;
        for (; *text >= '0' && *text <= '9'; text++, digits++)
            v = v * 10 + (unsigned)(*text - '0');
        if (digits < 1 || digits > 3 || v > 255)
            return NULL;
        ip[i] = (uint8_t)v;
    }
    return text;
}

static bool answer_arp(struct echo *e, uint8_t *f, size_t size)
{
    static const uint8_t head[8] = {0, 1, 8, 0, 6, 4, 0, 1}; /* a request */

    if (size < ARP_SIZE || !equal(f + ARP_HEAD, head, sizeof head) ||
            !equal(f + ARP_TARGET_IP, e->ip, 4))
        return false;
    put16(f + ARP_OP, 2);
    copy(f + ARP_TARGET_MAC, f + ARP_SENDER_MAC, 6);
    copy(f + ARP_TARGET_IP, f + ARP_SENDER_IP, 4);
    copy(f + ARP_SENDER_MAC, e->mac, 6);
    copy(f + ARP_SENDER_IP, e->ip, 4);
    e->arps++;
    return true;
}

/* An unfragmented echo request to us, whole within the frame. */
static bool is_ping(const struct echo *e, const uint8_t *f, size_t size)
{
    return size >= ICMP_SIZE && f[IP_VERSION] == 0x45 &&
            get16(f + IP_LENGTH) >= ICMP_SIZE - ETH_SIZE &&
            get16(f + IP_LENGTH) <= size - ETH_SIZE &&
            (get16(f + IP_FRAGMENT) & 0x3fff) == 0 && f[IP_PROTOCOL] == 1 &&
            equal(f + IP_DST, e->ip, 4) && f[ICMP_TYPE] == 8 && f[ICMP_TYPE + 1] == 0;
}

static bool answer_ping(struct echo *e, uint8_t *f, size_t size)
{
    unsigned sum;

    if (!equal(f + ETH_DST, e->mac, 6) || !is_ping(e, f, size))
        return false;
    /* Changing places does not change the IP header's checksum. */
    copy(f + IP_DST, f + IP_SRC, 4);
    copy(f + IP_SRC, e->ip, 4);
    /* The type was 8 and becomes 0, RFC 1624. */
    f[ICMP_TYPE] = 0;
    sum = get16(f + ICMP_CHECKSUM) + 0x0800;
    put16(f + ICMP_CHECKSUM, (sum & 0xffff) + (sum >> 16));
    e->pings++;
    return true;
}

bool echo_answer(struct echo *e, uint8_t *f, size_t size)
{
    bool answered;

    if (size < ETH_SIZE)
        return false;
    switch (get16(f + ETH_TYPE)) {
    case 0x0806:
        answered = answer_arp(e, f, size);
        break;
    case 0x0800:
        answered = answer_ping(e, f, size);
        break;
    default:
        return false;
    }
    if (answered) {
        copy(f + ETH_DST, f + ETH_SRC, 6);
        copy(f + ETH_SRC, e->mac, 6);
    }
    return answered;
}
