/* SPDX-License-Identifier: ISC */
/*
 * A connection reads a request, sends the answer, and so on. What a client sends in the
 * meantime waits in `in`, which TCP's window bounds. All of it happens in lwIP's
 * callbacks; an answer that memory is missing for goes on when others may have given some
 * back (server_work).
 */
#include "server.h"

#include <string.h>

#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

#include "disk.h"
#include "http.h"
#include "net.h"
#include "pages.h"
#include "solo5.h"
#include "stats.h"

#define PORT 80
#define POLL_EVERY 2 /* lwIP's slow timer: half a second */

/* Polls, so about seconds. */
#define REQUEST_MAX 10 /* from a request's first byte to the end of its header */
#define IDLE_MAX 30    /* without any progress, and between requests */

#define PIECES_MAX 4 /* that a client's bytes are kept in: each has a header of its own */
#define REST_MIN 256 /* bytes in front of them that are worth a copy */

/*
 * Of lwIP's memory each connection may have `own` of something, and whoever comes first has
 * more of it, up to `shared` for all together: clients that only take memory leave something
 * for the others. lwipopts.h has room for SERVER_CONNECTIONS_MAX times `own`, and `shared`.
 */
struct budget {
    size_t own, shared;
    size_t used; /* of what is shared */
};

#define ANSWER_MAX 1536 /* its header, and a small page */

/* Of answers: bytes that TCP has copied and that are not acknowledged, and the pieces that TCP
 * keeps all in: the client decides how small they are. Of requests: bytes that can't be
 * answered yet. */
static struct budget answers = {.own = ANSWER_MAX, .shared = 512 * 1024};
static struct budget pieces = {.own = 2, .shared = 1024};
static struct budget requests = {.own = 1024, .shared = 256 * 1024};

static size_t beyond_own(const struct budget *b, size_t n)
{
    return n > b->own ? n - b->own : 0;
}

/* A connection that has *HELD has N from now on. */
static void hold(struct budget *b, size_t *held, size_t n)
{
    b->used -= beyond_own(b, *held);
    b->used += beyond_own(b, n);
    *held = n;
}

/* How much more a connection that has HELD may have. */
static size_t available(const struct budget *b, size_t held)
{
    size_t own = held < b->own ? b->own - held : 0;

    return own + (b->used < b->shared ? b->shared - b->used : 0);
}

enum state {
    READING,   /* of requests: nothing of an answer is left */
    ANSWERING, /* `left` bytes of a page are */
    FINISHING  /* all is said: the client has to take it, and to close its side */
};

struct connection {
    struct connection *next_free;
    struct tcp_pcb *pcb;
    struct pbuf *in;  /* received, not yet looked at */
    struct page page; /* what is sent */
    uint64_t left;    /* bytes of it that TCP has not taken */
    size_t copied;    /* for answers, and not acknowledged: at most so many bytes */
    size_t queued;    /* pieces that TCP has of them */
    size_t received;  /* bytes in `in` */
    enum state state;
    bool keep_alive;  /* read another request when all is sent */
    bool half_closed; /* the client sends no more */
    bool starved;     /* nothing is on its way whose arrival would make it go on */
    uint8_t idle;     /* polls since something happened */
    uint8_t waiting;  /* polls since the request began to come */
};

/* From the front of the array until that is used up, so that its end is touched late. */
static struct connection connections[SERVER_CONNECTIONS_MAX];
static unsigned connections_used;
static struct connection *free_connections;
static unsigned starved; /* connections */

static struct connection *connection_new(struct tcp_pcb *pcb)
{
    struct connection *c = free_connections;

    if (c)
        free_connections = c->next_free;
    else if (connections_used < SERVER_CONNECTIONS_MAX)
        c = &connections[connections_used++];
    else
        return NULL;
    *c = (struct connection){.pcb = pcb};
    stats.connections.total++;
    if (++stats.connections.now > stats.connections.most)
        stats.connections.most = stats.connections.now;
    return c;
}

/* Is something missing that only others can give back? */
static void set_starved(struct connection *c, bool is)
{
    starved += is - c->starved;
    c->starved = is;
}

