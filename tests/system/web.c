/* SPDX-License-Identifier: ISC */
/*
 * web.c: clients of a web server, good ones and others. Runs on the host.
 *
 *   web get ADDRESS PATH             the content, which must come with status 200
 *   web load ADDRESS PATH FILE OPTION...
 *                                    connections that are all open before the first request;
 *                                    every answer must have FILE as content
 *       connections=N  of them, 1    requests=M  on each of them, 1
 *       depth=D        requests that are sent at once, 1; more of them than answers come
 *       refused=K      of the connections are refused, 0, and all others are served
 *       head, old, close, half-close HEAD; HTTP/1.0 with keep-alive; Connection: close in
 *                                    the last request; no more is sent after the last one
 *       trickle        a byte at a time
 *       status=S       of every answer, 200
 *       segment=B      the server may send at most so many bytes at a time
 *       port=P         from this port, over IPv4
 *   web hostile ADDRESS              what no client should send; the statuses must fit
 *   web stuck ADDRESS PATH N [close|often|pieces]
 *                                    N clients that ask for PATH, for the last time or as often
 *                                    as they can, and read nothing: says "stuck", and waits for
 *                                    its end; pieces: they want small segments
 *   web reset ADDRESS PATH N         N connections that are reset, at different times
 *
 * ADDRESS is one of IPv4, or of IPv6 with %INTERFACE. Nothing here has a time-out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct bytes {
    char *p;
    size_t size;
};

static struct addrinfo *server;
static int receive_buffer; /* of connections; 0: the system's */
static unsigned segment_size; /* so, too */
static unsigned local_port;   /* 0: any */

static void find_server(const char *address)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
            .ai_socktype = SOCK_STREAM};
    int e = getaddrinfo(address, "80", &hints, &server);

    if (e)
        error(2, 0, "%s: %s", address, gai_strerror(e));
}

static void allow_many_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        error(2, errno, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        error(2, errno, "setrlimit");
}

static void use_port(int fd)
{
    const struct sockaddr_in from = {.sin_family = AF_INET,
            .sin_port = htons((uint16_t)local_port)};
    const int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
            bind(fd, (const struct sockaddr *)&from, sizeof from) != 0)
        error(2, errno, "port %u", local_port);
}

/* What is sent leaves at once. FLAGS may be SOCK_NONBLOCK: then it may not be open yet, or
 * never will be. */
static int open_connection(int flags)
{
    int fd = socket(server->ai_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), on = 1;

    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        error(2, errno, "socket");
    if (receive_buffer)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (segment_size)
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment_size, sizeof segment_size);
    if (local_port)
        use_port(fd);
    if (connect(fd, server->ai_addr, server->ai_addrlen) != 0 && !flags)
        error(1, errno, "connect");
    return fd;
}

