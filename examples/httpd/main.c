/* SPDX-License-Identifier: ISC */
/*
 * httpd dhcp | ADDRESS/PREFIX [GATEWAY]: a web server on lwIP. It shows the files of a tar
 * archive on its disk, pages out of its memory, and what it has done so far.
 */
#include "args.h"
#include "net.h"
#include "pages.h"
#include "say.h"
#include "server.h"
#include "solo5.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    struct net_config config;

    if (!args_parse(&config, info->cmdline)) {
        say("Usage: httpd dhcp | ADDRESS/PREFIX [GATEWAY], such as 10.0.0.2/24\n");
        return SOLO5_EXIT_FAILURE;
    }
    pages_open();
    if (!net_open(&config))
        return SOLO5_EXIT_FAILURE;
    if (!server_open()) {
        say("httpd: no memory for a server\n");
        return SOLO5_EXIT_FAILURE;
    }
    say("httpd: serving\n");
    for (;;) {
        bool more = net_work();
        server_work();
        if (!more)
            net_wait();
    }
}
