/* SPDX-License-Identifier: ISC */
/*
 * examples/httpd: requests as clients send them, every reason to refuse one, and headers.
 *
 * links: examples/httpd/http.c examples/httpd/text.c
 */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../examples/httpd/http.h"

static struct http_request r;

/* From memory of exactly this size: an overrun is seen. What failed leaves no path behind. */
static int parse_bytes(const char *data, size_t size)
{
    char *copy = malloc(size);
    int n;

    assert_non_null(copy);
    memcpy(copy, data, size);
    memset(&r, '#', sizeof r);
    n = http_parse(&r, copy, size);
    free(copy);
    return n;
}

static int parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

#define HOST "Host: h\r\n"
#define END "\r\n\r\n"

struct good {
    const char *text, *path;
    bool head, http10, keep_alive;
};

static const struct good goods[] = {
        /* targets */
        {"GET / HTTP/1.1\r\n" HOST "\r\n", "/", false, false, true},
        {"HEAD /a HTTP/1.1\r\n" HOST "\r\n", "/a", true, false, true},
        {"GET /a?b HTTP/1.1\r\n" HOST "\r\n", "/a", false, false, true},
        {"GET /?%zz? HTTP/1.1\r\n" HOST "\r\n", "/", false, false, true},
        {"GET /%41%6a%7E%2F%25%3f HTTP/1.1\r\n" HOST "\r\n", "/Aj~/%?", false, false, true},
        {"GET /%c3%A9 HTTP/1.1\r\n" HOST "\r\n", "/\xc3\xa9", false, false, true},
        {"GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", "/\xc3\xa9", false, false, true},
        {"GET //../. HTTP/1.1\r\n" HOST "\r\n", "//../.", false, false, true},
        {"GET http://h/a HTTP/1.1\r\n" HOST "\r\n", "/a", false, false, true},
        {"GET HTTP://h:80/ HTTP/1.1\r\n" HOST "\r\n", "/", false, false, true},
        {"GET http://h HTTP/1.1\r\n" HOST "\r\n", "/", false, false, true},
        {"GET http://h?a HTTP/1.1\r\n" HOST "\r\n", "/", false, false, true},
        {"GET http://h/?a HTTP/1.1\r\n" HOST "\r\n", "/", false, false, true},
        {"GET http:/// HTTP/1.1\r\n" HOST "\r\n", "/", false, false, true},
        /* lines */
        {"GET / HTTP/1.1\n" "Host: h\n\n", "/", false, false, true},
        {"GET / HTTP/1.1\n" "Host: h\r\n\n", "/", false, false, true},
        {"GET / HTTP/1.1\r\n" "Host: h\n\r\n", "/", false, false, true},
        {"\r\n\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "/", false, false, true},
        /* fields */
        {"GET / HTTP/1.1\r\nhOST:h" END, "/", false, false, true},
        {"GET / HTTP/1.1\r\nHost:" END, "/", false, false, true},
        {"GET / HTTP/1.1\r\nHost: \t h \t " END, "/", false, false, true},
        {"GET / HTTP/1.1\r\n" HOST "X-~!#$%&'*+.^_`|: \"\xff\" ::" END, "/", false, false, true},
        /* versions, and whether the connection stays */
        {"GET / HTTP/1.0" END, "/", false, true, false},
        {"GET / HTTP/1.0\r\n" HOST "\r\n", "/", false, true, false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive" END, "/", false, true, true},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive, close" END, "/", false, true, false},
        {"GET / HTTP/1.0\r\nConnection: close" END, "/", false, true, false},
        {"GET / HTTP/1.9\r\n" HOST "\r\n", "/", false, false, true},
        {"GET / HTTP/1.1\r\n" HOST "Connection: close" END, "/", false, false, false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: x , ,CLOSE" END, "/", false, false, false},
        {"GET / HTTP/1.1\r\n" HOST "Connection: x\r\nConnection: close" END, "/", false, false,
                false},
        {"GET / HTTP/1.1\r\n" HOST "Connection:" END, "/", false, false, true},
        {"GET / HTTP/1.1\r\n" HOST "Connection: closed" END, "/", false, false, true},
        {"GET / HTTP/1.1\r\n" HOST "Connection: clos" END, "/", false, false, true},
        /* what is announced behind the header is never read */
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 0" END, "/", false, false, true},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 00010" END, "/", false, false, false},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999" END, "/", false,
                false, false},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 0" END, "/", false,
                false, false},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked" END, "/", false, false, false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: x" END, "/", false,
                true, false},
};