/* The server may have ended it before all of this is sent: then errno says why. */
static bool send_some(int fd, const char *p, size_t size)
{
    while (size) {
        ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
        if (n < 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

static void send_all(int fd, const char *p, size_t size)
{
    if (!send_some(fd, p, size))
        error(1, errno, "send");
}

static struct bytes read_file(const char *path)
{
    struct bytes b = {.p = NULL};
    FILE *f = fopen(path, "r");
    size_t room = 0, n;

    if (!f)
        error(2, errno, "%s", path);
    do {
        if (room - b.size < 65536)
            b.p = realloc(b.p, room = 2 * room + 65536);
        if (!b.p)
            error(2, errno, "%s", path);
        b.size += n = fread(b.p + b.size, 1, room - b.size, f);
    } while (n);
    fclose(f);
    return b;
}

/*
 * load. All clients do the same, so what they do is said once.
 */
static struct {
    unsigned connections, requests, depth, refused, status;
    bool head, old, close, half_close, trickle;
    const char *path;
    struct bytes want;
    char request[1024], last_request[1024];
} load = {.connections = 1, .requests = 1, .depth = 1, .status = 200};

#define HEADER_MAX 1024

struct client {
    int fd;
    bool connected, refused, done;
    unsigned sent, answered; /* requests, answers */
    size_t part;             /* bytes sent of the next request */
    char header[HEADER_MAX]; /* of the answer that comes */
    size_t header_size;
    size_t content; /* bytes of it that have come */
    bool in_content;
};

static void check_header(const struct client *c)
{
    const bool last = c->answered + 1 == load.requests;
    char status[32], length[64];

    snprintf(status, sizeof status, "HTTP/1.1 %u ", load.status);
    snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", load.want.size);
    if (strncmp(c->header, status, strlen(status)) != 0 || !strstr(c->header, length))
        error(1, 0, "answer %u is no %swith%s%s", c->answered, status, length, c->header);
    if ((strstr(c->header, "\r\nConnection: close\r\n") != NULL) != (load.close && last))
        error(1, 0, "answer %u: will it close or not?\n%s", c->answered, c->header);
    if (load.old && !(load.close && last) && !strstr(c->header, "\r\nConnection: keep-alive\r\n"))
        error(1, 0, "answer %u does not keep the connection\n%s", c->answered, c->header);
}

static void end_answer(struct client *c)
{
    c->answered++;
    c->header_size = c->content = 0;
    c->in_content = false;
}

/* Some of what has come belongs to the header. Returns how much. */
static size_t take_header(struct client *c, const char *p, size_t size)
{
    size_t n = 0;

    while (n < size && !c->in_content) {
        if (c->header_size == HEADER_MAX - 1)
            error(1, 0, "a header of more than %zu bytes", c->header_size);
        c->header[c->header_size++] = p[n++];
        c->header[c->header_size] = 0;
        c->in_content = c->header_size >= 4 &&
                memcmp(c->header + c->header_size - 4, "\r\n\r\n", 4) == 0;
    }
    return n;
}

static void take(struct client *c, const char *p, size_t size)
{
    while (size) {
        if (c->answered == load.requests)
            error(1, 0, "more than %u answers", load.requests);
        size_t n = 0;
        if (!c->in_content) {
            n = take_header(c, p, size);
            if (c->in_content)
                check_header(c);
        } else {
            n = load.want.size - c->content < size ? load.want.size - c->content : size;
            if (memcmp(p, load.want.p + c->content, n) != 0)
                error(1, 0, "answer %u differs within %zu bytes from %zu", c->answered, n,
                        c->content);
            c->content += n;
        }
        p += n;
        size -= n;
        if (c->in_content && (load.head || c->content == load.want.size))
            end_answer(c);
    }
}

/* The server has ended it, which it may do if it was told so, or if it has no room. */
static void ended(struct client *c, int why)
{
    if (c->answered == load.requests && why == 0)
        c->done = true;
    else if (c->answered == 0 && c->header_size == 0 && load.refused)
        c->refused = true;
    else
        error(1, why, "ended after %u answers of %u", c->answered, load.requests);
    close(c->fd);
    c->fd = -1;
}

static void receive(struct client *c)
{
    static char buffer[65536];
    ssize_t n = recv(c->fd, buffer, sizeof buffer, MSG_DONTWAIT);

    if (n > 0) {
        take(c, buffer, (size_t)n);
        /* Without a reason to wait for the server's end it is done. */
        if (c->answered == load.requests && !load.close && !load.half_close)
            c->done = true;
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        ended(c, n ? errno : 0);
    }
}

static bool may_send(const struct client *c)
{
    return c->connected && !c->refused && c->sent < load.requests &&
            c->sent - c->answered < load.depth;
}

/* As many requests as may be sent, in one piece. */
static void send_requests(struct client *c)
{
    static char buffer[65536];
    size_t size = 0, skip = c->part;
    unsigned next = c->sent;

    while (next < load.requests && next - c->answered < load.depth) {
        const char *request = next + 1 == load.requests ? load.last_request : load.request;
        size_t length = strlen(request);
        if (sizeof buffer - size < length)
            break;
        memcpy(buffer + size, request, length);
        size += length;
        next++;
    }
    ssize_t n = send(c->fd, buffer + skip, load.trickle ? 1 : size - skip,
            MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        ended(c, errno);
        return;
    }
    for (c->part += (size_t)n; c->sent < load.requests; c->sent++) {
        bool last = c->sent + 1 == load.requests;
        size_t length = strlen(last ? load.last_request : load.request);
        if (c->part < length)
            break;
        c->part -= length;
    }
    if (c->sent == load.requests && load.half_close)
        shutdown(c->fd, SHUT_WR);
}

static void handle(struct client *c, short events)
{
    int e = 0;
    socklen_t size = sizeof e;

    if (!c->connected && (events & (POLLOUT | POLLERR | POLLHUP))) {
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &size);
        c->connected = true;
        if (e)
            ended(c, e);
    } else if (events & (POLLIN | POLLERR | POLLHUP)) {
        receive(c);
    } else if (events & POLLOUT) {
        send_requests(c);
    }
}

/* Of all clients, until each is connected, or else until each is done. */
static void run_clients(struct client *clients, bool connecting)
{
    struct pollfd *fds = calloc(load.connections, sizeof *fds);
    unsigned left;

    if (!fds)
        error(2, errno, "memory");
    do {
        left = 0;
        for (unsigned i = 0; i < load.connections; i++) {
            struct client *c = &clients[i];
            bool over = connecting ? c->connected : c->done || c->refused;
            fds[i].fd = over ? -1 : c->fd;
            fds[i].events = POLLIN | (!c->connected || may_send(c) ? POLLOUT : 0);
            fds[i].revents = 0;
            left += !over;
        }
        if (left && poll(fds, load.connections, -1) < 0)
            error(2, errno, "poll");
        for (unsigned i = 0; i < load.connections; i++)
            if (fds[i].revents)
                handle(&clients[i], fds[i].revents);
    } while (left);
    free(fds);
}

static const struct {
    const char *name;
    unsigned *number;
    bool *flag;
} options[] = {
        {"connections", &load.connections, NULL},
        {"requests", &load.requests, NULL},
        {"depth", &load.depth, NULL},
        {"refused", &load.refused, NULL},
        {"status", &load.status, NULL},
        {"segment", &segment_size, NULL},
        {"port", &local_port, NULL},
        {"head", NULL, &load.head},
        {"old", NULL, &load.old},
        {"close", NULL, &load.close},
        {"half-close", NULL, &load.half_close},
        {"trickle", NULL, &load.trickle},
};

static void parse_option(const char *option)
{
    size_t n = strcspn(option, "=");

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strncmp(option, options[i].name, n) != 0 || options[i].name[n])
            continue;
        if (options[i].flag && !option[n]) {
            *options[i].flag = true;
            return;
        }
        if (options[i].number && option[n]) {
            *options[i].number = (unsigned)strtoul(option + n + 1, NULL, 10);
            return;
        }
    }
    error(2, 0, "unknown option %s", option);
}

