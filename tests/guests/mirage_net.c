/* SPDX-License-Identifier: ISC */
/*
 * mirage_net ADDRESS COUNT: an interface as MirageOS serves it. The main loop waits for a
 * day and looks for the handle's bit; a wake-up reads until AGAIN into a buffer of
 * mtu + header; acquire and write are never AGAIN. Ends after COUNT answered pings.
 */
#include "../../examples/netecho/echo.h"
#include "lib.h"

#define DAY (UINT64_C(86400) * 1000000000)

static uint8_t page[65536];
static struct echo echo;
static solo5_handle_t handle;
static size_t largest;

/* One wake-up's frames: how many it read. */
static unsigned listen(void)
{
    size_t size;

    for (unsigned n = 0;; n++) {
        solo5_result_t r = solo5_net_read(handle, page, largest, &size);

        if (r == SOLO5_R_AGAIN)
            return n;
        CHECK(r == SOLO5_R_OK && size >= SOLO5_NET_HLEN && size <= largest);
        if (echo_answer(&echo, page, size))
            CHECK(solo5_net_write(handle, page, size) == SOLO5_R_OK);
    }
}

static void wait_for_work(void)
{
    solo5_time_t now = solo5_clock_monotonic();
    solo5_handle_set_t ready = 0;

    solo5_yield(now + DAY, &ready);
    CHECK(solo5_clock_monotonic() < now + DAY);
    CHECK(ready == 1ULL << handle);
    CHECK(listen() > 0);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_net_info ni;
    uint64_t count;
    struct args a;

    args_split(&a, info->cmdline);
    CHECK(echo_parse_ip(echo.ip, a.v[0]));
    count = to_u64(a.v[1]);
    CHECK(solo5_net_acquire("service", &handle, &ni) == SOLO5_R_OK && handle == 2);
    memcpy(echo.mac, ni.mac_address, SOLO5_NET_ALEN);
    largest = ni.mtu + SOLO5_NET_HLEN;
    CHECK(largest <= sizeof page);
    put("serving\n");

    /* Often there is nothing to read when it starts. */
    listen();
    while (echo.pings < count)
        wait_for_work();
    return success();
}
