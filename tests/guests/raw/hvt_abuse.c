/* SPDX-License-Identifier: ISC */
/*
 * hvt_abuse: hypercalls no bindings would make. The command line says which; most
 * must end the guest, the rest print what came of them.
 */
#include "hvt.h"

static const struct hvt_boot_info *bi;
static uint8_t buf[4096];
static const char text[] = "buffer at the top of memory\n";

static void survived(void)
{
    raw_put("FAILURE: survived\n");
    raw_exit(2);
}

static void call_0(void)
{
    hypercall(0, buf);
}

static void call_9(void)
{
    hypercall(9, buf);
}

/* An extension, for when the image doesn't say that it knows it. */
static void call_16(void)
{
    hypercall(16, buf);
}

static void call_1000(void)
{
    hypercall(1000, buf);
}

static void call_net_without_net(void)
{
    hypercall(HVT_HYPERCALL_NET_WRITE, buf);
}

static void request_beyond(void)
{
    hypercall(HVT_HYPERCALL_WALLTIME, (void *)bi->mem_size);
}

static void request_across_end(void)
{
    hypercall(HVT_HYPERCALL_PUTS, (void *)(bi->mem_size - 8));
}

static void request_at_zero(void)
{
    hypercall(HVT_HYPERCALL_WALLTIME, (void *)0);
}

static void request_in_tables(void)
{
    hypercall(HVT_HYPERCALL_WALLTIME, (void *)0x2000);
}

static void request_in_boot_info(void)
{
    hypercall(HVT_HYPERCALL_WALLTIME, (void *)0x10000);
}

static void request_in_text(void)
{
    hypercall(HVT_HYPERCALL_WALLTIME, (void *)raw_main);
}

/* Results go where the request is: a constant one can't have any. */
static void request_in_rodata(void)
{
    static const struct hvt_hc_walltime r = {0};

    hypercall(HVT_HYPERCALL_WALLTIME, (void *)&r);
}

static void puts_of(uint64_t data, uint64_t len)
{
    raw_write((const void *)data, len);
}

static void data_beyond(void)
{
    puts_of(bi->mem_size, 1);
}

static void data_across_end(void)
{
    puts_of(bi->mem_size - 1, 2);
}

static void data_wraps(void)
{
    puts_of(UINT64_MAX, 2);
}

static void length_wraps(void)
{
    puts_of((uintptr_t)buf, UINT64_MAX);
}

static void data_in_tables(void)
{
    puts_of(0x1000, 16);
}

static void data_4g(void)
{
    puts_of((uintptr_t)buf + (UINT64_C(1) << 32), 16);
}

static void read_into(uint64_t data)
{
    volatile struct hvt_hc_block_read r = {
            .handle = 1, .offset = 0, .data = data, .len = 512};

    hypercall(HVT_HYPERCALL_BLOCK_READ, &r);
}

static void read_into_text(void)
{
    read_into((uintptr_t)raw_main & ~(uint64_t)511);
}

static void read_into_rodata(void)
{
    read_into((uintptr_t)text);
}

static void read_into_boot_info(void)
{
    read_into(0x10000);
}

static void read_into_tables(void)
{
    read_into(0x2000);
}

static void cookie_beyond(void)
{
    volatile struct hvt_hc_halt r = {.cookie = bi->mem_size - 511, .exit_status = 0};

    hypercall(HVT_HYPERCALL_HALT, &r);
}

/* These are fine. */

static void top_of_memory(void)
{
    uint64_t size = sizeof text - 1;
    uint8_t *top = (uint8_t *)(bi->mem_size - size);
    volatile struct hvt_hc_walltime *r = (void *)(bi->mem_size - sizeof *r);

    for (uint64_t i = 0; i < size; i++)
        top[i] = (uint8_t)text[i];
    puts_of((uintptr_t)top, size);
    hypercall(HVT_HYPERCALL_WALLTIME, r);
    raw_check("time at the top of memory", r->nsecs > UINT64_C(1500000000000000000));
    raw_finish();
}

static void unaligned(void)
{
    struct __attribute__((packed)) {
        uint8_t skew[3];
        struct hvt_hc_walltime r;
    } u = {.r = {0}};
    volatile uint8_t *p = (uint8_t *)&u + 3;

    hypercall(HVT_HYPERCALL_WALLTIME, p);
    raw_check("time in an unaligned request", p[7] != 0);
    raw_finish();
}

