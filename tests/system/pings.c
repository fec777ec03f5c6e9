/* SPDX-License-Identifier: ISC */
/*
 * pings ADDRESS COUNT [SECONDS [SIZE [in-parts]]]: ICMP echo requests with SIZE bytes (56),
 * one every so many SECONDS (0: as they come back). Every one must be answered, once, with
 * its own bytes; how late does not matter. Only in-parts they may be larger than a frame.
 * ping(8) gives up on the last ones after twice the time the others took, which says
 * something about a loaded machine and nothing about a guest.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <error.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WINDOW 64         /* unanswered at a time */
#define PATIENCE_MS 60000/* without any answer: nothing will come any more */
#define SIZE_MAX_ICMP 65000

struct pinger {
    int sock;
    uint16_t id;
    unsigned count, sent, answered;
    size_t size;
    uint64_t interval, next; /* ns */
    bool *done; /* by sequence number */
};

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* RFC 1071 */
static uint16_t checksum(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (uint32_t)p[i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

static void fill(uint8_t *data, size_t size, unsigned seq)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(seq * 7 + i);
}

static void send_one(struct pinger *p)
{
    static uint8_t packet[sizeof(struct icmphdr) + SIZE_MAX_ICMP];
    struct icmphdr h = {.type = ICMP_ECHO,
            .un.echo = {.id = p->id, .sequence = htons((uint16_t)p->sent)}};
    size_t n = sizeof h + p->size;

    fill(packet + sizeof h, p->size, p->sent);
    memcpy(packet, &h, sizeof h);
    h.checksum = checksum(packet, n);
    memcpy(packet, &h, sizeof h);
    if (send(p->sock, packet, n, 0) != (ssize_t)n)
        error(1, errno, "request %u of %zu bytes", p->sent, n);
    p->sent++;
}

/* A raw socket gets everybody's answers. */
static bool take_answer(struct pinger *p, const uint8_t *packet, size_t n)
{
    static uint8_t want[SIZE_MAX_ICMP];
    struct icmphdr h;
    size_t ip = (size_t)(packet[0] & 15) * 4;

    if (n < ip + sizeof h)
        return false;
    memcpy(&h, packet + ip, sizeof h);
    unsigned seq = ntohs(h.un.echo.sequence);
    if (h.type != ICMP_ECHOREPLY || h.un.echo.id != p->id || seq >= p->sent)
        return false;
    fill(want, p->size, seq);
    if (n != ip + sizeof h + p->size || memcmp(packet + ip + sizeof h, want, p->size) != 0)
        error(1, 0, "the answer to request %u has other bytes", seq);
    if (p->done[seq])
        error(1, 0, "request %u was answered twice", seq);
    p->done[seq] = true;
    p->answered++;
    return true;
}

/* Until the next one is due, or something has come. */
static int patience(const struct pinger *p)
{
    uint64_t now = now_ns();

    if (p->sent == p->count || p->sent - p->answered >= WINDOW)
        return PATIENCE_MS;
    return p->next > now ? (int)((p->next - now) / 1000000) + 1 : 0;
}

static void receive(struct pinger *p)
{
    static uint8_t packet[65536];
    ssize_t n;

    while ((n = recv(p->sock, packet, sizeof packet, MSG_DONTWAIT)) > 0)
        take_answer(p, packet, (size_t)n);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        error(1, errno, "after %u answers", p->answered);
}

static void ping(struct pinger *p)
{
    uint64_t last = now_ns();

    while (p->answered < p->count) {
        unsigned before = p->answered;
        struct pollfd fd = {.fd = p->sock, .events = POLLIN};

        if (p->sent < p->count && p->sent - p->answered < WINDOW && now_ns() >= p->next) {
            send_one(p);
            p->next = now_ns() + p->interval;
        }
        poll(&fd, 1, patience(p));
        receive(p);
        if (p->answered != before)
            last = now_ns();
        if ((now_ns() - last) / 1000000 >= PATIENCE_MS)
            error(1, 0, "%u of %u requests were answered", p->answered, p->sent);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int whole = argc > 5 ? IP_PMTUDISC_DONT : IP_PMTUDISC_DO, room = 4 << 20;

    if (argc < 3 || argc > 6 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
        error(2, 0, "ADDRESS COUNT [SECONDS [SIZE]]");
    struct pinger p = {
            .sock = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP),
            .id = (uint16_t)getpid(),
            .count = (unsigned)atoi(argv[2]),
            .interval = argc > 3 ? (uint64_t)(atof(argv[3]) * 1e9) : 0,
            .size = argc > 4 ? (size_t)atoi(argv[4]) : 56,
    };
    p.done = calloc(p.count, sizeof *p.done);
    if (!p.done || p.count > 65536 || p.size > SIZE_MAX_ICMP)
        error(2, 0, "too many, or too large");
    if (p.sock < 0 || connect(p.sock, (struct sockaddr *)&to, sizeof to) != 0)
        error(2, errno, "%s", argv[1]);
    setsockopt(p.sock, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole);
    setsockopt(p.sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    ping(&p);
    printf("%u of %u\n", p.answered, p.count);
    return 0;
}
