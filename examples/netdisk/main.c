/* SPDX-License-Identifier: ISC */
/*
 * netdisk ADDRESS: answer pings, and serve the disk over UDP: a datagram "read N" to
 * port 7000 is answered with block N.
 */
#include "../netecho/echo.h"
#include "solo5.h"

#define PORT 7000

/* Offsets into frames, big endian. IPv4: RFC 791; UDP: RFC 768. */
enum {
    ETH_DST = 0,
    ETH_SRC = 6,
    ETH_TYPE = 12,
    ETH_SIZE = 14,
    IP = 14,
    IP_LENGTH = 16,
    IP_FRAGMENT = 20,
    IP_PROTOCOL = 23,
    IP_CHECKSUM = 24,
    IP_SRC = 26,
    IP_DST = 30,
    UDP_SRC = 34, /* behind an IP header without options */
    UDP_DST = 36,
    UDP_LENGTH = 38,
    UDP_CHECKSUM = 40,
    UDP_DATA = 42
};

struct server {
    struct echo echo;
    solo5_handle_t net, disk;
    struct solo5_net_info ni;
    struct solo5_block_info bi;
};

/* Room for the largest MTU and for the largest block. */
static uint8_t frame[UDP_DATA + 65535];

static void put(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    solo5_console_write(s, n);
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static bool equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    while (n && *a == *b)
        n--, a++, b++;
    return n == 0;
}

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
    for (; n; n--, a++, b++) {
        uint8_t t = *a;
        *a = *b;
        *b = t;
    }
}

/* The Internet checksum of an IP header of 20 bytes, RFC 1071. */
static void sum_ip_header(uint8_t *f)
{
    uint32_t sum = 0;

    put16(f + IP_CHECKSUM, 0);
    for (unsigned i = 0; i < 20; i += 2)
        sum += get16(f + IP + i);
    sum = (sum & 0xffff) + (sum >> 16);
    put16(f + IP_CHECKSUM, ~(sum + (sum >> 16)) & 0xffff);
}

/* "read N" of SIZE bytes, perhaps with a newline: the block's offset. */
static bool parse_request(const struct server *s, const uint8_t *p, size_t size,
        solo5_off_t *offset)
{
    static const uint8_t word[5] = {'r', 'e', 'a', 'd', ' '};
    uint64_t n = 0;

    if (size > 0 && p[size - 1] == '\n')
        size--;
    /* 9 digits can't overflow. */
    if (size < sizeof word + 1 || size > sizeof word + 9 || !equal(p, word, sizeof word))
        return false;
    for (size_t i = sizeof word; i < size; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(p[i] - '0');
    }
    *offset = n * s->bi.block_size;
    return *offset < s->bi.capacity;
}

/* An unfragmented datagram to our port, whole within the frame: its data's size. */
static bool is_request(const struct server *s, const uint8_t *f, size_t size, size_t *data)
{
    if (size < UDP_DATA || get16(f + ETH_TYPE) != 0x0800 || f[IP] != 0x45 ||
            f[IP_PROTOCOL] != 17 || (get16(f + IP_FRAGMENT) & 0x3fff) != 0 ||
            !equal(f + IP_DST, s->echo.ip, 4) || get16(f + UDP_DST) != PORT ||
            get16(f + UDP_LENGTH) < 8 || get16(f + UDP_LENGTH) > size - UDP_SRC)
        return false;
    *data = get16(f + UDP_LENGTH) - 8u;
    return true;
}

/* Turn a request into the answer; its size, 0 if there is none to give. */
static size_t answer_request(const struct server *s, uint8_t *f, size_t size)
{
    size_t block = s->bi.block_size;
    solo5_off_t offset;

    if (!is_request(s, f, size, &size) || !parse_request(s, f + UDP_DATA, size, &offset) ||
            UDP_DATA - ETH_SIZE + block > s->ni.mtu ||
            solo5_block_read(s->disk, offset, f + UDP_DATA, block) != SOLO5_R_OK)
        return 0;
    swap(f + ETH_DST, f + ETH_SRC, 6);
    swap(f + IP_SRC, f + IP_DST, 4);
    swap(f + UDP_SRC, f + UDP_DST, 2);
    put16(f + UDP_LENGTH, 8 + block);
    put16(f + UDP_CHECKSUM, 0); /* none, RFC 768 */
    put16(f + IP_LENGTH, 28 + block);
    sum_ip_header(f);
    return UDP_DATA + block;
}

/* Answer all that is there. */
static void serve(struct server *s)
{
    size_t size, max = s->ni.mtu + SOLO5_NET_HLEN;

    while (solo5_net_read(s->net, frame, max, &size) == SOLO5_R_OK) {
        if (!echo_answer(&s->echo, frame, size))
            size = answer_request(s, frame, size);
        if (size != 0 && solo5_net_write(s->net, frame, size) != SOLO5_R_OK)
            put("netdisk: could not send\n");
    }
}

static bool start(struct server *s, const char *address)
{
    const char *end = echo_parse_ip(s->echo.ip, address);

    if (!end || *end) {
        put("Usage: netdisk ADDRESS, such as 10.0.0.2\n");
        return false;
    }
    if (solo5_net_acquire("net", &s->net, &s->ni) != SOLO5_R_OK ||
            solo5_block_acquire("disk", &s->disk, &s->bi) != SOLO5_R_OK) {
        put("netdisk: no network or no disk\n");
        return false;
    }
    for (unsigned i = 0; i < SOLO5_NET_ALEN; i++)
        s->echo.mac[i] = s->ni.mac_address[i];
    return true;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static struct server s;

    if (!start(&s, info->cmdline))
        return SOLO5_EXIT_FAILURE;
    put("netdisk: serving\n");
    for (;;) {
        solo5_yield(UINT64_MAX, NULL);
        serve(&s);
    }
}