static void connection_free(struct connection *c)
{
    set_starved(c, false);
    hold(&answers, &c->copied, 0);
    hold(&pieces, &c->queued, 0);
    hold(&requests, &c->received, 0);
    if (c->in)
        pbuf_free(c->in);
    c->in = NULL;
    c->next_free = free_connections;
    free_connections = c;
    stats.connections.now--;
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err);
static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t n);
static err_t on_poll(void *arg, struct tcp_pcb *pcb);
static void on_error(void *arg, err_t err);

/* What lwIP calls for a pcb: our callbacks with C, or nothing. */
static void set_callbacks(struct tcp_pcb *pcb, struct connection *c)
{
    tcp_arg(pcb, c);
    tcp_recv(pcb, c ? on_received : NULL);
    tcp_sent(pcb, c ? on_sent : NULL);
    tcp_poll(pcb, c ? on_poll : NULL, POLL_EVERY);
    tcp_err(pcb, c ? on_error : NULL);
}

/* Bytes of `in` are done with: the client may send as many more. */
static void consume(struct connection *c, size_t n)
{
    tcp_recved(c->pcb, (u16_t)n);
    c->in = pbuf_free_header(c->in, (u16_t)n);
    hold(&requests, &c->received, c->in ? c->in->tot_len : 0);
}

/*
 * The functions below return ERR_OK, or ERR_ABRT where the pcb is gone and lwIP must be
 * told so.
 */

static err_t drop(struct connection *c)
{
    struct tcp_pcb *pcb = c->pcb;

    connection_free(c);
    set_callbacks(pcb, NULL);
    tcp_abort(pcb);
    return ERR_ABRT;
}

/* Has the client all that was queued? */
static bool all_taken(const struct connection *c)
{
    return !c->pcb->unsent && !c->pcb->unacked;
}

/* What lwIP still has to do needs no client that goes on taking bytes, and ends. */
static err_t finish_when_taken(struct connection *c)
{
    struct tcp_pcb *pcb = c->pcb;

    if (c->in)
        consume(c, c->in->tot_len);
    if (!c->half_closed || !all_taken(c))
        return ERR_OK;
    connection_free(c);
    set_callbacks(pcb, NULL);
    return tcp_close(pcb);
}

/*
 * All that is queued is still sent, and then a FIN. tcp_close() would do that on its own, but
 * for as long as a client that takes nothing likes. Unread bytes would make it a reset.
 */
static err_t finish(struct connection *c)
{
    c->state = FINISHING;
    tcp_shutdown(c->pcb, 0, 1);
    return finish_when_taken(c);
}

/*
 * Answers
 */

/* The bytes of a full segment, as tcp_write() cuts them. */
static size_t segment_size(const struct tcp_pcb *pcb)
{
    size_t half_window = pcb->snd_wnd_max / 2;

    return half_window > 0 && half_window < pcb->mss ? half_window : pcb->mss;
}

/* tcp_write() stops (an assertion) if the last segment that waits is larger than a full one is
 * now: lwIP's limit is the whole MSS until it has seen a window of two bytes. */
static bool last_fits(const struct tcp_pcb *pcb)
{
    const struct tcp_seg *last = pcb->unsent;

    while (last && last->next)
        last = last->next;
    return !last || last->len <= segment_size(pcb);
}

/* How many bytes may be queued for it now. Of each segment that is not copied TCP's header
 * is a piece, too; the last segment in the queue may get another piece. */
static size_t room(const struct connection *c, bool copy)
{
    size_t queue_end = c->queued > 0 ? 1 : 0;
    size_t most = c->queued < TCP_SND_QUEUELEN ? TCP_SND_QUEUELEN - c->queued : 0;
    size_t n = LWIP_MIN(most, available(&pieces, c->queued));
    size_t segments = n > queue_end ? (n - queue_end) / (copy ? 1 : 2) : 0;
    size_t bytes = LWIP_MIN(tcp_sndbuf(c->pcb), segments * segment_size(c->pcb));

    if (!last_fits(c->pcb))
        return 0;
    return copy ? LWIP_MIN(bytes, available(&answers, c->copied)) : bytes;
}

static bool write(struct connection *c, const void *bytes, size_t n, u8_t flags)
{
    if (tcp_write(c->pcb, bytes, (u16_t)n, flags) != ERR_OK)
        return false;
    if (flags & TCP_WRITE_FLAG_COPY)
        hold(&answers, &c->copied, c->copied + n);
    hold(&pieces, &c->queued, tcp_sndqueuelen(c->pcb));
    return true;
}

