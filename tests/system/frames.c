/* SPDX-License-Identifier: ISC */
/*
 * frames.c: clients of a web server that speak a TCP of their own, frame by frame, and say what
 * no kernel would say for them. Runs on the host.
 *
 *   frames mss INTERFACE ADDRESS PATH        acknowledges a segment of PATH, with a smaller
 *                                            segment size
 *   frames window INTERFACE ADDRESS PATH     asks for PATH with a window of a byte, which grows
 *   frames probe INTERFACE ADDRESS PATH      takes the last byte of PATH as a probe of its closed
 *                                            window
 *   frames hold INTERFACE ADDRESS PATH N [full]
 *                                            N clients that ask for PATH and acknowledge nothing:
 *                                            says "held", and waits for its end; full: the
 *                                            request fills a segment, all but the last byte of
 *                                            what comes is acknowledged, and more is sent
 *   frames syns INTERFACE ADDRESS N          N connections that never go on
 *   frames reopen INTERFACE ADDRESS PATH     what reopens a connection that has ended, and what
 *                                            must not
 *   frames crash INTERFACE ADDRESS PATH      a client that has forgotten its connection opens it
 *   frames ptb INTERFACE ADDRESS MTU         over IPv6: that packets larger than MTU don't come
 *
 * ADDRESS is one of IPv4 with a prefix of 24 bits, whose hosts from .100 on are these clients;
 * with ptb of IPv6. Nothing here has a time-out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <error.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_HOST 100 /* and as many more */
#define HOSTS 8
#define FIRST_PORT 20000
#define CLIENTS_MAX 4096
#define MSS 1460
#define AGAIN_MS 1000 /* after so long without a frame: maybe one is lost */

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
enum { ETHERNET = 14, IP = 20, TCP = 20 }; /* sizes of headers */
enum { TYPE_IP = 0x0800, TYPE_ARP = 0x0806 };

struct client {
    uint32_t seq, rcv; /* the next byte that it sends, that is to come */
    uint32_t received; /* bytes of answers */
    uint32_t other;    /* before it is open: what is acknowledged of another connection */
    uint16_t window;
    bool open, reset, ended;
    bool acks; /* what comes, at once */
};

static const uint8_t my_mac[6] = {2, 0, 0, 0, 0, 0x99};
static uint8_t server_mac[6] = {255, 255, 255, 255, 255, 255};
static uint32_t server; /* its address */
static unsigned arp_answers;
static int sock;
static struct client clients[CLIENTS_MAX]; /* each has the address and port of its index */

/* Numbers as a network has them. Returns what is behind it. */
static uint8_t *put(uint8_t *to, uint32_t value, size_t size)
{
    for (size_t i = size; i-- > 0; value >>= 8)
        to[i] = (uint8_t)value;
    return to + size;
}

static uint8_t *put_bytes(uint8_t *to, const void *from, size_t size)
{
    if (size)
        memcpy(to, from, size);
    return to + size;
}

static uint32_t get(const uint8_t *from, size_t size)
{
    uint32_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | from[i];
    return value;
}

