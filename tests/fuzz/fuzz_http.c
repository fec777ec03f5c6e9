/* SPDX-License-Identifier: ISC */
/*
 * Requests of examples/httpd: whatever comes, the answer of the parser is one that it may
 * give, and the same however the bytes arrive.
 *
 * links: examples/httpd/http.c examples/httpd/text.c
 */
#include "fuzz.h"

#include <string.h>

#include "../../examples/httpd/http.h"

static void check_refusal(int status)
{
    static const int known[] = {400, 405, 414, 431, 505};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (status == known[i])
            return;
    MUST(!"a known status");
}

/* The header's length is where its first empty line ends. */
static void check_length(const char *data, size_t n)
{
    MUST(n >= 2 && n <= HTTP_HEADER_MAX);
    MUST(data[n - 1] == '\n');
    MUST(data[n - 2] == '\n' || (n >= 3 && data[n - 2] == '\r' && data[n - 3] == '\n'));
}

static void check_path(const struct http_request *r)
{
    size_t length = strnlen(r->path, sizeof r->path);

    MUST(length < sizeof r->path);
    MUST(r->path[0] == '/');
    for (size_t i = 0; i < length; i++)
        MUST((unsigned char)r->path[i] >= 0x20 && r->path[i] != 0x7f);
}

static void check_same(const struct http_request *a, const struct http_request *b)
{
    MUST(a->head == b->head && a->http10 == b->http10 && a->keep_alive == b->keep_alive);
    MUST(strcmp(a->path, b->path) == 0);
}

/* Of a copy with SIZE bytes: shorter or, with zeros, longer. */
static int parse_copy(struct http_request *r, const char *data, size_t size, size_t new_size)
{
    char *copy = calloc(1, new_size + !new_size);
    int n;

    MUST(copy);
    memcpy(copy, data, size < new_size ? size : new_size);
    n = http_parse(r, copy, new_size);
    free(copy);
    return n;
}

/* It fits where server.c puts it and is made of lines, the last one empty. */
static void check_answer(const struct http_request *r)
{
    char buffer[512];
    struct text t = {.at = buffer, .size = sizeof buffer};
    const struct http_answer a = {.status = 200,
            .type = "text/plain; charset=utf-8",
            .length = UINT64_MAX,
            .time = strlen(r->path) * 86399};

    http_header(&t, r, &a);
    MUST(!t.cut && t.used > 4);
    MUST(memcmp(buffer + t.used - 4, "\r\n\r\n", 4) == 0);
    MUST(memmem(buffer, t.used - 1, "\r\n\r\n", 4) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *data = (const char *)bytes;
    struct http_request r, again;
    int n = http_parse(&r, data, size);

    /* What has been decided stays so, whatever comes behind it. */
    if (n != 0)
        MUST(parse_copy(&again, data, size, size + 100) == n);
    if (n < 0) {
        check_refusal(-n);
    } else if (n > 0) {
        MUST((size_t)n <= size);
        check_same(&r, &again);
        check_length(data, (size_t)n);
        check_path(&r);
        MUST(parse_copy(&again, data, size, (size_t)n) == n);
        check_same(&r, &again);
        MUST(parse_copy(&again, data, size, (size_t)n - 1) == 0);
        MUST(parse_copy(&again, data, size, (size_t)n / 2) == 0);
        check_answer(&r);
    } else {
        MUST(size < HTTP_HEADER_MAX);
    }
    return 0;
}
