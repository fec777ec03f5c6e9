/* SPDX-License-Identifier: ISC */
#include "http.h"

#include <string.h>

/* What is left to read of a header. */
struct cursor {
    const char *at;
    const char *end;
};

/* What the fields of a header say. */
struct fields {
    unsigned hosts;
    bool close, keep_alive; /* Connection: */
    bool content;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* tchar of RFC 9110, 5.6.2 */
static bool is_token(char c)
{
    char lower = (char)(c | 0x20);

    if (is_digit(c) || (lower >= 'a' && lower <= 'z'))
        return true;
    for (const char *p = "!#$%&'*+-.^_`|~"; *p; p++)
        if (c == *p)
            return true;
    return false;
}

/* Bytes that are never part of a line. */
static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static bool take(struct cursor *c, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* The token in front, whose length may be 0. */
static struct cursor take_token(struct cursor *c)
{
    struct cursor t = {.at = c->at};

    while (c->at < c->end && is_token(*c->at))
        c->at++;
    t.end = c->at;
    return t;
}

static size_t length(struct cursor c)
{
    return (size_t)(c.end - c.at);
}

static bool is(struct cursor c, const char *word)
{
    return text_is(c.at, length(c), word);
}

/* Length of the header with its empty line, 0 if that is not there. Lines end in CR LF
 * or LF (RFC 9112, 2.2). */
static size_t header_length(const char *data, size_t size)
{
    for (size_t i = 0; i + 1 < size; i++) {
        if (data[i] != '\n')
            continue;
        if (data[i + 1] == '\n')
            return i + 2;
        if (data[i + 1] == '\r' && i + 2 < size && data[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

/* The next line without its end. There is one: the header ends in an empty line. */
static struct cursor take_line(struct cursor *c)
{
    struct cursor line = {.at = c->at};

    while (*c->at != '\n')
        c->at++;
    line.end = c->at++;
    if (line.end > line.at && line.end[-1] == '\r')
        line.end--;
    return line;
}

static int hex(char c)
{
    char lower = (char)(c | 0x20);

    if (is_digit(c))
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The character in front, decoded; -1 if it is none. */
static int take_character(struct cursor *c)
{
    if (*c->at != '%')
        return (unsigned char)*c->at++;
    if (length(*c) < 3 || hex(c->at[1]) < 0 || hex(c->at[2]) < 0)
        return -1;
    int v = hex(c->at[1]) * 16 + hex(c->at[2]);
    c->at += 3;
    return v;
}

/* /path?query, or http://host/path?query (RFC 9112, 3.2). */
static int parse_target(struct http_request *r, struct cursor t)
{
    static const char root[] = "/";
    size_t n = 0;

    if (length(t) >= 7 && text_is(t.at, 7, "http://")) {
        t.at += 7;
        while (t.at < t.end && *t.at != '/' && *t.at != '?')
            t.at++;
        if (t.at == t.end || *t.at == '?')
            t = (struct cursor){.at = root, .end = root + 1};
    }
    if (t.at == t.end || *t.at != '/')
        return -400;
    while (t.at < t.end && *t.at != '?') {
        int c = take_character(&t);
        if (c < 0x20 || c == 0x7f)
            return -400;
        if (n == HTTP_PATH_MAX - 1)
            return -414;
        r->path[n++] = (char)c;
    }
    r->path[n] = 0;
    return 0;
}

/* METHOD SP TARGET SP HTTP/1.N */
static int parse_request_line(struct http_request *r, struct cursor line)
{
    struct cursor method = take_token(&line), target;

    if (length(method) == 0 || !take(&line, " "))
        return -400;
    target.at = line.at;
    while (line.at < line.end && *line.at != ' ')
        line.at++;
    target.end = line.at;
    if (!take(&line, " HTTP/") || length(line) != 3 || !is_digit(line.at[0]) ||
            line.at[1] != '.' || !is_digit(line.at[2]))
        return -400;
    if (line.at[0] != '1')
        return -505;
    r->http10 = line.at[2] == '0';
    r->head = length(method) == 4 && memcmp(method.at, "HEAD", 4) == 0;
    if (!r->head && (length(method) != 3 || memcmp(method.at, "GET", 3) != 0))
        return -405;
    return parse_target(r, target);
}

static void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
        c->at++;
}

/* A list of tokens with commas between them. */
static int parse_connection(struct fields *f, struct cursor value)
{
    while (value.at < value.end) {
        struct cursor option = take_token(&value);
        f->close |= is(option, "close");
        f->keep_alive |= is(option, "keep-alive");
        skip_blanks(&value);
        if (value.at < value.end && *value.at++ != ',')
            return -400;
        skip_blanks(&value);
    }
    return 0;
}

/* Is there content? Neither how much nor what matters: it is never read. */
static int parse_content_length(struct fields *f, struct cursor value)
{
    if (length(value) == 0)
        return -400;
    for (; value.at < value.end; value.at++) {
        if (!is_digit(*value.at))
            return -400;
        f->content |= *value.at != '0';
    }
    return 0;
}

static int parse_field(struct fields *f, struct cursor line)
{
    struct cursor name = take_token(&line);

    for (const char *p = line.at; p < line.end; p++)
        if (is_control(*p))
            return -400;
    if (length(name) == 0 || !take(&line, ":"))
        return -400;
    skip_blanks(&line);
    while (line.end > line.at && (line.end[-1] == ' ' || line.end[-1] == '\t'))
        line.end--;
    if (is(name, "host"))
        f->hosts++;
    else if (is(name, "connection"))
        return parse_connection(f, line);
    else if (is(name, "content-length"))
        return parse_content_length(f, line);
    else if (is(name, "transfer-encoding"))
        f->content = true;
    return 0;
}

static int parse_header(struct http_request *r, struct cursor c)
{
    struct fields f = {.hosts = 0};
    struct cursor line = take_line(&c);
    int status;

    for (const char *p = line.at; p < line.end; p++)
        if (is_control(*p))
            return -400;
    status = parse_request_line(r, line);
    if (status)
        return status;
    for (line = take_line(&c); length(line) > 0; line = take_line(&c)) {
        status = parse_field(&f, line);
        if (status)
            return status;
    }
    /* RFC 9112, 3.2: one, and HTTP/1.0 may do without. */
    if (f.hosts > 1 || (f.hosts == 0 && !r->http10))
        return -400;
    r->keep_alive = !f.close && !f.content && (f.keep_alive || !r->http10);
    return 0;
}

int http_parse(struct http_request *r, const char *data, size_t size)
{
    size_t skipped = 0, n;
    int status;

    /* Empty lines in front do no harm (RFC 9112, 2.2). */
    while (skipped < size && (data[skipped] == '\r' || data[skipped] == '\n'))
        skipped++;
    if (size > HTTP_HEADER_MAX)
        size = HTTP_HEADER_MAX;
    if (skipped >= size)
        return size == HTTP_HEADER_MAX ? -431 : 0;
    n = header_length(data + skipped, size - skipped);
    if (n == 0)
        return size == HTTP_HEADER_MAX ? -431 : 0;
    status = parse_header(r, (struct cursor){data + skipped, data + skipped + n});
    return status ? status : (int)(skipped + n);
}

static const struct {
    int status;
    const char *reason;
} reasons[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {414, "URI Too Long"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
};

const char *http_reason(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

/* Days since 1970 to a date: the year begins in March, so that the leap day is its last. */
static void put_date(struct text *t, uint64_t time)
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "MarAprMayJunJulAugSepOctNovDecJanFeb";
    uint64_t day = time / 86400, second = time % 86400;
    uint64_t z = day + 719468; /* days from 1 March of the year 0 */
    uint64_t era = z / 146097, of_era = z % 146097;
    uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t month = (5 * of_year + 2) / 153;

    text_bytes(t, days + day % 7 * 3, 3);
    text_put(t, ", ");
    text_number(t, of_year - (153 * month + 2) / 5 + 1, 10, 2);
    text_put(t, " ");
    text_bytes(t, months + month * 3, 3);
    text_put(t, " ");
    text_number(t, era * 400 + year_of_era + (month >= 10), 10, 4);
    text_put(t, " ");
    text_number(t, second / 3600, 10, 2);
    text_put(t, ":");
    text_number(t, second / 60 % 60, 10, 2);
    text_put(t, ":");
    text_number(t, second % 60, 10, 2);
    text_put(t, " GMT");
}

void http_header(struct text *t, const struct http_request *r, const struct http_answer *a)
{
    text_put(t, "HTTP/1.1 ");
    text_number(t, (uint64_t)a->status, 10, 3);
    text_put(t, " ");
    text_put(t, http_reason(a->status));
    text_put(t, "\r\nServer: httpd\r\nDate: ");
    put_date(t, a->time);
    text_put(t, "\r\nContent-Type: ");
    text_put(t, a->type);
    text_put(t, "\r\nContent-Length: ");
    text_number(t, a->length, 10, 1);
    if (a->status == 405)
        text_put(t, "\r\nAllow: GET, HEAD");
    if (!r->keep_alive)
        text_put(t, "\r\nConnection: close");
    else if (r->http10)
        text_put(t, "\r\nConnection: keep-alive");
    text_put(t, "\r\n\r\n");
}
