/* SPDX-License-Identifier: ISC */
#include "args.h"

#include <string.h>

#include "../netecho/echo.h"

static const char *skip_blanks(const char *s)
{
    while (*s == ' ')
        s++;
    return s;
}

/* "/0" to "/32"; what is behind it, or NULL. */
static const char *parse_prefix(unsigned *prefix, const char *s)
{
    unsigned digits = 0;

    *prefix = 0;
    if (*s++ != '/')
        return NULL;
    for (; *s >= '0' && *s <= '9' && digits < 2; s++, digits++)
        *prefix = *prefix * 10 + (unsigned)(*s - '0');
    return digits && *prefix <= 32 ? s : NULL;
}

bool args_parse(struct net_config *c, const char *args)
{
    *c = (struct net_config){.dhcp = false};
    args = skip_blanks(args);
    if (strncmp(args, "dhcp", 4) == 0) {
        c->dhcp = true;
        return *skip_blanks(args + 4) == 0;
    }
    args = echo_parse_ip(c->address, args);
    if (args)
        args = parse_prefix(&c->prefix, args);
    if (args && *args == ' ' && *skip_blanks(args))
        args = echo_parse_ip(c->gateway, skip_blanks(args));
    return args && *skip_blanks(args) == 0;
}