/* As much of the page as there is room for. False if the disk can't be read. */
static bool send_page(struct connection *c)
{
    const bool copy = !c->page.memory;

    while (c->left) {
        size_t n = LWIP_MIN(LWIP_MIN(c->left, room(c, copy)), DISK_READ_MAX);
        uint64_t at = c->page.size - c->left;
        u8_t flags = (copy ? TCP_WRITE_FLAG_COPY : 0) | (c->left > n ? TCP_WRITE_FLAG_MORE : 0);

        /* Few bytes wait for more room, which acknowledgements make. */
        if (n == 0 || (n < c->left && n < ANSWER_MAX / 2 && !all_taken(c)))
            break;
        const uint8_t *from = copy ? disk_at(c->page.offset + at, n)
                                   : (const uint8_t *)c->page.memory + at;
        if (!from)
            return false;
        if (!write(c, from, n, flags))
            break;
        c->left -= n;
        stats.requests.bytes += n;
    }
    return true;
}

/* A page for what can't be served. */
static void refusal_page(struct page *p, int status)
{
    static char buffer[64];
    struct text t = {.at = buffer, .size = sizeof buffer};

    text_number(&t, (uint64_t)status, 10, 3);
    text_put(&t, " ");
    text_put(&t, http_reason(status));
    text_put(&t, "\n");
    *p = (struct page){.type = "text/plain", .size = t.used, .memory = buffer};
}

/* The date for answers, asked for once a second: on hvt that takes as long as a frame. */
static uint64_t date(void)
{
    static uint64_t seconds, asked_ms;

    if (seconds == 0 || net_now_ms() - asked_ms >= 1000) {
        seconds = solo5_clock_wall() / 1000000000;
        asked_ms = net_now_ms();
    }
    return seconds;
}

/* Small pages go with the header, as one segment; all that may change after this call do. */
#define TOGETHER_MAX 1024

/* Queue the header, and the page if it is small. False, and nothing done, without room. */
static bool begin_answer(struct connection *c, const struct http_request *r, int status)
{
    static char buffer[ANSWER_MAX];
    struct text t = {.at = buffer, .size = sizeof buffer};
    struct http_answer a = {.status = status, .time = date()};

    a.type = c->page.type;
    a.length = c->page.size;
    http_header(&t, r, &a);
    c->left = r->head ? 0 : c->page.size;
    bool together = c->left && c->page.memory && c->left <= TOGETHER_MAX;
    if (together)
        text_bytes(&t, c->page.memory, c->page.size);
    u8_t flags = TCP_WRITE_FLAG_COPY | (c->left && !together ? TCP_WRITE_FLAG_MORE : 0);
    if (t.used > room(c, true) || !write(c, buffer, t.used, flags))
        return false;
    if (together) {
        stats.requests.bytes += c->left;
        c->left = 0;
    }
    return true;
}

/*
 * Requests
 */

enum taken {
    INCOMPLETE,
    NO_ROOM, /* for its answer */
    TAKEN
};

/* The request in front of `in` is answered and consumed, if it is all there. */
static enum taken take_request(struct connection *c)
{
    static char header[HTTP_HEADER_MAX];
    struct http_request r = {.keep_alive = false};
    size_t size = pbuf_copy_partial(c->in, header, sizeof header, 0);
    int n = http_parse(&r, header, size), status = n < 0 ? -n : 200;

    if (n == 0) {
        /* A client that sends a header in parts may wait to hear of the first one. */
        tcp_ack_now(c->pcb);
        return INCOMPLETE;
    }
    if (status == 200 && !pages_find(&c->page, r.path))
        status = 404;
    if (status != 200)
        refusal_page(&c->page, status);
    if (!begin_answer(c, &r, status))
        return NO_ROOM;
    stats.requests.total++;
    stats.requests.refused += status != 200;
    c->keep_alive = r.keep_alive;
    c->state = ANSWERING;
    c->waiting = 0;
    if (n > 0)
        consume(c, (size_t)n);
    return TAKEN;
}

/* What waits is a copy of its own size if the frame that it came in has much more: of that
 * nothing is given back before its last byte. */
