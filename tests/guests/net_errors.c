/* SPDX-License-Identifier: ISC */
/*
 * net_errors: what yield, read and write say of "net" while it is up, when it is down and
 * when it is gone. The host says so by an ARP request on "sign" for an address that ends
 * in 1 (it is down) or 2 (it is gone): whatever else it sends there is none of these.
 */
#include "lib.h"

#define ETH_TYPE 12 /* RFC 826 */
#define ARP_TARGET_END 41
#define ARP_SIZE 42

static uint8_t frame[65535 + SOLO5_NET_HLEN];
static solo5_handle_t net, sign;

static void say(const char *name, uint64_t value)
{
    put(name);
    put_u64(value);
}

/*
 * The host may have sent something of its own: only when there is nothing left do both
 * results depend on the device alone.
 */
static void look(void)
{
    solo5_handle_set_t ready;
    solo5_result_t r;
    size_t size;

    do {
        solo5_yield(0, &ready);
        r = solo5_net_read(net, frame, sizeof frame, &size);
    } while (r == SOLO5_R_OK);
    say(" ready=", ready >> net & 1);
    say(" read=", r);
}

static void show(const char *state)
{
    put(state);
    look();
    memset(frame, 0, sizeof frame);
    say(" write=", solo5_net_write(net, frame, 60));
    look();
    put("\n");
}

static bool is_sign(size_t size, uint8_t end)
{
    return size >= ARP_SIZE && frame[ETH_TYPE] == 0x08 && frame[ETH_TYPE + 1] == 0x06 &&
            frame[ARP_TARGET_END] == end;
}

static void wait_for_sign(uint8_t end)
{
    size_t size;

    for (;;) {
        /* The other device may be ready all the time. */
        solo5_yield(solo5_clock_monotonic() + 10000000, NULL);
        while (solo5_net_read(sign, frame, sizeof frame, &size) == SOLO5_R_OK)
            if (is_sign(size, end))
                return;
    }
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_net_info ni;

    (void)info;
    CHECK(solo5_net_acquire("net", &net, &ni) == SOLO5_R_OK);
    CHECK(solo5_net_acquire("sign", &sign, &ni) == SOLO5_R_OK);
    show("up:");
    wait_for_sign(1);
    show("down:");
    wait_for_sign(2);
    show("gone:");
    return success();
}
