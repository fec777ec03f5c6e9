/* SPDX-License-Identifier: ISC */
/*
 * net_2if ADDRESS0 ADDRESS1 COUNT: netecho on two interfaces; ends when each has
 * answered COUNT pings. A device that solo5_yield() reports as ready must have a
 * frame, and one that it doesn't report must not be forgotten.
 */
#include "../../examples/netecho/echo.h"
#include "lib.h"

#define FRAME_MAX (65535 + SOLO5_NET_HLEN)

static const char *const names[2] = {"net0", "net1"};
static struct interface {
    struct echo echo;
    solo5_handle_t handle;
    size_t mtu;
} interfaces[2];
static uint8_t frame[FRAME_MAX];

static void open_interface(struct interface *i, const char *name, const char *ip)
{
    struct solo5_net_info ni;

    CHECK(solo5_net_acquire(name, &i->handle, &ni) == SOLO5_R_OK);
    memcpy(i->echo.mac, ni.mac_address, sizeof i->echo.mac);
    i->mtu = ni.mtu;
    CHECK(echo_parse_ip(i->echo.ip, ip));
    CHECK((ni.mac_address[0] & 1) == 0);
}

static void serve(struct interface *i)
{
    size_t size, n;

    for (n = 0; solo5_net_read(i->handle, frame, i->mtu + SOLO5_NET_HLEN, &size) ==
                    SOLO5_R_OK;
            n++) {
        CHECK(size <= i->mtu + SOLO5_NET_HLEN);
        if (echo_answer(&i->echo, frame, size))
            CHECK(solo5_net_write(i->handle, frame, size) == SOLO5_R_OK);
    }
    if (n == 0)
        FAIL("reported as ready, but nothing to read");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    solo5_handle_set_t all = 0;
    struct args a;
    uint64_t count;

    args_split(&a, info->cmdline);
    for (unsigned i = 0; i < 2; i++) {
        open_interface(&interfaces[i], names[i], a.v[i]);
        CHECK(interfaces[i].handle == i + 1);
        all |= 1U << interfaces[i].handle;
    }
    CHECK(memcmp(interfaces[0].echo.mac, interfaces[1].echo.mac, 6) != 0);
    count = to_u64(a.v[2]);
    put("serving\n");

    while (interfaces[0].echo.pings < count || interfaces[1].echo.pings < count) {
        solo5_handle_set_t ready = 0;

        solo5_yield(UINT64_MAX, &ready);
        CHECK(ready != 0 && (ready & ~all) == 0);
        for (unsigned i = 0; i < 2; i++) {
            if (ready & 1U << interfaces[i].handle)
                serve(&interfaces[i]);
        }
    }
    return success();
}
