/* SPDX-License-Identifier: ISC */
/* args.h: the command line. */
#ifndef HTTPD_ARGS_H
#define HTTPD_ARGS_H

#include <stdbool.h>

#include "net.h"

/* "dhcp", or "ADDRESS/PREFIX [GATEWAY]". False if it is neither. */
bool args_parse(struct net_config *c, const char *args);

#endif /* HTTPD_ARGS_H */