static void put_request(char *to, size_t size, bool last)
{
    snprintf(to, size, "%s %s HTTP/1.%c\r\nHost: test\r\n%s%s\r\n", load.head ? "HEAD" : "GET",
            load.path, load.old ? '0' : '1', load.old ? "Connection: keep-alive\r\n" : "",
            last && load.close ? "Connection: close\r\n" : "");
}

static int do_load(char **args)
{
    unsigned refused = 0;

    load.path = args[1];
    load.want = read_file(args[2]);
    for (char **option = args + 3; *option; option++)
        parse_option(*option);
    put_request(load.request, sizeof load.request, false);
    put_request(load.last_request, sizeof load.last_request, true);
    struct client *clients = calloc(load.connections, sizeof *clients);
    if (!clients)
        error(2, errno, "memory");
    for (unsigned i = 0; i < load.connections; i++)
        clients[i].fd = open_connection(SOCK_NONBLOCK);
    run_clients(clients, true);
    run_clients(clients, false);
    for (unsigned i = 0; i < load.connections; i++)
        refused += clients[i].refused;
    if (refused != load.refused)
        error(1, 0, "%u of %u connections are refused, not %u", refused, load.connections,
                load.refused);
    printf("%u connections with %u requests each, %u refused\n", load.connections, load.requests,
            refused);
    return 0;
}