static void assert_good(const struct good *g)
{
    assert_string_equal(r.path, g->path);
    assert_int_equal(r.head, g->head);
    assert_int_equal(r.http10, g->http10);
    assert_int_equal(r.keep_alive, g->keep_alive);
}

static void good(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(goods); i++) {
        if (parse(goods[i].text) != (int)strlen(goods[i].text))
            fail_msg("refused: %s", goods[i].text);
        assert_good(&goods[i]);
    }
}

/* However a request comes in pieces: nothing until all of it is there. */
static void cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(goods); i++)
        for (size_t n = 0; n < strlen(goods[i].text); n++)
            if (parse_bytes(goods[i].text, n) != 0)
                fail_msg("%zu bytes are enough of: %s", n, goods[i].text);
}

/* What follows is left alone, be it another request or not. */
static void more_behind(void **state)
{
    char text[1024];

    (void)state;
    for (size_t i = 0; i < N_OF(goods); i++) {
        for (size_t k = 0; k < N_OF(goods); k++) {
            snprintf(text, sizeof text, "%s%s", goods[i].text, goods[k].text);
            assert_int_equal(parse(text), strlen(goods[i].text));
            assert_good(&goods[i]);
        }
        snprintf(text, sizeof text, "%s\x01", goods[i].text);
        assert_int_equal(parse(text), strlen(goods[i].text));
    }
}

