/* SPDX-License-Identifier: ISC */
/*
 * hvt: attacks on solo5-hvt, one for each name. Requests and buffers where none may be:
 *   request CALL PLACE    the request is there
 *   data CALL PLACE       what the request points to is there
 */
#include "hvt.h"

#include "ext_abi.h"

#define DISK 1
#define NET 2
#define R_EINVAL 2
#define GIB4 (UINT64_C(1) << 32)

uint64_t mem_size;

static uint8_t buffer[65536] __attribute__((aligned(4096)));
static const uint8_t constant[4096] __attribute__((aligned(4096))) = {1};

static void call(unsigned nr, volatile void *request)
{
    cpu_hypercall(nr, (uint32_t)(uintptr_t)request);
}

void note(const char *what, uint64_t value)
{
    put("  ");
    put(what);
    put(" ");
    put_hex(value);
    put("\n");
}

/*
 * Places
 */

static uint64_t text(void)
{
    return (uintptr_t)solo5_app_main & ~(uint64_t)0xfff;
}

static const struct place {
    const char *name;
    uint64_t address; /* of the end, at or above it: counted from there */
    bool from_end;
    uint64_t (*find)(void);
} places[] = {
        {"zero", 0, false, NULL},
        {"one", 1, false, NULL},
        {"tables", 0x1000, false, NULL},
        {"below-boot-info", 0xffff, false, NULL},
        {"boot-info", 0x10000, false, NULL},
        {"vectors", 0x80000, false, NULL},
        {"below-image", 0xfffff, false, NULL},
        {"text", 0, false, text},
        {"across-end", UINT64_MAX, true, NULL},
        {"end", 0, true, NULL},
        {"below-4g", GIB4 - 1, false, NULL},
        {"4g", GIB4, false, NULL},
        {"buffer-4g", GIB4 + 0x200000, false, NULL},
        {"half", UINT64_C(1) << 63, false, NULL},
        {"wraps-to-0", UINT64_MAX - 59, false, NULL},
        {"last", UINT64_MAX, false, NULL},
};

static uint64_t place_of(const char *name)
{
    if (strcmp(name, "rodata") == 0)
        return (uintptr_t)constant;
    for (size_t i = 0; i < COUNT(places); i++)
        if (strcmp(places[i].name, name) == 0)
            return places[i].find ? places[i].find()
                                  : places[i].address + (places[i].from_end ? mem_size : 0);
    FAIL("unknown place");
}

/*
 * Calls. All but the request's address or its buffer's is right.
 */
union request {
    struct hvt_hc_puts puts;
    struct hvt_hc_poll poll;
    struct hvt_hc_block_write block;
    struct hvt_hc_net_write net;
    struct hvt_hc_net_read net_read;
    struct hvt_hc_net_batch batch;
    struct hvt_hc_halt halt;
    uint8_t bytes[64];
};

static union request puts_of(uint64_t data)
{
    return (union request){.puts = {.data = data, .len = 60}};
}

static union request poll_of(uint64_t data)
{
    (void)data;
    return (union request){.poll = {.timeout_nsecs = 0}};
}

static union request block_of(uint64_t data)
{
    return (union request){.block = {.handle = DISK, .data = data, .len = 512, .ret = -1}};
}

static union request net_of(uint64_t data)
{
    return (union request){.net = {.handle = NET, .data = data, .len = 60, .ret = -1}};
}

static union request batch_of(uint64_t data)
{
    return (union request){.batch = {.handle = NET,
                                   .data = data,
                                   .len = 1024,
                                   .frame_max = 60,
                                   .flags = HVT_NET_BATCH_WAIT,
                                   .ret = -1}};
}

static union request halt_of(uint64_t data)
{
    return (union request){.halt = {.cookie = data, .exit_status = 7}};
}

static const struct call {
    const char *name;
    unsigned nr;
    size_t size;
    union request (*make)(uint64_t data);
} calls[] = {
        {"walltime", HVT_HYPERCALL_WALLTIME, sizeof(struct hvt_hc_walltime), poll_of},
        {"puts", HVT_HYPERCALL_PUTS, sizeof(struct hvt_hc_puts), puts_of},
        {"poll", HVT_HYPERCALL_POLL, sizeof(struct hvt_hc_poll), poll_of},
        {"block-write", HVT_HYPERCALL_BLOCK_WRITE, sizeof(struct hvt_hc_block_write),
                block_of},
        {"block-read", HVT_HYPERCALL_BLOCK_READ, sizeof(struct hvt_hc_block_read), block_of},
        {"net-write", HVT_HYPERCALL_NET_WRITE, sizeof(struct hvt_hc_net_write), net_of},
        {"net-read", HVT_HYPERCALL_NET_READ, sizeof(struct hvt_hc_net_read), net_of},
        {"block-flush", HVT_HYPERCALL_BLOCK_FLUSH, sizeof(struct hvt_hc_block_flush),
                block_of},
        {"net-batch", HVT_HYPERCALL_NET_BATCH, sizeof(struct hvt_hc_net_batch), batch_of},
        {"halt", HVT_HYPERCALL_HALT, sizeof(struct hvt_hc_halt), halt_of},
};