static void keep_only_rest(struct connection *c)
{
    const uint8_t *begin = (const uint8_t *)(c->in + 1);
    struct pbuf *rest;

    if ((const uint8_t *)c->in->payload - begin < REST_MIN)
        return;
    rest = pbuf_alloc(PBUF_RAW, c->in->tot_len, PBUF_RAM);
    if (!rest)
        return;
    pbuf_copy(rest, c->in);
    pbuf_free(c->in);
    c->in = rest;
}

/* Do what can be done now. */
static err_t work(struct connection *c)
{
    enum taken taken = INCOMPLETE;

    set_starved(c, false);
    do {
        if (c->state == ANSWERING) {
            if (!send_page(c))
                return drop(c);
            if (c->left)
                break;
            if (!c->keep_alive)
                return finish(c);
            c->state = READING;
        }
        taken = c->in ? take_request(c) : INCOMPLETE;
    } while (taken == TAKEN);
    /* The client has said that it sends no more, and all that it asked for is on its way. */
    if (c->state == READING && taken == INCOMPLETE && c->half_closed)
        return finish(c);
    set_starved(c, (c->left || taken == NO_ROOM) && all_taken(c));
    if (c->in)
        keep_only_rest(c);
    tcp_output(c->pcb);
    return ERR_OK;
}

void server_work(void)
{
    static unsigned first; /* each has its turn at being it */

    first++;
    for (unsigned i = 0; starved && i < connections_used; i++) {
        struct connection *c = &connections[(first + i) % connections_used];
        if (c->starved)
            work(c);
    }
}

/*
 * What lwIP calls
 */

/* Of a segment that has arrived in part TCP keeps the whole. */
static size_t queued_bytes(const struct tcp_pcb *pcb)
{
    u32_t part = pcb->unacked ? pcb->lastack - lwip_ntohl(pcb->unacked->tcphdr->seqno) : 0;

    return (size_t)TCP_SND_BUF - tcp_sndbuf(pcb) + (part < TCP_SND_BUF ? part : 0);
}

/* Into `in`. Small pieces become one, as each has a header of its own in memory. */
static void append(struct connection *c, struct pbuf *p)
{
    if (!c->in) {
        c->in = p;
    } else {
        pbuf_cat(c->in, p);
        if (pbuf_clen(c->in) > PIECES_MAX)
            c->in = pbuf_coalesce(c->in, PBUF_RAW);
    }
    hold(&requests, &c->received, c->in->tot_len);
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct connection *c = arg;

    (void)pcb, (void)err;
    if (c->state != FINISHING)
        c->idle = 0;
    if (p)
        append(c, p);
    else
        c->half_closed = true;
    if (c->received > requests.own && requests.used > requests.shared) {
        stats.connections.refused++;
        return drop(c);
    }
    return c->state == FINISHING ? finish_when_taken(c) : work(c);
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t n)
{
    struct connection *c = arg;

    (void)n;
    c->idle = 0;
    /* Of what is queued this may be all. */
    hold(&answers, &c->copied, all_taken(c) ? 0 : LWIP_MIN(c->copied, queued_bytes(pcb)));
    hold(&pieces, &c->queued, tcp_sndqueuelen(pcb));
    return c->state == FINISHING ? finish_when_taken(c) : work(c);
}

static err_t on_poll(void *arg, struct tcp_pcb *pcb)
{
    struct connection *c = arg;
    bool asking = c->state == READING && c->in;

    (void)pcb;
    if (++c->idle > IDLE_MAX || (asking && ++c->waiting > REQUEST_MAX)) {
        stats.connections.timed_out++;
        return drop(c);
    }
    return c->state == FINISHING ? finish_when_taken(c) : work(c);
}

/* The pcb is gone already. */
static void on_error(void *arg, err_t err)
{
    (void)err;
    connection_free(arg);
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct connection *c;

    (void)arg;
    if (!pcb || err != ERR_OK)
        return ERR_VAL;
    c = connection_new(pcb);
    if (!c) {
        stats.connections.refused++;
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    tcp_nagle_disable(pcb);
    set_callbacks(pcb, c);
    return ERR_OK;
}

bool server_open(void)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

    if (!pcb || tcp_bind(pcb, IP_ANY_TYPE, PORT) != ERR_OK)
        return false;
    pcb = tcp_listen(pcb);
    if (!pcb)
        return false;
    tcp_accept(pcb, on_accept);
    return true;
}
