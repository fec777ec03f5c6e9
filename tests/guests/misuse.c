/* SPDX-License-Identifier: ISC */
/*
 * misuse: calls with arguments that are wrong. The interface lets bindings end
 * the guest for them; ours return an error and change nothing.
 *
 * The manifest has the block device "disk", and in misuse_net the network "net".
 */
#include "lib.h"

#define MARK UINT64_C(0x5a5a5a5a5a5a5a5a)

static solo5_handle_t disk = 0, net = 0; /* 0: there is none */
static struct solo5_block_info bi;
static struct solo5_net_info ni;
static uint8_t buf[2048];

static const char long_name[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                                "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";

static void check_names(void)
{
    const char *const wrong[] = {"", "dis", "disk0", "DISK", " disk", "disk ", "ne", "net0",
            "nothing", long_name, "\xff\xfe"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        solo5_handle_t h = MARK;
        struct solo5_block_info b = {MARK, MARK};
        struct solo5_net_info n = {.mtu = (size_t)MARK};

        CHECK(solo5_block_acquire(wrong[i], &h, &b) == SOLO5_R_EINVAL);
        CHECK(solo5_net_acquire(wrong[i], &h, &n) == SOLO5_R_EINVAL);
        CHECK(h == MARK && b.capacity == MARK && b.block_size == MARK && n.mtu == MARK);
    }
}

static void check_wrong_kind(void)
{
    solo5_handle_t h = MARK;
    struct solo5_block_info b = {MARK, MARK};
    struct solo5_net_info n = {.mtu = (size_t)MARK};

    CHECK(solo5_net_acquire("disk", &h, &n) == SOLO5_R_EINVAL);
    CHECK(solo5_block_acquire("net", &h, &b) == SOLO5_R_EINVAL);
    CHECK(h == MARK && b.capacity == MARK && n.mtu == MARK);
}

static void check_block_handle(solo5_handle_t h)
{
    CHECK(solo5_block_write(h, 0, buf, bi.block_size) == SOLO5_R_EINVAL);
    CHECK(solo5_block_read(h, 0, buf, bi.block_size) == SOLO5_R_EINVAL);
}

static void check_net_handle(solo5_handle_t h)
{
    size_t n = 7;

    CHECK(solo5_net_write(h, buf, 60) == SOLO5_R_EINVAL);
    CHECK(solo5_net_read(h, buf, sizeof buf, &n) == SOLO5_R_EINVAL);
}

static void check_handles(void)
{
    /* The last ones are right in their low bits. */
    const solo5_handle_t wrong[] = {0, 3, 4, 62, 63, 64, 65, 127, 128, 255, 256,
            UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 1,
            (UINT64_C(1) << 32) + 2, (UINT64_C(1) << 63) + 1, UINT64_MAX, disk + 64,
            disk + (UINT64_C(1) << 32)};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        check_block_handle(wrong[i]);
        check_net_handle(wrong[i]);
    }
    check_net_handle(disk);
    if (net)
        check_block_handle(net);
}

static void check_frames(void)
{
    size_t n = 0;

    CHECK(solo5_net_write(net, buf, 0) == SOLO5_R_EINVAL);
    CHECK(solo5_net_write(net, buf, 13) == SOLO5_R_EINVAL);
    CHECK(solo5_net_write(net, buf, ni.mtu + SOLO5_NET_HLEN + 1) == SOLO5_R_EINVAL);
    CHECK(solo5_net_write(net, buf, SIZE_MAX) == SOLO5_R_EINVAL);
    memset(buf, 0xff, 6);
    memcpy(buf + 6, ni.mac_address, 6);
    CHECK(solo5_net_write(net, buf, SOLO5_NET_HLEN) == SOLO5_R_OK);
    CHECK(solo5_net_write(net, buf, ni.mtu + SOLO5_NET_HLEN) == SOLO5_R_OK);
    CHECK(solo5_net_read(net, buf, 0, &n) == SOLO5_R_EINVAL);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    solo5_handle_t again;
    bool with_net = strcmp(info->cmdline, "net") == 0;

    CHECK(solo5_block_acquire("disk", &disk, &bi) == SOLO5_R_OK && disk == 1);
    CHECK(solo5_block_acquire("disk", &again, &bi) == SOLO5_R_OK && again == disk);
    CHECK((solo5_net_acquire("net", &net, &ni) == SOLO5_R_OK) == with_net);
    CHECK(ni.mtu + SOLO5_NET_HLEN < sizeof buf);
    check_names();
    check_wrong_kind();
    check_handles();
    if (with_net)
        check_frames();

    solo5_console_write("", 0);
    solo5_yield(0, NULL);

    /* What is right still works. */
    CHECK(solo5_block_write(disk, 0, buf, bi.block_size) == SOLO5_R_OK);
    return success();
}
