/* SPDX-License-Identifier: ISC */
/*
 * grow: linked with manifests of many devices, all disks or all networks, "d1" to "dN".
 * The last one is asked, which is the dearest if they are looked at in turn.
 */
#include "clocks.h"
#include "disk.h"
#include "taps.h"

#include "../block.h"
#include "../calls.h"
#include "../net.h"

static void disks(struct bench *b)
{
    calls(b);
    bench_each(b, "block_read_512", b->count, NULL, op_read_small);
    bench_each(b, "block_write_512", b->count, NULL, op_write_small);
}

static void taps(struct bench *b)
{
    calls(b);
    bench_each(b, "net_write", b->count, NULL, op_net_write);
    bench_each(b, "read_none", b->count, drain, op_read_none);
}

static const char *name_of(unsigned n)
{
    static char name[4];
    char *at = put_string(name, "d");

    if (n >= 10)
        *at++ = (char)('0' + n / 10);
    *at++ = (char)('0' + n % 10);
    *at = '\0';
    return name;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_block_info block_info;
    struct solo5_net_info net_info;

    for (unsigned n = 63; n > 0; n--) {
        if (solo5_block_acquire(name_of(n), &disk, &block_info) == SOLO5_R_OK)
            return guest_run(info, disks);
        if (solo5_net_acquire(name_of(n), &tap[NET_OUT], &net_info) == SOLO5_R_OK) {
            tap[NET_IN] = tap[NET_OUT];
            return guest_run(info, taps);
        }
    }
    return SOLO5_EXIT_FAILURE;
}
