/* SPDX-License-Identifier: ISC */
/*
 * http.h: requests and answers of HTTP/1.1 (RFC 9112), as text. No calls into Solo5 or
 * lwIP: bytes in, bytes out.
 */
#ifndef HTTPD_HTTP_H
#define HTTPD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define HTTP_HEADER_MAX 4096 /* bytes of a request's header; more is refused with 431 */
#define HTTP_PATH_MAX 512    /* with its NUL, decoded; more is refused with 414 */

struct http_request {
    bool head;       /* HEAD, else GET */
    bool http10;     /* HTTP/1.0: the answer must say that the connection stays open */
    bool keep_alive; /* the connection stays open */
    char path[HTTP_PATH_MAX]; /* decoded, without query; begins with / */
};

struct http_answer {
    int status;
    const char *type; /* of the content */
    uint64_t length;  /* of the content */
    uint64_t time;    /* seconds since 1970 */
};

/*
 * The request whose header DATA begins with. Returns the header's length, 0 if it is not
 * all there, or the negative status of a refusal, after which nothing more can be read
 * from the connection. A request with content has keep_alive false for the same reason.
 * R is filled in if the result is above 0.
 */
int http_parse(struct http_request *r, const char *data, size_t size);

/* What a status is called. */
const char *http_reason(int status);

/* The header of an answer to R, up to and with the empty line. */
void http_header(struct text *t, const struct http_request *r, const struct http_answer *a);

#endif /* HTTPD_HTTP_H */