/* RFC 1071 */
static uint32_t checksum(const uint8_t *p, size_t n, uint32_t sum)
{
    for (size_t i = 0; i < n; i++)
        sum += (uint32_t)p[i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static uint32_t host(unsigned n)
{
    return (server & ~UINT32_C(255)) + FIRST_HOST + n;
}

static unsigned index_of(const struct client *c)
{
    return (unsigned)(c - clients);
}

static void send_frame(const uint8_t *frame, const uint8_t *end)
{
    while (send(sock, frame, (size_t)(end - frame), 0) < 0)
        if (errno != ENOBUFS && errno != EINTR)
            error(1, errno, "send");
}

static uint8_t *put_ethernet(uint8_t *to, uint32_t type)
{
    to = put_bytes(to, server_mac, sizeof server_mac);
    to = put_bytes(to, my_mac, sizeof my_mac);
    return put(to, type, 2);
}

/* OPERATION: 1 asks who has TO, 2 says that FROM is here. */
static void send_arp(unsigned operation, uint32_t from, uint32_t to)
{
    uint8_t frame[64], *p = put_ethernet(frame, TYPE_ARP);

    p = put(p, 0x00010800, 4);
    p = put(p, 0x0604, 2);
    p = put(p, operation, 2);
    p = put_bytes(p, my_mac, sizeof my_mac);
    p = put(p, from, 4);
    p = put_bytes(p, server_mac, sizeof server_mac);
    p = put(p, to, 4);
    send_frame(frame, p);
}

/* With an option if NEW_MSS is not 0. ACK is of its bytes up to c->rcv. */
static void send_segment(const struct client *c, uint8_t flags, unsigned new_mss,
        const char *data, size_t size)
{
    uint8_t frame[ETHERNET + IP + TCP + 4 + MSS], *ip = put_ethernet(frame, TYPE_IP);
    const uint32_t header = TCP + (new_mss ? 4 : 0), length = header + (uint32_t)size;
    uint8_t *p = put(ip, 0x4500, 2), *tcp;

    p = put(p, IP + length, 2);
    p = put(p, 0x4000, 4); /* not to be cut */
    p = put(p, 64 << 8 | IPPROTO_TCP, 2);
    p = put(p, 0, 2);
    p = put(p, host(index_of(c) % HOSTS), 4);
    tcp = put(p, server, 4);
    put(ip + 10, checksum(ip, IP, 0), 2);
    p = put(tcp, FIRST_PORT + index_of(c) / HOSTS, 2);
    p = put(p, 80, 2);
    p = put(p, c->seq, 4);
    p = put(p, flags & ACK ? c->rcv : 0, 4);
    p = put(p, header / 4 << 12 | flags, 2);
    p = put(p, c->window, 2);
    p = put(p, 0, 4);
    if (new_mss)
        p = put(p, 0x02040000 | new_mss, 4);
    p = put_bytes(p, data, size);
    /* Its sum is of the addresses, too, of the protocol and of the length. */
    uint32_t sum = IPPROTO_TCP + length;
    for (const uint8_t *a = ip + 12; a < tcp; a += 2)
        sum += get(a, 2);
    put(tcp + 16, checksum(tcp, length, sum), 2);
    send_frame(frame, p);
}

static void send_data(struct client *c, const char *data, size_t size)
{
    send_segment(c, PSH | ACK, 0, data, size);
    c->seq += (uint32_t)size;
}

static void take_arp(const uint8_t *arp)
{
    const uint32_t operation = get(arp + 6, 2), from = get(arp + 14, 4), to = get(arp + 24, 4);

    if (from != server || to < host(0) || to >= host(HOSTS))
        return;
    if (operation == 1) {
        send_arp(2, to, server);
    } else {
        memcpy(server_mac, arp + 8, sizeof server_mac);
        arp_answers++;
    }
}

static void take_content(struct client *c, uint32_t seq, uint8_t flags, uint32_t size)
{
    const bool end = flags & FIN;

    if (!size && !end)
        return;
    if (seq == c->rcv) {
        c->rcv += size + end;
        c->received += size;
        c->ended = end;
    }
    if (c->acks)
        send_segment(c, ACK, 0, NULL, 0);
}

static void take_tcp(const uint8_t *ip, size_t size)
{
    const uint8_t *tcp = ip + IP;
    const uint32_t n = get(ip + 19, 1) - FIRST_HOST, port = get(tcp + 2, 2) - FIRST_PORT;
    const uint32_t header = IP + (get(tcp + 12, 1) >> 4) * 4;

    if (get(ip + 12, 4) != server || n >= HOSTS || port >= CLIENTS_MAX / HOSTS || size < header)
        return;
    struct client *c = &clients[port * HOSTS + n];
    const uint32_t seq = get(tcp + 4, 4), ack = get(tcp + 8, 4);
    const uint8_t flags = tcp[13];
    if (flags & RST) {
        c->reset = true;
    } else if ((flags & SYN) && !c->open && ack == c->seq + 1) {
        c->open = true;
        c->seq++;
        c->rcv = seq + 1;
    } else if (c->open && !(flags & SYN)) {
        take_content(c, seq, flags, (uint32_t)size - header);
    } else if (!c->open) {
        c->other = ack;
    }
}

/* All that is there, or comes within TIMEOUT milliseconds. False if nothing does. */
static bool receive(int timeout)
{
    static uint8_t frame[65536];
    struct pollfd p = {.fd = sock, .events = POLLIN};
    ssize_t n;

    if (poll(&p, 1, timeout) == 0)
        return false;
    while ((n = recv(sock, frame, sizeof frame, MSG_DONTWAIT)) > 0) {
        const uint8_t *packet = frame + ETHERNET;
        if (n >= ETHERNET + 28 && get(frame + 12, 2) == TYPE_ARP)
            take_arp(packet);
        else if (n >= ETHERNET + IP + TCP && get(frame + 12, 2) == TYPE_IP &&
                packet[0] == 0x45 && packet[9] == IPPROTO_TCP &&
                ETHERNET + get(packet + 2, 2) <= (size_t)n)
            take_tcp(packet, get(packet + 2, 2));
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        error(1, errno, "receive");
    return true;
}

/* When it answers this one it has taken all before: it takes one after the other. */
static void sync_server(void)
{
    const unsigned before = arp_answers;

    send_arp(1, host(0), server);
    while (arp_answers == before)
        if (!receive(AGAIN_MS))
            send_arp(1, host(0), server);
}

static void find_server(const char *interface, const char *address)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(0x0003 /* all */),
            .sll_ifindex = (int)if_nametoindex(interface)};
    struct in_addr a;
    int room = 64 << 20;

    if (!at.sll_ifindex || inet_pton(AF_INET, address, &a) != 1)
        error(2, errno, "%s, %s", interface, address);
    server = ntohl(a.s_addr);
    sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (sock < 0 || bind(sock, (const struct sockaddr *)&at, sizeof at) != 0)
        error(2, errno, "%s", interface);
    setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    sync_server();
}

static struct client *new_client(unsigned n, unsigned window)
{
    clients[n] = (struct client){.seq = 100000 + n, .window = (uint16_t)window};
    return &clients[n];
}

static struct client *connect_client(unsigned n, unsigned window)
{
    struct client *c = new_client(n, window);

    send_segment(c, SYN, MSS, NULL, 0);
    while (!c->open && !c->reset)
        if (!receive(AGAIN_MS))
            send_segment(c, SYN, MSS, NULL, 0);
    if (c->reset)
        error(1, 0, "connection %u is refused", n);
    send_segment(c, ACK, 0, NULL, 0);
    return c;
}

/* The first SIZE bytes, with the answer's header. */
static void await_content(const struct client *c, uint32_t size)
{
    while (c->received < size && !c->reset)
        receive(-1);
    if (c->reset)
        error(1, 0, "reset after %u bytes", c->received);
}

static void await_end(const struct client *c)
{
    while (!c->ended && !c->reset)
        receive(-1);
    if (c->reset)
        error(1, 0, "reset after %u bytes", c->received);
}

static void request(struct client *c, const char *path, const char *option)
{
    char text[1024];
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: test\r\n%s\r\n", path, option);

    send_data(c, text, (size_t)n);
}

static int do_mss(char **args)
{
    struct client *c = connect_client(0, 65535);

    request(c, args[0], "");
    await_content(c, MSS + 1);
    c->rcv -= c->received - MSS;
    send_segment(c, ACK, 100, NULL, 0);
    sync_server();
    return 0;
}

/* There is always more to send than the window lets out. The server has to make do with each. */
static int do_window(char **args)
{
    static const uint16_t windows[] = {1, 2, 20, 65535};
    const size_t n = sizeof windows / sizeof windows[0];
    struct client *c = connect_client(0, windows[0]);

    c->acks = true;
    for (size_t i = 0; i < n; i++) {
        c->window = windows[i];
        send_segment(c, ACK, 0, NULL, 0);
        request(c, args[0], i + 1 < n ? "" : "Connection: close\r\n");
        sync_server();
    }
    await_end(c);
    return 0;
}

/* PATH and its header are a segment. When the last byte has come there is nothing to probe for. */
static int do_probe(char **args)
{
    struct client *c = connect_client(0, 65535);

    request(c, args[0], "");
    await_content(c, 1);
    const uint32_t size = c->received;
    c = connect_client(1, size - 1);
    request(c, args[0], "");
    await_content(c, size - 1);
    for (c->window = 0; c->received < size; receive(-1))
        send_segment(c, ACK, 0, NULL, 0);
    send_segment(c, ACK, 0, NULL, 0);
    sleep(2); /* four times as long as lwIP's slow timer */
    sync_server();
    return 0;
}

/* A request that fills a segment but for a byte, and the first one of another. */
static void request_full(struct client *c, const char *path)
{
    char text[MSS + 1];
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: test\r\nX: ", path);

    memset(text + n, 'x', sizeof text - (size_t)n);
    memcpy(text + MSS - 5, "\r\n\r\nz", 5);
    send_data(c, text, MSS);
}

static void hold_full(unsigned n)
{
    char more[250];

    memset(more, 'x', sizeof more);
    for (struct client *c = clients; c < clients + n; c++) {
        c->rcv -= c->received > 0 ? 1 : 0;
        send_segment(c, ACK, 0, NULL, 0);
        sync_server();
    }
    for (struct client *c = clients; c < clients + n; c++) {
        for (int i = 0; i < 4; i++)
            send_data(c, more, sizeof more);
        sync_server();
    }
}

static unsigned number_of_clients(const char *arg)
{
    const int n = atoi(arg);

    if (n < 1 || n > CLIENTS_MAX)
        error(2, 0, "not 1 to %d clients: %s", CLIENTS_MAX, arg);
    return (unsigned)n;
}

static int do_hold(char **args)
{
    const unsigned n = number_of_clients(args[1]);
    const bool full = args[2] && strcmp(args[2], "full") == 0;

    for (unsigned i = 0; i < n; i++)
        connect_client(i, 65535);
    for (unsigned i = 0; i < n; i++) {
        if (full)
            request_full(&clients[i], args[0]);
        else
            request(&clients[i], args[0], "");
        sync_server();
    }
    if (full)
        hold_full(n);
    printf("held\n");
    fflush(stdout);
    while (receive(-1))
        continue;
    return 0;
}

static int do_syns(char **args)
{
    const unsigned n = number_of_clients(args[0]);

    for (unsigned i = 0; i < n; i++) {
        send_segment(new_client(i, 65535), SYN, MSS, NULL, 0);
        sync_server();
    }
    return 0;
}

/* The server ends the connection, so it is the one that remembers it. */
static void serve_and_end(struct client *c, const char *path)
{
    request(c, path, "Connection: close\r\n");
    await_end(c);
    send_segment(c, FIN | ACK, 0, NULL, 0);
    c->seq++;
    sync_server();
}

/* To the same connection. RST would end what the server remembers, if it were taken for a SYN
 * first: then the next one is taken for new. */
static const struct {
    const char *name;
    uint8_t flags;
    uint32_t further; /* than where it has ended */
    bool opens;
} tries[] = {
        {"an old SYN", SYN, (uint32_t)-5000, false},
        {"SYN with RST", SYN | RST, 1000, false},
        {"an old SYN after that", SYN, (uint32_t)-5000, false},
        {"SYN with FIN and RST", SYN | FIN | RST, 1000, false},
        {"an old SYN after that", SYN, (uint32_t)-5000, false},
        {"a new SYN", SYN, 1000, true},
};

static int do_reopen(char **args)
{
    struct client *c = connect_client(0, 65535);

    c->acks = true;
    serve_and_end(c, args[0]);
    const struct client end = *c;
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        *c = (struct client){.seq = end.seq + tries[i].further, .window = 65535, .acks = true};
        send_segment(c, tries[i].flags, MSS, NULL, 0);
        sync_server();
        if (c->open != tries[i].opens)
            error(1, 0, "%s: is the connection open or not?", tries[i].name);
    }
    send_segment(c, ACK, 0, NULL, 0);
    serve_and_end(c, args[0]);
    return 0;
}