/*
 * One connection after the other
 */

/* Until the server ends it. In *ERROR why it did. */
static struct bytes read_to_end(int fd, int *why)
{
    struct bytes b = {.p = NULL};
    ssize_t n;

    do {
        b.p = realloc(b.p, b.size + 65536 + 1);
        if (!b.p)
            error(2, errno, "memory");
        n = recv(fd, b.p + b.size, 65536, 0);
        b.size += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    *why = n < 0 ? errno : 0;
    b.p[b.size] = 0;
    return b;
}

static int do_get(char **args)
{
    char request[1024];
    int fd = open_connection(0), why;

    snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", args[1]);
    send_all(fd, request, strlen(request));
    struct bytes b = read_to_end(fd, &why);
    char *content = memmem(b.p, b.size, "\r\n\r\n", 4);
    if (why || !content || strncmp(b.p, "HTTP/1.1 200 ", 13) != 0)
        error(1, why, "%s: %.*s", args[1], (int)strcspn(b.p, "\r"), b.p);
    content += 4;
    fwrite(content, 1, b.size - (size_t)(content - b.p), stdout);
    return 0;
}

#define HOST "Host: h\r\n"
#define GET_NONE "GET /none HTTP/1.1\r\n" HOST "\r\n"

/* What is sent, and the statuses that come back before the end. FILL: so many letters are put
 * where there is a ~, or behind all of it. */
static const struct hostile {
    const char *text;
    size_t fill;
    const char *statuses;
} hostiles[] = {
        {"", 0, ""},
        {"\r\n\r\n\r\n", 0, ""},
        {"GET / HTTP/1.1\r\n" HOST, 0, ""},
        {"nonsense\r\n\r\n", 0, "400 "},
        {"\x16\x03\x01\x02\x01\x01\xfc\n\n", 0, "400 "},
        {"GET / HTTP/1.1\r\n\r\n", 0, "400 "},
        {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 0, "400 "},
        {"GET / HTTP/1.1\r\n" HOST "a b: c\r\n\r\n", 0, "400 "},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 0, "400 "},
        {"GET /%00 HTTP/1.1\r\n" HOST "\r\n", 0, "400 "},
        {"GET /%zz HTTP/1.1\r\n" HOST "\r\n", 0, "400 "},
        {"GET none HTTP/1.1\r\n" HOST "\r\n", 0, "400 "},
        {"GET / HTTP/2.0\r\n" HOST "\r\n", 0, "505 "},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, "505 "},
        {"DELETE / HTTP/1.1\r\n" HOST "\r\n", 0, "405 "},
        {"GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", 0, "404 "},
        {"GET /%2e%2e/%2f HTTP/1.1\r\n" HOST "\r\n", 0, "404 "},
        {"GET //index.html HTTP/1.1\r\n" HOST "\r\n", 0, "404 "},
        {"GET /~ HTTP/1.1\r\n" HOST "\r\n", 510, "404 "},
        {"GET /~ HTTP/1.1\r\n" HOST "\r\n", 511, "414 "},
        {"GET / HTTP/1.1\r\n" HOST "x: ~\r\n\r\n", 4000, "200 "},
        {"GET / HTTP/1.1\r\n" HOST "x: ~\r\n\r\n", 4096, "431 "},
        {"~", 4095, ""},
        {"~", 4096, "431 "},
        {"~", 1000000, "431 "},
        /* content is not read, be it a request or not */
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n~", 100000, "405 "},
        {"GET /none HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n" GET_NONE, 0, "404 "},
        {"GET /none HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET_NONE, 0,
                "404 "},
        {"GET /none HTTP/1.0\r\n\r\n" GET_NONE, 0, "404 "},
        {"GET /none HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n" GET_NONE, 0, "404 "},
        /* several, of which one is bad */
        {GET_NONE GET_NONE "\r\n" GET_NONE, 0, "404 404 404 "},
        {GET_NONE "x\r\n\r\n" GET_NONE, 0, "404 400 "},
        {"HEAD /none HTTP/1.1\r\n" HOST "\r\n" GET_NONE, 0, "404 404 "},
};