static void bad(void **state)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {
            /* the request line */
            {"x" END, 400},
            {" GET / HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
            {"GET /  HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /" END, 400},
            {"GET" END, 400},
            {"GET " END, 400},
            {"GET / " END, 400},
            {"GET / http/1.1\r\n" HOST "\r\n", 400},
            {"GET / HTTP/1\r\n" HOST "\r\n", 400},
            {"GET / HTTP/1.\r\n" HOST "\r\n", 400},
            {"GET / HTTP/1.10\r\n" HOST "\r\n", 400},
            {"GET / HTTP/11.1\r\n" HOST "\r\n", 400},
            {"GET / HTTP/1,1\r\n" HOST "\r\n", 400},
            {"GET / HTTP/x.1\r\n" HOST "\r\n", 400},
            {"GET / HTTP/1.x\r\n" HOST "\r\n", 400},
            {"G(T / HTTP/1.1\r\n" HOST "\r\n", 400},
            {"\x16\x03\x01\x02" END, 400},
            {"GET / HTTP/1.1\r\r\n" HOST "\r\n", 400},
            {"GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /?\x01 HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET / HTTP/0.9\r\n" HOST "\r\n", 505},
            {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
            {"PRI * HTTP/2.0" END, 505},
            /* methods: their case matters */
            {"POST / HTTP/1.1\r\n" HOST "\r\n", 405},
            {"get / HTTP/1.1\r\n" HOST "\r\n", 405},
            {"GE / HTTP/1.1\r\n" HOST "\r\n", 405},
            {"GETS / HTTP/1.1\r\n" HOST "\r\n", 405},
            {"HEAX / HTTP/1.1\r\n" HOST "\r\n", 405},
            {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 405},
            {"CONNECT h:80 HTTP/1.1\r\n" HOST "\r\n", 405},
            /* targets */
            {"GET * HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET a HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET ?a HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET https://h/ HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET http:/h HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /% HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /%4 HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /%4g HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /%-1 HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /%00 HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /%0a HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /%1F HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /%7F HTTP/1.1\r\n" HOST "\r\n", 400},
            {"GET /\t HTTP/1.1\r\n" HOST "\r\n", 400},
            /* fields */
            {"GET / HTTP/1.1" END, 400},
            {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
            {"GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400},
            {"GET / HTTP/1.1\r\n" HOST "x" END, 400},
            {"GET / HTTP/1.1\r\n" HOST ":" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "x : y" END, 400},
            {"GET / HTTP/1.1\r\n" HOST " x: y" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "x: y\r\n z" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "\xe9: y" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "x: \x01" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "x: y\rz: 0" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "\r\r\n\r\n", 400},
            {"GET / HTTP/1.1\r\n" HOST "Connection: (close)" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "Connection: close x" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "Content-Length:" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "Content-Length: -1" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "Content-Length: +1" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "Content-Length: 0x0" END, 400},
            {"GET / HTTP/1.1\r\n" HOST "Content-Length: 1, 1" END, 400},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        int status = -parse(rows[i].text);
        if (status != rows[i].status)
            fail_msg("%d, not %d: %s", status, rows[i].status, rows[i].text);
    }
}

/* A NUL within a line is like any other control character. */
static void nul(void **state)
{
    static const char path[] = "GET /a\0b HTTP/1.1\r\n" HOST "\r\n";
    static const char value[] = "GET / HTTP/1.1\r\nHost: \0" END;
    static const char name[] = "GET / HTTP/1.1\r\n" HOST "x\0: y" END;

    (void)state;
    assert_int_equal(parse_bytes(path, sizeof path - 1), -400);
    assert_int_equal(parse_bytes(value, sizeof value - 1), -400);
    assert_int_equal(parse_bytes(name, sizeof name - 1), -400);
}

/* "GET /aaa HTTP/1.0": N letters, written as they are or as %61 */
static char *with_path(size_t n, bool encoded)
{
    char *text = malloc(64 + 3 * n);
    char *p = text + sprintf(text, "GET /");

    assert_non_null(text);
    while (n--)
        p += sprintf(p, encoded ? "%%61" : "a");
    strcpy(p, " HTTP/1.0" END);
    return text;
}

static void path_limit(void **state)
{
    (void)state;
    for (int encoded = 0; encoded <= 1; encoded++) {
        char *fits = with_path(HTTP_PATH_MAX - 2, encoded);
        char *too_long = with_path(HTTP_PATH_MAX - 1, encoded);
        assert_int_equal(parse(fits), strlen(fits));
        assert_int_equal(strlen(r.path), HTTP_PATH_MAX - 1);
        assert_int_equal(strspn(r.path + 1, "a"), HTTP_PATH_MAX - 2);
        assert_int_equal(parse(too_long), -414);
        free(fits);
        free(too_long);
    }
}

/* A header of exactly SIZE bytes, and much behind it. */
static char *with_header(size_t size)
{
    static const char start[] = "GET / HTTP/1.0\r\nx: ";
    char *text = malloc(size + 1024);

    assert_non_null(text);
    memset(text, 'y', size + 1024);
    memcpy(text, start, strlen(start));
    memcpy(text + size - 4, END, 4);
    return text;
}

static void header_limit(void **state)
{
    char *fits = with_header(HTTP_HEADER_MAX), *too_long = with_header(HTTP_HEADER_MAX + 1);

    (void)state;
    for (size_t n = 0; n < HTTP_HEADER_MAX; n++)
        assert_int_equal(http_parse(&r, fits, n), 0);
    for (size_t n = HTTP_HEADER_MAX; n < HTTP_HEADER_MAX + 1024; n++) {
        assert_int_equal(http_parse(&r, fits, n), HTTP_HEADER_MAX);
        assert_int_equal(http_parse(&r, too_long, n), -431);
    }
    assert_int_equal(http_parse(&r, too_long, HTTP_HEADER_MAX - 1), 0);
    free(fits);
    free(too_long);
}

/* Empty lines in front count as part of the header, or they would never end. */
static void empty_lines(void **state)
{
    static char lines[HTTP_HEADER_MAX + 64];
    static const char request[] = "GET / HTTP/1.0" END;
    const size_t n = strlen(request);

    (void)state;
    memset(lines, '\n', sizeof lines);
    assert_int_equal(parse_bytes(lines, HTTP_HEADER_MAX - 1), 0);
    assert_int_equal(parse_bytes(lines, HTTP_HEADER_MAX), -431);
    assert_int_equal(parse_bytes(lines, sizeof lines), -431);
    memcpy(lines + HTTP_HEADER_MAX - n, request, n);
    assert_int_equal(parse_bytes(lines, HTTP_HEADER_MAX), HTTP_HEADER_MAX);
    memset(lines, '\n', sizeof lines);
    memcpy(lines + HTTP_HEADER_MAX - n + 1, request, n);
    assert_int_equal(parse_bytes(lines, HTTP_HEADER_MAX + 1), -431);
}

/*
 * Headers of answers
 */

static char text[1024];

static const char *header(const struct http_request *request, const struct http_answer *a)
{
    struct text t = {.at = text, .size = sizeof text - 1};

    http_header(&t, request, a);
    assert_false(t.cut);
    text[t.used] = 0;
    return text;
}

static void answers(void **state)
{
    struct http_request request = {.keep_alive = true};
    struct http_answer a = {.status = 200, .type = "text/x", .length = 12345, .time = 784111777};

    (void)state;
    assert_string_equal(header(&request, &a),
            "HTTP/1.1 200 OK\r\nServer: httpd\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/x\r\nContent-Length: 12345" END);
    a.status = 405;
    a.length = 0;
    request.keep_alive = false;
    assert_string_equal(header(&request, &a),
            "HTTP/1.1 405 Method Not Allowed\r\nServer: httpd\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/x\r\n"
            "Content-Length: 0\r\nAllow: GET, HEAD\r\nConnection: close" END);
}

/* HTTP/1.1 stays open unless it is said, HTTP/1.0 the other way round. */
static void connection(void **state)
{
    static const struct {
        bool http10, keep_alive;
        const char *line;
    } rows[] = {
            {false, true, NULL},
            {false, false, "\r\nConnection: close" END},
            {true, true, "\r\nConnection: keep-alive" END},
            {true, false, "\r\nConnection: close" END},
    };
    const struct http_answer a = {.status = 200, .type = "text/x"};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct http_request request = {.http10 = rows[i].http10, .keep_alive = rows[i].keep_alive};
        header(&request, &a);
        assert_int_equal(strstr(text, "\r\nConnection:") != NULL, rows[i].line != NULL);
        if (rows[i].line)
            assert_non_null(strstr(text, rows[i].line));
    }
}

static void reasons(void **state)
{
    (void)state;
    assert_string_equal(http_reason(404), "Not Found");
    assert_string_equal(http_reason(431), "Request Header Fields Too Large");
    assert_string_equal(http_reason(505), "HTTP Version Not Supported");
    assert_string_equal(http_reason(0), "Unknown");
    assert_string_equal(http_reason(-1), "Unknown");
}

/* The largest header leaves room for a small page in server.c's buffer. */
static void header_size(void **state)
{
    const struct http_request request = {.http10 = true, .keep_alive = true};
    const struct http_answer a = {.status = 405,
            .type = "text/plain; charset=utf-8",
            .length = UINT64_MAX,
            .time = UINT64_MAX};

    (void)state;
    assert_true(strlen(header(&request, &a)) < 512);
}

static const char *date_of(uint64_t time)
{
    static const struct http_request request = {.keep_alive = true};
    const struct http_answer a = {.status = 200, .type = "x", .time = time};

    char *date = strstr(header(&request, &a), "Date: ");
    assert_non_null(date);
    date += strlen("Date: ");
    date[strcspn(date, "\r")] = 0;
    return date;
}

static void dates(void **state)
{
    static const struct {
        uint64_t time;
        const char *date;
    } rows[] = {
            {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
            {86399, "Thu, 01 Jan 1970 23:59:59 GMT"},
            {68169599, "Mon, 28 Feb 1972 23:59:59 GMT"},
            {68169600, "Tue, 29 Feb 1972 00:00:00 GMT"},
            {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
            {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
            {951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},
            {2147483647, "Tue, 19 Jan 2038 03:14:07 GMT"},
            {4107542399, "Sun, 28 Feb 2100 23:59:59 GMT"},
            {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
            {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_string_equal(date_of(rows[i].time), rows[i].date);
}

/* Every day of 500 years, each at another time, as the C library has it. */
static void every_day(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 500 * 366; day++) {
        time_t time = (time_t)(day * 86400 + day * 7919 % 86400);
        struct tm tm;
        char want[64];
        assert_non_null(gmtime_r(&time, &tm));
        strftime(want, sizeof want, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        assert_string_equal(date_of((uint64_t)time), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(good),
            cmocka_unit_test(cut),
            cmocka_unit_test(more_behind),
            cmocka_unit_test(bad),
            cmocka_unit_test(nul),
            cmocka_unit_test(path_limit),
            cmocka_unit_test(header_limit),
            cmocka_unit_test(empty_lines),
            cmocka_unit_test(answers),
            cmocka_unit_test(connection),
            cmocka_unit_test(reasons),
            cmocka_unit_test(header_size),
            cmocka_unit_test(dates),
            cmocka_unit_test(every_day),
    };

    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