/* RFC 4443, 3.2. It has the beginning of what was too big. */
static int do_ptb(const char *interface, const char *address, const char *mtu)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_scope_id = if_nametoindex(interface)};
    struct sockaddr_in6 me = {.sin6_family = AF_INET6};
    socklen_t size = sizeof me;
    struct {
        struct icmp6_hdr icmp;
        struct ip6_hdr ip;
        uint8_t data[TCP + MSS / 2];
    } message = {.icmp = {.icmp6_type = ICMP6_PACKET_TOO_BIG}};

    if (!to.sin6_scope_id || inet_pton(AF_INET6, address, &to.sin6_addr) != 1)
        error(2, errno, "%s, %s", interface, address);
    sock = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
    if (sock < 0 || connect(sock, (const struct sockaddr *)&to, sizeof to) != 0 ||
            getsockname(sock, (struct sockaddr *)&me, &size) != 0)
        error(2, errno, "%s", address);
    message.icmp.icmp6_mtu = htonl((uint32_t)atoi(mtu));
    message.ip.ip6_flow = htonl(UINT32_C(6) << 28);
    message.ip.ip6_plen = htons(sizeof message.data);
    message.ip.ip6_nxt = IPPROTO_TCP;
    message.ip.ip6_hlim = 64;
    message.ip.ip6_src = to.sin6_addr;
    message.ip.ip6_dst = me.sin6_addr;
    if (send(sock, &message, sizeof message, 0) != (ssize_t)sizeof message)
        error(1, errno, "send");
    return 0;
}