static const struct call *call_of(const char *name)
{
    for (size_t i = 0; i < COUNT(calls); i++)
        if (strcmp(calls[i].name, name) == 0)
            return &calls[i];
    FAIL("unknown call");
}

static void bad_request(const struct call *c, uint64_t place)
{
    call(c->nr, (void *)(uintptr_t)place);
}

static void bad_data(const struct call *c, uint64_t place)
{
    union request r = c->make(place);

    call(c->nr, OPAQUE(&r));
}

/*
 * These are allowed, and must do no more than they say.
 */

/* The answer of a call whose request was copied to AT. */
static int32_t answer(const struct call *c, uint8_t *at, const union request *r)
{
    union request back;

    memcpy(at, r, c->size);
    call(c->nr, OPAQUE(at));
    memcpy(&back, at, c->size);
    switch (c->nr) {
    case HVT_HYPERCALL_POLL:
        return back.poll.ret == 0 || back.poll.ret == 1 ? 0 : -1;
    case HVT_HYPERCALL_BLOCK_WRITE:
    case HVT_HYPERCALL_BLOCK_READ:
        return back.block.ret;
    case HVT_HYPERCALL_NET_WRITE:
        return back.net.ret;
    case HVT_HYPERCALL_NET_READ:
        return back.net_read.ret <= 1 ? 0 : back.net_read.ret;
    case HVT_HYPERCALL_NET_BATCH:
        return back.batch.ret <= 1 ? 0 : back.batch.ret;
    default:
        return 0;
    }
}

static bool is_halt(const struct call *c)
{
    return c->nr == HVT_HYPERCALL_HALT;
}

/* Requests of every call at every alignment, and across a page. */
static void unaligned(void)
{
    for (size_t i = 0; i < COUNT(calls); i++) {
        union request r = calls[i].make((uintptr_t)buffer + 8192);

        for (unsigned skew = 1; skew <= 16 && !is_halt(&calls[i]); skew++) {
            CHECK(answer(&calls[i], buffer + skew, &r) == 0);
            CHECK(answer(&calls[i], buffer + 4096 - skew, &r) == 0);
        }
    }
}

/* The length that its request has. */
static uint64_t room_of(const struct call *c)
{
    return c->make == block_of ? 512 : c->make == batch_of ? 1024 : 60;
}

/* The last bytes of memory, where our own stack began: nobody returns there. */
static void edges(void)
{
    uint8_t *end = (uint8_t *)mem_size;

    for (size_t i = 0; i < COUNT(calls); i++) {
        union request r = calls[i].make((uintptr_t)buffer);

        if (is_halt(&calls[i]))
            continue;
        CHECK(answer(&calls[i], end - calls[i].size, &r) == 0);
        r = calls[i].make(mem_size - room_of(&calls[i]));
        CHECK(answer(&calls[i], buffer, &r) == 0);
    }
}

/* A buffer that begins in the middle of its own request, or that ends there. */
static void overlap(void)
{
    static const int skews[] = {0, 1, 8, 16, 24, 36, -1, -8, -59, -500};

    for (size_t i = 0; i < COUNT(calls); i++) {
        for (size_t k = 0; k < COUNT(skews) && !is_halt(&calls[i]); k++) {
            uint8_t *at = buffer + 4096;
            union request r = calls[i].make((uintptr_t)at + (uint64_t)(int64_t)skews[k]);

            CHECK(answer(&calls[i], at, &r) == 0);
            /* The answer comes last: the request is whole. */
            if (calls[i].make == block_of || calls[i].make == net_of)
                CHECK(memcmp(at, &r, calls[i].size - 8) == 0);
        }
    }
}

/* The request changes itself while it is answered: the next one must be no worse. */
static void recursive(void)
{
    union request r = block_of((uintptr_t)buffer + 4096);

    for (unsigned i = 0; i < 200; i++) {
        r.block.offset = i % 16 * 512;
        CHECK(answer(&calls[4], buffer + 4096 + i, &r) == 0);
    }
}

