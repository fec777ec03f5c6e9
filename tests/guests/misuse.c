/* SPDX-License-Identifier: ISC */
/*
 * misuse: calls with arguments that are wrong. The interface lets bindings end the
 * guest for them; ours return an error and change nothing. Each call is printed with
 * its result: the text is the same on every target and CPU.
 *
 * The manifest has the block device "disk" of 4 KiB, and in misuse_net the network
 * "net".
 */
#include "lib.h"

/* Variables: macros would be printed as what they stand for. */
static const uint64_t high = UINT64_C(1) << 32, max = UINT64_MAX;
static const uint8_t constant[2048] = {1};
static uint8_t buffer[2048], *buf, *text, *rodata;

static solo5_handle_t disk = 0, net = 2; /* 2: not there without a network */
static struct solo5_block_info bi;
static struct solo5_net_info ni;
static uint8_t *end; /* of memory */

/* What a failed call must leave alone. */
static struct {
    solo5_handle_t h;
    struct solo5_block_info b;
    struct solo5_net_info n;
    size_t size;
} out;

static void mark(void)
{
    memset(&out, 0x5a, sizeof out);
}

static bool is_marked(void)
{
    const uint8_t *p = (const void *)&out;

    for (size_t i = 0; i < sizeof out; i++)
        if (p[i] != 0x5a)
            return false;
    return true;
}

static void report(const char *call, solo5_result_t r)
{
    static const char *const names[] = {"OK", "AGAIN", "EINVAL", "EUNSPEC"};

    put(call);
    put(": ");
    put(r <= SOLO5_R_EUNSPEC ? names[r] : "nonsense");
    put(r == SOLO5_R_OK || is_marked() ? "\n" : ", and wrote its outputs\n");
    mark();
}

#define TRY(...) report(#__VA_ARGS__, __VA_ARGS__)