/* The server says where the old one was, so that the client can reset it (RFC 9293, 3.5.1). */
static int do_crash(char **args)
{
    struct client *c = connect_client(0, 65535);

    request(c, args[0], "");
    await_content(c, 1);
    const struct client old = *c;
    *c = (struct client){.seq = old.seq + 1000000, .window = 65535};
    send_segment(c, SYN, MSS, NULL, 0);
    sync_server();
    if (c->open || c->other != old.seq)
        error(1, 0, "no word of the old connection");
    c->seq = c->other;
    send_segment(c, RST, 0, NULL, 0);
    c = connect_client(0, 65535);
    c->acks = true;
    serve_and_end(c, args[0]);
    return 0;
}

static const struct command {
    const char *name;
    int min_args;
    int (*run)(char **args); /* over IPv4 */
} commands[] = {
        {"mss", 1, do_mss},
        {"window", 1, do_window},
        {"probe", 1, do_probe},
        {"hold", 2, do_hold},
        {"syns", 1, do_syns},
        {"reopen", 1, do_reopen},
        {"crash", 1, do_crash},
};

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "ptb") == 0)
        return do_ptb(argv[2], argv[3], argv[4]);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (argc < 4 + commands[i].min_args || strcmp(argv[1], commands[i].name) != 0)
            continue;
        find_server(argv[2], argv[3]);
        return commands[i].run(argv + 4);
    }
    error(2, 0, "unknown command or too few arguments");
}
