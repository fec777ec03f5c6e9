/* SPDX-License-Identifier: ISC */
#include "copy.h"
#include "hvt.h"

enum need { NEED_NOTHING, NEED_BLOCK, NEED_FLUSH, NEED_NET, NEED_BATCH };

/*
 * The calls a guest can make. ANSWERS: the request is written back; the others a
 * guest may keep in read-only memory.
 */
static const struct hypercall {
    int (*handler)(struct hvt *hvt, union hvt_request *req, struct err *err);
    size_t size;
    bool answers;
    enum need need;
} table[] = {
        [HVT_HYPERCALL_WALLTIME] = {hc_walltime, sizeof(struct hvt_hc_walltime), true,
                NEED_NOTHING},
        [HVT_HYPERCALL_PUTS] = {hc_puts, sizeof(struct hvt_hc_puts), false, NEED_NOTHING},
        [HVT_HYPERCALL_POLL] = {hc_poll, sizeof(struct hvt_hc_poll), true, NEED_NOTHING},
        [HVT_HYPERCALL_BLOCK_WRITE] = {hc_block_write, sizeof(struct hvt_hc_block_write),
                true, NEED_BLOCK},
        [HVT_HYPERCALL_BLOCK_READ] = {hc_block_read, sizeof(struct hvt_hc_block_read), true,
                NEED_BLOCK},
        [HVT_HYPERCALL_NET_WRITE] = {hc_net_write, sizeof(struct hvt_hc_net_write), true,
                NEED_NET},
        [HVT_HYPERCALL_NET_READ] = {hc_net_read, sizeof(struct hvt_hc_net_read), true,
                NEED_NET},
        [HVT_HYPERCALL_HALT] = {hc_halt, sizeof(struct hvt_hc_halt), false, NEED_NOTHING},
        [HVT_HYPERCALL_BLOCK_FLUSH] = {hc_block_flush, sizeof(struct hvt_hc_block_flush),
                true, NEED_FLUSH},
        [HVT_HYPERCALL_NET_BATCH] = {hc_net_batch, sizeof(struct hvt_hc_net_batch), true,
                NEED_BATCH},
};

static bool available(const struct hvt *hvt, const struct hypercall *hc)
{
    switch (hc->need) {
    case NEED_BLOCK:
        return hvt->devices.n_block > 0;
    case NEED_FLUSH:
        return hvt->devices.n_block > 0 && (hvt->ext.features & EXT_F_BLOCK_FLUSH);
    case NEED_NET:
        return hvt->devices.n_net > 0;
    case NEED_BATCH:
        return hvt->devices.n_net > 0 && (hvt->ext.features & EXT_F_NET_BATCH);
    default:
        return hc->handler != NULL;
    }
}

static const struct hypercall *look_up(const struct hvt *hvt, uint32_t nr)
{
    if (nr >= sizeof table / sizeof table[0] || !available(hvt, &table[nr]))
        return NULL;
    return &table[nr];
}

static int bad_access(struct err *err, uint64_t gpa, uint64_t len)
{
    return err_set(err, "Invalid guest access: gpa=0x%llx, sz=%llu",
            (unsigned long long)gpa, (unsigned long long)len);
}

const void *hvt_read_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len)
{
    return guest_mem_read(&hvt->mem, len ? gpa : hvt->mem.base, len);
}

void *hvt_write_buf(const struct hvt *hvt, uint64_t gpa, uint64_t len)
{
    void *p = guest_mem_write(&hvt->mem, len ? gpa : hvt->mem.size, len);

    return p && memmap_may_write(&hvt->map, gpa, len) ? p : NULL;
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

/*
 * Copy the request in, once; handle the copy; copy it out. What may be written may be read, too
 * (guest_mem.h), so one look at its address is enough.
 */
static int dispatch(struct hvt *hvt, const struct vm_hypercall *call, struct err *err)
{
    const struct hypercall *hc = look_up(hvt, call->nr);
    union hvt_request req;
    const void *in;
    void *out = NULL;

    if (!hc)
        return err_set(err, "Invalid guest hypercall: num=%u", call->nr);
    if (hc->answers)
        in = out = hc_write_buf(hvt, call->gpa, hc->size, err);
    else
        in = hc_read_buf(hvt, call->gpa, hc->size, err);
    if (!in)
        return -1;
    copy_words(&req, in, hc->size);
    int r = hc->handler(hvt, &req, err);
    if (r == 0 && out)
        copy_words(out, &req, hc->size);
    return r;
}

int hvt_run(struct hvt *hvt, struct err *err)
{
    struct vm_hypercall call;
    int r;

    do {
        if (vm_run(&hvt->vm, &call, err) != 0) {
            sigbus_probe(hvt);
            return -1;
        }
        r = dispatch(hvt, &call, err);
    } while (r == 0);
    return r == HC_HALT ? hvt->exit_status : -1;
}