static struct bytes filled(const struct hostile *h)
{
    const char *mark = h->text + strcspn(h->text, "~");
    size_t before = (size_t)(mark - h->text);
    const char *after = *mark ? mark + 1 : mark;
    struct bytes b = {.size = before + h->fill + strlen(after)};

    b.p = malloc(b.size + 1);
    if (!b.p)
        error(2, errno, "memory");
    memcpy(b.p, h->text, before);
    memset(b.p + before, 'a', h->fill);
    memcpy(b.p + before + h->fill, after, strlen(after));
    return b;
}

/* No content of ours has this in it. */
static void statuses_of(const char *answers, char *to, size_t size)
{
    size_t used = 0;

    to[0] = 0;
    while ((answers = strstr(answers, "HTTP/1.1 ")) && used < size) {
        answers += strlen("HTTP/1.1 ");
        used += (size_t)snprintf(to + used, size - used, "%.3s ", answers);
    }
}

static void try_hostile(const struct hostile *h)
{
    struct bytes b = filled(h);
    char got[64];
    int fd = open_connection(0), why;

    send_some(fd, b.p, b.size);
    shutdown(fd, SHUT_WR);
    struct bytes answers = read_to_end(fd, &why);
    statuses_of(answers.p, got, sizeof got);
    if (strcmp(got, h->statuses) != 0)
        error(1, why, "statuses %sand not %sfor: %.200s", got, h->statuses, b.p);
    free(answers.p);
    free(b.p);
    close(fd);
}

static int do_hostile(char **args)
{
    (void)args;
    for (size_t i = 0; i < sizeof hostiles / sizeof hostiles[0]; i++)
        try_hostile(&hostiles[i]);
    printf("%zu hostile connections\n", sizeof hostiles / sizeof hostiles[0]);
    return 0;
}

static int do_stuck(char **args)
{
    const char *how = args[3] ? args[3] : "";
    const bool often = strcmp(how, "often") == 0;
    char request[1024];

    receive_buffer = 1; /* the least there is */
    if (strcmp(how, "pieces") == 0)
        segment_size = 88; /* the least there is */
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "%s\r\n", args[1],
            strcmp(how, "close") == 0 ? "Connection: close\r\n" : "");
    for (int i = 0; i < atoi(args[2]); i++) {
        struct pollfd p = {.fd = open_connection(SOCK_NONBLOCK), .events = POLLOUT};
        if (poll(&p, 1, -1) < 0)
            error(2, errno, "poll");
        while (send_some(p.fd, request, strlen(request)) && often)
            continue;
    }
    printf("stuck\n");
    fflush(stdout);
    pause();
    return 0;
}

/* With SO_LINGER's zero the end is a reset. */
static int do_reset(char **args)
{
    const struct linger now = {.l_onoff = 1};
    char request[1024], some[1000];
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "\r\n", args[1]);

    for (int i = 0; i < atoi(args[2]); i++) {
        int fd = open_connection(0);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        send_all(fd, request, (size_t)(i % (size + 1)));
        if (i % (size + 1) == size && recv(fd, some, sizeof some, 0) <= 0)
            error(1, errno, "no answer");
        close(fd);
    }
    return 0;
}

static const struct command {
    const char *name;
    int min_args;
    int (*run)(char **args);
} commands[] = {
        {"get", 2, do_get},
        {"load", 3, do_load},
        {"hostile", 1, do_hostile},
        {"stuck", 3, do_stuck},
        {"reset", 3, do_reset},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (argc < 2 + commands[i].min_args || strcmp(argv[1], commands[i].name) != 0)
            continue;
        allow_many_files();
        find_server(argv[2]);
        return commands[i].run(argv + 2);
    }
    error(2, 0, "unknown command or too few arguments");
}
