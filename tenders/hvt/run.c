/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "copy.h"
#include "hvt.h"

enum need { NEED_NOTHING, NEED_BLOCK, NEED_FLUSH, NEED_NET, NEED_BATCH };

/*
 * The calls a guest can make. WORDS: of the request. ANSWER: of what is written back of it, all or
 * nothing; a guest may keep one without in read-only memory.
 */
static const struct hypercall {
    int (*handler)(struct hvt *hvt, union hvt_request *req, struct err *err);
    uint8_t words;
    uint8_t answer;
    uint8_t need; /* enum need */
} table[] = {
#define WORDS(call) (sizeof(struct hvt_hc_##call) / sizeof(uint64_t))
#define ANSWERS(call, need) {hc_##call, WORDS(call), WORDS(call), need}
#define IS_SILENT(call, need) {hc_##call, WORDS(call), 0, need}
        [HVT_HYPERCALL_WALLTIME] = ANSWERS(walltime, NEED_NOTHING),
        [HVT_HYPERCALL_PUTS] = IS_SILENT(puts, NEED_NOTHING),
        [HVT_HYPERCALL_POLL] = ANSWERS(poll, NEED_NOTHING),
        [HVT_HYPERCALL_BLOCK_WRITE] = ANSWERS(block_write, NEED_BLOCK),
        [HVT_HYPERCALL_BLOCK_READ] = ANSWERS(block_read, NEED_BLOCK),
        [HVT_HYPERCALL_NET_WRITE] = ANSWERS(net_write, NEED_NET),
        [HVT_HYPERCALL_NET_READ] = ANSWERS(net_read, NEED_NET),
        [HVT_HYPERCALL_HALT] = IS_SILENT(halt, NEED_NOTHING),
        [HVT_HYPERCALL_BLOCK_FLUSH] = ANSWERS(block_flush, NEED_FLUSH),
        [HVT_HYPERCALL_NET_BATCH] = ANSWERS(net_batch, NEED_BATCH),
};

/* Frames by vhost don't come this way. */
static bool has_net(const struct hvt *hvt)
{
    return hvt->devices.n_net > 0 && !hvt->has_vhost;
}

static bool available(const struct hvt *hvt, const struct hypercall *hc)
{
    switch (hc->need) {
    case NEED_BLOCK:
        return hvt->devices.n_block > 0;
    case NEED_FLUSH:
        return hvt->devices.n_block > 0 && (hvt->ext.features & EXT_F_BLOCK_FLUSH);
    case NEED_NET:
        return has_net(hvt);
    case NEED_BATCH:
        return has_net(hvt) && (hvt->ext.features & EXT_F_NET_BATCH);
    default:
        return hc->handler != NULL;
    }
}

/* Those that there are: devices and extensions stay as they are while a guest runs. */
struct calls {
    const struct hypercall *row[sizeof table / sizeof table[0]];
};

static void find_calls(struct calls *calls, const struct hvt *hvt)
{
    for (size_t nr = 0; nr < sizeof table / sizeof table[0]; nr++)
        calls->row[nr] = available(hvt, &table[nr]) ? &table[nr] : NULL;
}

static const struct hypercall *look_up(const struct calls *calls, uint64_t nr)
{
    return nr < sizeof table / sizeof table[0] ? calls->row[nr] : NULL;
}

static RARE int bad_access(struct err *err, uint64_t gpa, uint64_t len)
{
    return err_set(err, "Invalid guest access: gpa=0x%llx, sz=%llu",
            (unsigned long long)gpa, (unsigned long long)len);
}

static RARE int bad_call(const struct hvt *hvt, uint64_t nr, struct err *err)
{
    if (nr != VM_ENDED)
        return err_set(err, "Invalid guest hypercall: num=%llu", (unsigned long long)nr);
    vm_explain(&hvt->vm, err);
    sigbus_probe(hvt);
    return -1;
}

const void *hvt_read_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len)
{
    return guest_mem_read(&hvt->mem, len ? gpa : hvt->mem.base, len);
}

void *hvt_write_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len)
{
    return guest_mem_write(&hvt->mem, len ? gpa : hvt->mem.size, len);
}

const void *hc_read_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len,
        struct err *err)
{
    const void *p = hvt_read_buf(hvt, gpa, len);
    if (!p)
        bad_access(err, gpa, len);
    return p;
}

void *hc_write_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len, struct err *err)
{
    void *p = hvt_write_buf(hvt, gpa, len);
    if (!p)
        bad_access(err, gpa, len);
    return p;
}

/* Handle the copy of the request at PLACE, and copy the answer out. */
static int handle(struct hvt *hvt, const struct hypercall *hc, union hvt_request *req, void *place,
        struct err *err)
{
    int r = hc->handler(hvt, req, err);

    if (r == 0)
        copy_words(place, req, hc->answer);
    return r;
}

/*
 * What may be written may be read, too (guest_mem.h), so one look at its address is enough. A
 * request without an answer is not written, wherever it is.
 */
static RARE int dispatch_exactly(struct hvt *hvt, const struct hypercall *hc, uint64_t gpa,
        struct err *err)
{
    const size_t size = hc->words * sizeof(uint64_t);
    union hvt_request req;
    void *p = hc->answer ? hc_write_buf(hvt, gpa, size, err)
                         : (void *)(uintptr_t)hc_read_buf(hvt, gpa, size, err);
    if (!p)
        return -1;
    copy_words(&req, p, hc->words);
    return handle(hvt, hc, &req, p, err);
}

/*
 * Copy the request in, once; handle the copy; copy the answer out. Nearly always there is room for
 * the longest: then the size decides nothing.
 */
static int dispatch(struct hvt *hvt, const struct calls *calls, struct vm_hypercall call,
        struct err *err)
{
    const struct hypercall *hc = look_up(calls, call.nr);
    union hvt_request req;

    if (!hc)
        return bad_call(hvt, call.nr, err);
    if (!guest_mem_is_clear(&hvt->mem, call.gpa, sizeof req))
        return dispatch_exactly(hvt, hc, call.gpa, err);
    void *p = guest_mem_at(&hvt->mem, call.gpa);
    memcpy(&req, p, sizeof req);
    return handle(hvt, hc, &req, p, err);
}

int hvt_run(struct hvt *hvt, struct err *err)
{
    struct calls calls;
    int r;

    find_calls(&calls, hvt);
    do {
        r = dispatch(hvt, &calls, vm_run(&hvt->vm), err);
    } while (r == 0);
    return r == HC_HALT ? hvt->exit_status : -1;
}
