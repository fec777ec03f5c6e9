/* SPDX-License-Identifier: ISC */
/*
 * examples/httpd: its command line.
 *
 * links: examples/httpd/args.c examples/netecho/echo.c
 */
#include "unit.h"

#include "../../examples/httpd/args.h"

static void good(void **state)
{
    static const struct {
        const char *args;
        struct net_config want;
    } rows[] = {
            {"dhcp", {.dhcp = true}},
            {"  dhcp  ", {.dhcp = true}},
            {"10.0.0.2/24", {.address = {10, 0, 0, 2}, .prefix = 24}},
            {" 10.0.0.2/24 ", {.address = {10, 0, 0, 2}, .prefix = 24}},
            {"255.255.255.255/32", {.address = {255, 255, 255, 255}, .prefix = 32}},
            {"0.0.0.0/0", {.prefix = 0}},
            {"10.0.0.2/08", {.address = {10, 0, 0, 2}, .prefix = 8}},
            {"10.0.0.2/24 10.0.0.1",
                    {.address = {10, 0, 0, 2}, .prefix = 24, .gateway = {10, 0, 0, 1}}},
            {"10.0.0.2/24   10.0.0.254  ",
                    {.address = {10, 0, 0, 2}, .prefix = 24, .gateway = {10, 0, 0, 254}}},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct net_config c;
        memset(&c, '#', sizeof c);
        if (!args_parse(&c, rows[i].args))
            fail_msg("refused: '%s'", rows[i].args);
        assert_int_equal(c.dhcp, rows[i].want.dhcp);
        assert_memory_equal(c.address, rows[i].want.address, sizeof c.address);
        assert_int_equal(c.prefix, rows[i].want.prefix);
        assert_memory_equal(c.gateway, rows[i].want.gateway, sizeof c.gateway);
    }
}

static void bad(void **state)
{
    static const char *const rows[] = {"", "   ", "x", "DHCP", "dhc", "dhcpx", "dhcp x",
            "dhcp 10.0.0.2/24", "10.0.0.2", "10.0.0.2/", "10.0.0.2/33", "10.0.0.2/99",
            "10.0.0.2/100", "10.0.0.2/024", "10.0.0.2/-1", "10.0.0.2/x", "10.0.0.2 /24",
            "10.0.0/24", "10.0.0.256/24", "10.0.0.2.1/24", "10.0.0.2/24x", "10.0.0.2/2410.0.0.1",
            "10.0.0.2/24,10.0.0.1", "10.0.0.2/24 10.0.0", "10.0.0.2/24 10.0.0.1/24",
            "10.0.0.2/24 10.0.0.1 x", "10.0.0.2/24 dhcp", "::1/64"};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct net_config c;
        if (args_parse(&c, rows[i]))
            fail_msg("accepted: '%s'", rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(good),
            cmocka_unit_test(bad),
    };

    return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