static void try_names(void)
{
    static const char name_67[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                                  "abcdefghijklmno";
    static const char name_68[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                                  "abcdefghijklmnop";

    TRY(solo5_block_acquire("", &out.h, &out.b));
    TRY(solo5_block_acquire("dis", &out.h, &out.b));
    TRY(solo5_block_acquire("disk0", &out.h, &out.b));
    TRY(solo5_block_acquire("DISK", &out.h, &out.b));
    TRY(solo5_block_acquire(" disk", &out.h, &out.b));
    TRY(solo5_block_acquire("disk ", &out.h, &out.b));
    TRY(solo5_block_acquire("net", &out.h, &out.b));
    TRY(solo5_block_acquire("\xff", &out.h, &out.b));
    TRY(solo5_block_acquire(name_67, &out.h, &out.b));
    TRY(solo5_block_acquire(name_68, &out.h, &out.b));
    TRY(solo5_net_acquire("", &out.h, &out.n));
    TRY(solo5_net_acquire("ne", &out.h, &out.n));
    TRY(solo5_net_acquire("net0", &out.h, &out.n));
    TRY(solo5_net_acquire("disk", &out.h, &out.n));
    TRY(solo5_net_acquire(name_67, &out.h, &out.n));
    TRY(solo5_net_acquire(name_68, &out.h, &out.n));
}

static void try_twice(bool with_net)
{
    TRY(solo5_block_acquire("disk", &out.h, &out.b));
    TRY(solo5_block_acquire("disk", &disk, &bi));
    CHECK(disk == 1 && bi.capacity == 4096 && bi.block_size == 512);
    if (!with_net)
        return;
    TRY(solo5_net_acquire("net", &out.h, &out.n));
    TRY(solo5_net_acquire("net", &net, &ni));
    CHECK(net == 2 && ni.mtu + SOLO5_NET_HLEN < sizeof buffer);
}

/* The last ones are right in their low bits. */
#define FOR_HANDLES(TRY_ONE)                                                   \
    TRY_ONE(0);                                                                \
    TRY_ONE(3);                                                                \
    TRY_ONE(62);                                                               \
    TRY_ONE(63);                                                               \
    TRY_ONE(64);                                                               \
    TRY_ONE(65);                                                               \
    TRY_ONE(255);                                                              \
    TRY_ONE(high);                                                             \
    TRY_ONE(max);                                                       \
    TRY_ONE(disk + 64);                                                        \
    TRY_ONE(high + disk);                                                      \
    TRY_ONE(high + net)

#define TRY_BLOCK(h)                                                           \
    TRY(solo5_block_write(h, 0, buf, 512));                                    \
    TRY(solo5_block_read(h, 0, buf, 512));                                     \
    TRY(solo5_block_flush(h))
#define TRY_NET(h)                                                             \
    TRY(solo5_net_write(h, buf, 60));                                          \
    TRY(solo5_net_read(h, buf, 2048, &out.size))

static void try_handles(void)
{
    FOR_HANDLES(TRY_BLOCK);
    TRY_BLOCK(net);
    FOR_HANDLES(TRY_NET);
    TRY_NET(disk);
}

#define TRY_RANGE(offset, size)                                                \
    TRY(solo5_block_write(disk, offset, buf, size));                           \
    TRY(solo5_block_read(disk, offset, buf, size))

static void try_ranges(void)
{
    TRY_RANGE(0, 0);
    TRY_RANGE(0, 1);
    TRY_RANGE(0, 511);
    TRY_RANGE(0, 513);
    TRY_RANGE(0, high + 512);
    TRY_RANGE(0, max);
    TRY_RANGE(0, max - 511);
    TRY_RANGE(1, 512);
    TRY_RANGE(511, 512);
    TRY_RANGE(4095, 512);
    TRY_RANGE(3584, 512);
    TRY_RANGE(3584, 1024);
    TRY_RANGE(4096, 512);
    TRY_RANGE(4096, 0);
    TRY_RANGE(high, 512);
    TRY_RANGE(max, 512);
    TRY_RANGE(max - 511, 512);
    TRY_RANGE(max - 511, 1024);
    TRY_RANGE(512, max - 511);
}

static uint8_t *at(uint64_t address)
{
    return (uint8_t *)OPAQUE(address);
}

#define TRY_BUFFER(b)                                                          \
    TRY(solo5_block_write(disk, 0, b, 512));                                   \
    TRY(solo5_block_read(disk, 0, b, 512))

/* Where the stack began: what is read there is what has just been written. */
static void __attribute__((noinline)) try_buffers(void)
{
    volatile uint8_t room[4096]; /* what is in use now is not below the last 512 bytes */

    room[0] = 0;
    (void)room[0];
    TRY_BUFFER(end - 512);
    TRY_BUFFER(end - 511);
    TRY_BUFFER(end);
    TRY_BUFFER(end + 1);
    TRY_BUFFER(at(0));
    TRY_BUFFER(at(4096));
    TRY_BUFFER(at(0xffff));
    TRY_BUFFER(at(high << 8));
    TRY_BUFFER(at(high << 31));
    TRY_BUFFER(at(max - 510));
    TRY_BUFFER(at(max));
    TRY_BUFFER(text);
    TRY_BUFFER(rodata);
}

/* Nothing of this is to be seen. */
static void try_console(void)
{
    solo5_console_write("", 0);
    solo5_console_write(NULL, 0);
    solo5_console_write(NULL, 1);
    solo5_console_write((const char *)end, 1);
    solo5_console_write((const char *)end - 1, 2);
    solo5_console_write((const char *)buf, max);
    solo5_console_write((const char *)at(max), 1);
    put("console\n");
}

#define TRY_FRAME(b, n) TRY(solo5_net_write(net, b, n))
#define TRY_ROOM(b, n) TRY(solo5_net_read(net, b, n, &out.size))

static void __attribute__((noinline)) try_frames(void)
{
    volatile uint8_t room[4096];
    size_t most = ni.mtu + SOLO5_NET_HLEN;

    room[0] = 0;
    (void)room[0];
    memset(buf, 0xff, 6);
    memcpy(buf + 6, ni.mac_address, 6);
    TRY_FRAME(buf, 0);
    TRY_FRAME(buf, 13);
    TRY_FRAME(buf, 14);
    TRY_FRAME(buf, most);
    TRY_FRAME(buf, most + 1);
    TRY_FRAME(buf, high + 60);
    TRY_FRAME(buf, max);
    TRY_FRAME(rodata, 60);
    TRY_FRAME(end - 60, 60);
    TRY_FRAME(end - 59, 60);
    TRY_FRAME(at(0), 60);
    TRY_FRAME(at(max - 58), 60);
    TRY_ROOM(buf, 0);
    TRY_ROOM(buf, max);
    TRY_ROOM(at(0), most);
    TRY_ROOM(end - most + 1, most);
    TRY_ROOM(at(max - most + 1), most);
    TRY_ROOM(text, most);
    TRY_ROOM(rodata, most);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    bool with_net = strcmp(info->cmdline, "net") == 0;

    buf = OPAQUE(&buffer[0]);
    rodata = (uint8_t *)OPAQUE((uint64_t)constant);
    text = (uint8_t *)OPAQUE((uint64_t)solo5_app_main & ~(uint64_t)0xfff);
    end = (uint8_t *)info->heap_start + info->heap_size;
    mark();
    try_names();
    try_twice(with_net);
    try_handles();
    try_ranges();
    try_buffers();
    try_console();
    if (with_net)
        try_frames();
    TRY(solo5_tls_init(0));
    TRY(solo5_random_seed(buf, 0));
    TRY(solo5_random_seed(buf, SOLO5_RANDOM_SIZE + 1));
    TRY(solo5_random_seed(buf, max));
    TRY(solo5_random_seed(at(0), 16));
    TRY(solo5_random_seed(at(0x1000), 16));
    TRY(solo5_random_seed(rodata, 16));
    TRY(solo5_random_seed(end - 15, 16));
    TRY(solo5_random_seed(end - 16, 16));
    TRY(solo5_random_seed(buf, 16));
    TRY(solo5_block_flush(disk));
    solo5_yield(0, NULL);

    /* What is right still works. */
    TRY(solo5_block_write(disk, 0, buf, 512));
    return success();
}