static int32_t transfer(unsigned nr, uint64_t handle, uint64_t offset, uint64_t len)
{
    volatile struct hvt_hc_block_write r = {
            .handle = handle, .offset = offset, .data = (uintptr_t)buf, .len = len,
            .ret = -1};

    hypercall(nr, &r);
    return r.ret;
}

/* Any length and offset within the device; EINVAL outside of it. */
static void block(void)
{
    static const struct {
        uint64_t handle, offset, len;
        int32_t ret;
    } rows[] = {
            {1, 0, 512, 0},
            {1, 0, 4096, 0},
            {1, 1, 4095, 0},
            {1, 4096, 4096, 0},
            {1, 8191, 1, 0},
            {1, 8191, 2, 2},
            {1, 8192, 0, 2},
            {1, 8192, 1, 2},
            {1, 4097, 4096, 2},
            {1, UINT64_MAX, 1, 2},
            {1, UINT64_MAX, 2, 2},
            {1, 512, UINT64_MAX, 2},
            {1, 512, UINT64_MAX - 511, 2},
            {1, UINT64_C(1) << 63, 512, 2},
            {1, UINT64_C(1) << 32, 512, 2},
            {0, 0, 512, 2},
            {2, 0, 512, 2},
            {63, 0, 512, 2},
            {64, 0, 512, 2},
            {(UINT64_C(1) << 32) + 1, 0, 512, 2},
            {UINT64_MAX, 0, 512, 2},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned nr = HVT_HYPERCALL_BLOCK_WRITE; nr <= HVT_HYPERCALL_BLOCK_READ; nr++)
            raw_expect("ret", (uint32_t)transfer(nr, rows[i].handle, rows[i].offset,
                                      rows[i].len),
                    (uint32_t)rows[i].ret);
    }
    raw_finish();
}

static void poll_once(void)
{
    static const uint64_t timeouts[] = {0, 1, 1000000};

    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        volatile struct hvt_hc_poll r = {
                .timeout_nsecs = timeouts[i], .ready_set = UINT64_MAX, .ret = -1};

        hypercall(HVT_HYPERCALL_POLL, &r);
        raw_expect("ret", (uint64_t)r.ret, 0);
        raw_expect("ready_set", r.ready_set, 0);
    }
    raw_finish();
}

/* Must wait: the test ends it. */
static void poll_forever(void)
{
    volatile struct hvt_hc_poll r = {.timeout_nsecs = UINT64_MAX};

    raw_put("waiting\n");
    hypercall(HVT_HYPERCALL_POLL, &r);
}

static const struct abuse {
    const char *name;
    void (*run)(void);
} abuses[] = {
        {"call-0", call_0},
        {"call-9", call_9},
        {"call-16", call_16},
        {"call-1000", call_1000},
        {"call-net", call_net_without_net},
        {"request-beyond", request_beyond},
        {"request-across-end", request_across_end},
        {"request-at-zero", request_at_zero},
        {"request-in-tables", request_in_tables},
        {"request-in-boot-info", request_in_boot_info},
        {"request-in-text", request_in_text},
        {"request-in-rodata", request_in_rodata},
        {"data-beyond", data_beyond},
        {"data-across-end", data_across_end},
        {"data-wraps", data_wraps},
        {"length-wraps", length_wraps},
        {"data-in-tables", data_in_tables},
        {"data-4g", data_4g},
        {"read-into-text", read_into_text},
        {"read-into-rodata", read_into_rodata},
        {"read-into-boot-info", read_into_boot_info},
        {"read-into-tables", read_into_tables},
        {"cookie-beyond", cookie_beyond},
        {"narrow", cpu_narrow_access},
        {"elsewhere", cpu_access_elsewhere},
        {"read-device", cpu_read_device},
        {"early-fault", cpu_undefined},
        {"stop-cpu", cpu_stop},
        {"top-of-memory", top_of_memory},
        {"unaligned", unaligned},
        {"block", block},
        {"poll", poll_once},
        {"poll-forever", poll_forever},
};

void raw_main(void *boot_info)
{
    bi = boot_info;
    for (size_t i = 0; i < sizeof abuses / sizeof abuses[0]; i++) {
        if (raw_equal((const char *)bi->cmdline, abuses[i].name)) {
            abuses[i].run();
            survived();
        }
    }
    raw_put("FAILURE: unknown argument\n");
    raw_exit(2);
}
