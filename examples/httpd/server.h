/* SPDX-License-Identifier: ISC */
/* server.h: HTTP over lwIP's TCP. */
#ifndef HTTPD_SERVER_H
#define HTTPD_SERVER_H

#include <stdbool.h>

#define SERVER_CONNECTIONS_MAX 1024

/* Serve pages on port 80 of every address from now on. False if there is no memory. */
bool server_open(void);

/* Go on with answers that memory was missing for. */
void server_work(void);

#endif /* HTTPD_SERVER_H */