static void net_arguments(void)
{
    static const struct {
        uint64_t handle, len;
        int32_t write, read; /* 1 or 0: is there a frame? */
    } rows[] = {
            {0, 60, R_EINVAL, R_EINVAL},
            {DISK, 60, R_EINVAL, R_EINVAL},
            {3, 60, R_EINVAL, R_EINVAL},
            {63, 60, R_EINVAL, R_EINVAL},
            {64 + NET, 60, R_EINVAL, R_EINVAL},
            {GIB4 + NET, 60, R_EINVAL, R_EINVAL},
            {UINT64_MAX, 60, R_EINVAL, R_EINVAL},
            {NET, 0, R_EINVAL, 0},
            {NET, 13, R_EINVAL, 0},
            {NET, 60, 0, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        union request r = net_of((uintptr_t)buffer + 4096);

        r.net.handle = rows[i].handle;
        r.net.len = rows[i].len;
        CHECK(answer(&calls[5], buffer, &r) == rows[i].write);
        CHECK(answer(&calls[6], buffer, &r) == rows[i].read);
    }
}

static void batch_arguments(void)
{
    static const struct {
        uint64_t handle, len;
        uint32_t frame_max;
        int32_t ret;
    } rows[] = {
            {0, 1024, 60, R_EINVAL},
            {DISK, 1024, 60, R_EINVAL},
            {3, 1024, 60, R_EINVAL},
            {64 + NET, 1024, 60, R_EINVAL},
            {GIB4 + NET, 1024, 60, R_EINVAL},
            {UINT64_MAX, 1024, 60, R_EINVAL},
            {NET, 0, 0, R_EINVAL},
            {NET, 1024, 0, R_EINVAL},
            {NET, 1024, 13, R_EINVAL},
            {NET, 23, 14, R_EINVAL},
            {NET, 1024, 1017, R_EINVAL},
            {NET, 1024, UINT32_MAX, R_EINVAL},
            {NET, 24, 14, 0},
            {NET, 1024, 1016, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        union request r = batch_of((uintptr_t)buffer + 4096);

        r.batch.handle = rows[i].handle;
        r.batch.len = rows[i].len;
        r.batch.frame_max = rows[i].frame_max;
        r.batch.flags = (uint32_t)i;
        CHECK(answer(call_of("net-batch"), buffer, &r) == rows[i].ret);
    }
}

static void flush_arguments(void)
{
    static const uint64_t handles[] = {0, NET, 3, 63, 64 + DISK, GIB4 + DISK, UINT64_MAX};

    for (size_t i = 0; i < COUNT(handles); i++) {
        volatile struct hvt_hc_block_flush r = {.handle = handles[i], .ret = -1};

        call(HVT_HYPERCALL_BLOCK_FLUSH, &r);
        CHECK(r.ret == R_EINVAL);
    }
}

static uint64_t checksum(const uint8_t *p, size_t n)
{
    uint64_t sum = 0;

    while (n--)
        sum = sum * 31 + *p++;
    return sum;
}

/* Whatever an instruction does, what is read-only stays as it was. */
static void instructions(void)
{
    uint64_t code = checksum((const uint8_t *)text(), 8192);
    uint64_t constants = checksum(constant, sizeof constant);

    for (const struct attack *a = cpu_tried; a->name; a++) {
        put(a->name);
        uint64_t e = cpu_try(a->run);
        put(e ? ": exception " : ": no exception");
        if (e)
            put_u64(e - 1);
        put("\n");
    }
    cpu_probe();
    CHECK(checksum((const uint8_t *)text(), 8192) == code);
    CHECK(checksum(constant, sizeof constant) == constants);
    CHECK(solo5_clock_wall() > UINT64_C(1500000000000000000));
}

/*
 * With page tables of its own a guest reaches all that its machine has. What the tender
 * keeps there it wrote once and never reads again, but the host's mapping still holds.
 */
static void map_everything(void)
{
    cpu_map_everything((void *)(((uintptr_t)buffer + 4095) & ~(uint64_t)4095));
}

static void fill(uint64_t from, uint64_t to)
{
    for (volatile uint64_t *p = OPAQUE((uint64_t *)from); p < (uint64_t *)to; p++)
        *p = UINT64_MAX;
}

static void overwrite_low(void)
{
    static uint8_t at[64];
    union request r = block_of((uintptr_t)buffer + 40960);

    map_everything();
    fill(0x1000, 0x100000);
    for (size_t i = 0; i < COUNT(calls); i++) {
        union request q = calls[i].make((uintptr_t)buffer + 40960);

        if (!is_halt(&calls[i]))
            CHECK(answer(&calls[i], at, &q) == 0);
    }
    r.block.handle = NET;
    CHECK(answer(&calls[4], at, &r) == R_EINVAL);
}

/* Its tables don't make the tender take what it does not take otherwise. */
static void own_tables_request(void)
{
    map_everything();
    call(HVT_HYPERCALL_WALLTIME, (void *)OPAQUE((uintptr_t)0x2000));
}

static void own_tables_write_text(void)
{
    map_everything();
    *(volatile uint8_t *)OPAQUE(text()) = 0;
}

static void own_tables_write_rodata(void)
{
    map_everything();
    *(volatile uint8_t *)OPAQUE((uintptr_t)constant) = 0;
}

static void own_tables_read_beyond(void)
{
    map_everything();
    put_value("read", *(volatile uint32_t *)OPAQUE((uintptr_t)0x8000000));
}

static void own_tables_write_beyond(void)
{
    map_everything();
    *(volatile uint32_t *)OPAQUE((uintptr_t)0x8000000) = 0;
}

static void jump(uint64_t to)
{
    void (*f)(void);

    memcpy(&f, &(const void *){OPAQUE((const void *)to)}, sizeof f);
    f();
}

static void own_tables_execute_beyond(void)
{
    map_everything();
    jump(0x8000000);
}

/* Of the guest's own: against itself it may. */
static void own_tables_execute_data(void)
{
    static uint8_t code[] __attribute__((aligned(64))) = {CPU_CODE_42};

    map_everything();
    jump((uintptr_t)code);
}

static void map_nothing(void)
{
    put("waiting\n");
    cpu_map_nothing();
}

/* The linker script's. */
extern char _erodata[], _end[];

/*
 * Spins and storms: SIGTERM ends them
 */

static void storm_of(const struct call *c)
{
    union request r = c->make((uintptr_t)buffer + 4096);

    put("waiting\n");
    for (;;) {
        if (c->make == poll_of)
            r.poll.timeout_nsecs = 1;
        call(c->nr, OPAQUE(&r));
    }
}

/* All that exits to the tender, in turns. */
static void storm(void)
{
    put("waiting\n");
    for (;;) {
        for (size_t i = 0; i < COUNT(calls); i++) {
            union request r = calls[i].make((uintptr_t)buffer + 4096);

            if (calls[i].nr != HVT_HYPERCALL_PUTS && !is_halt(&calls[i]))
                call(calls[i].nr, OPAQUE(&r));
        }
        cpu_ring_kick();
    }
}

static void storm_polls(void)
{
    storm_of(&calls[2]);
}

static void storm_clock(void)
{
    storm_of(&calls[0]);
}

/* The bindings look at the ring before the end: not where it is, but where nothing is. */
static void lost_ring(void)
{
    const uint64_t ring = mem_size;
    volatile uint64_t *const data = (uint64_t *)(uintptr_t)_erodata;

    for (size_t i = 0; i < (size_t)(_end - _erodata) / sizeof *data; i++)
        if (data[i] == ring)
            data[i] = 0xa5a5a5a5a5a5a5a5;
    solo5_exit(0);
}

static const struct attack attacks[] = {
        {"lost-ring", lost_ring},
        {"unaligned", unaligned},
        {"edges", edges},
        {"overlap", overlap},
        {"recursive", recursive},
        {"net-arguments", net_arguments},
        {"batch-arguments", batch_arguments},
        {"flush-arguments", flush_arguments},
        {"instructions", instructions},
        {"overwrite-low", overwrite_low},
        {"own-tables-request", own_tables_request},
        {"own-tables-write-text", own_tables_write_text},
        {"own-tables-write-rodata", own_tables_write_rodata},
        {"own-tables-read-beyond", own_tables_read_beyond},
        {"own-tables-write-beyond", own_tables_write_beyond},
        {"own-tables-execute-beyond", own_tables_execute_beyond},
        {"own-tables-execute-data", own_tables_execute_data},
        {"map-nothing", map_nothing},
        {"storm", storm},
        {"storm-polls", storm_polls},
        {"storm-clock", storm_clock},
        {NULL, NULL},
};

int solo5_app_main(const struct solo5_start_info *info)
{
    struct args a;

    mem_size = info->heap_start + info->heap_size;
    cpu_prepare();
    args_split(&a, info->cmdline);
    attack_run(attacks, a.v[0]);
    attack_run(cpu_single, a.v[0]);
    attack_run(vhost_attacks, a.v[0]);
    if (strcmp(a.v[0], "request") == 0)
        bad_request(call_of(a.v[1]), place_of(a.v[2]));
    else if (strcmp(a.v[0], "data") == 0)
        bad_data(call_of(a.v[1]), place_of(a.v[2]));
    FAIL("survived, or unknown attack");
}
