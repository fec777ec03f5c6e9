/* SPDX-License-Identifier: ISC */
/*
 * filter.c: a decision graph, written from its ends to its beginning: what an instruction jumps
 * to is there before it.
 */
#include "filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "image.h"

#define KILL SECCOMP_RET_KILL_PROCESS

/* seccomp_data is little endian on both CPUs: the low half of an argument first. */
#define NR offsetof(struct seccomp_data, nr)
#define LO(arg) (offsetof(struct seccomp_data, args) + 8 * (arg))
#define HI(arg) (LO(arg) + 4)

enum { ARG_FD = 0, ARG_LENGTH = 2, ARG_OFFSET = 3 };

/* How far a conditional jump reaches: the kernel has 8 bits for it. */
enum { REACH = UINT8_MAX };

/* One of the values that are asked for, and where to go then. */
struct target {
    uint64_t value;
    size_t place;
};

/*
 * A program being written, the last instruction first. A place is an index into CODE. Once
 * it is full nothing is written any more, and what has been is not used.
 */
struct emit {
    const struct sandbox *sb;
    const struct sandbox_block *blocks;
    size_t n_blocks;
    const struct sandbox_row *from, *to; /* all of the call that is decided on are among these */
    struct sock_filter *code;
    size_t n, max;
    bool full;
    /* Of all that is being asked for, the innermost at the end. */
    struct target *targets;
    size_t n_targets, max_targets;
    struct target ends[8]; /* the last one of each action */
    size_t n_ends;
};

static size_t put(struct emit *e, struct sock_filter instruction)
{
    if (e->n == e->max) {
        e->full = true;
        return 0;
    }
    e->code[e->n] = instruction;
    return e->n++;
}

/* How many instructions the next but MORE skips to go to PLACE. */
static size_t distance(const struct emit *e, size_t place, size_t more)
{
    return e->n + more - place - 1;
}

/* An instruction behind which PLACE follows. */
static size_t op(struct emit *e, uint16_t code, uint32_t k, size_t place)
{
    if (distance(e, place, 0) != 0)
        put(e, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)distance(e, place, 0)));
    return put(e, (struct sock_filter)BPF_STMT(code, k));
}

static size_t load(struct emit *e, size_t offset, size_t place)
{
    return op(e, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, place);
}

/* The end with ACTION: the last one that there is, if it can be reached still. */
static size_t end(struct emit *e, uint32_t action)
{
    struct target *last = e->ends, *none = last + e->n_ends;

    while (last < none && last->value != action)
        last++;
    if (last < none && distance(e, last->place, 2) <= REACH)
        return last->place;
    size_t place = put(e, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
    if (last == none && e->n_ends < sizeof e->ends / sizeof e->ends[0])
        e->n_ends++;
    if (last < e->ends + e->n_ends)
        *last = (struct target){action, place};
    return place;
}

/* PLACE, or what is within reach and goes there, with MORE instructions to come before the jump. */
static size_t within_reach(struct emit *e, size_t place, size_t more)
{
    if (e->full || distance(e, place, more) <= REACH)
        return place;
    if (e->code[place].code == (BPF_RET | BPF_K))
        return end(e, e->code[place].k);
    return put(e, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)distance(e, place, 0)));
}

/* Is it the same where one goes? */
static bool are_same(const struct emit *e, size_t a, size_t b)
{
    const struct sock_filter *f = &e->code[a], *g = &e->code[b];

    return a == b || (f->code == (BPF_RET | BPF_K) && f->code == g->code && f->k == g->k);
}

/* If the comparison with K holds go to YES, else to NO. */
static size_t jump(struct emit *e, uint16_t comparison, uint32_t k, size_t yes, size_t no)
{
    if (e->full || are_same(e, yes, no))
        return no;
    yes = within_reach(e, yes, 1);
    no = within_reach(e, no, 0);
    uint8_t jt = (uint8_t)distance(e, yes, 0), jf = (uint8_t)distance(e, no, 0);

    return put(e, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | comparison), k, jt, jf));
}

/*
 * Go to the target, of N in ascending order, whose value A has, else to OTHER. A few are asked for
 * one after the other, of many one half after the other.
 */
static size_t search(struct emit *e, const struct target *t, size_t n, size_t other)
{
    if (n > 4) {
        size_t upper = search(e, t + n / 2, n - n / 2, other);
        size_t lower = search(e, t, n / 2, other);
        return jump(e, BPF_JGE | BPF_K, (uint32_t)t[n / 2].value, upper, lower);
    }
    while (n-- > 0)
        other = jump(e, BPF_JEQ | BPF_K, (uint32_t)t[n].value, t[n].place, other);
    return other;
}

/* In ascending order; where to go for equal ones is the same. */
static void sort(struct target *t, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct target moved = t[i];
        size_t k = i;
        for (; k > 0 && t[k - 1].value > moved.value; k--)
            t[k] = t[k - 1];
        t[k] = moved;
    }
}

/*
 * Go to the target whose value argument ARG has, in all 64 bits, else to OTHER: the low halves
 * of those whose high half is the same, then the high halves. Takes the targets from FROM on.
 */
static size_t search_argument(struct emit *e, size_t from, unsigned arg, size_t other)
{
    struct target *t = e->targets + from;
    size_t n = e->n_targets - from, highs = 0;

    sort(t, n);
    for (size_t i = 0, next; i < n; i = next) {
        uint64_t high = t[i].value >> 32;
        for (next = i + 1; next < n && t[next].value >> 32 == high; next++)
            ;
        size_t place = search(e, t + i, next - i, other);
        if (place != other)
            t[highs++] = (struct target){high, load(e, LO(arg), place)};
    }
    e->n_targets = from;
    size_t place = search(e, t, highs, other);
    return place == other ? other : load(e, HI(arg), place);
}

static void add_target(struct emit *e, uint64_t value, size_t place)
{
    if (e->n_targets == e->max_targets)
        e->full = true;
    else
        e->targets[e->n_targets++] = (struct target){value, place};
}

/*
 * Rows
 */

/* What is known of an argument here: its value, or that no row that asks for it is right. */
struct fact {
    unsigned arg;
    bool other;
    uint64_t value;
    const struct fact *before;
};

static const struct fact *find_fact(const struct fact *facts, unsigned arg)
{
    while (facts && facts->arg != arg)
        facts = facts->before;
    return facts;
}

static bool possible(const struct sandbox_row *row, const struct fact *facts)
{
    for (unsigned i = 0; i < row->n_cmp; i++) {
        const struct fact *f = find_fact(facts, row->cmp[i].arg);
        if (f && (f->other || f->value != row->cmp[i].value))
            return false;
    }
    return true;
}

static const struct sandbox_cmp *find_question(const struct sandbox_row *row, unsigned arg)
{
    for (unsigned i = 0; i < row->n_cmp; i++)
        if (row->cmp[i].arg == arg)
            return &row->cmp[i];
    return NULL;
}

/* How many of the rows from FIRST on want what C says. */
static size_t agreement(const struct emit *e, const struct sandbox_row *first,
        const struct fact *facts, const struct sandbox_cmp *c)
{
    size_t n = 0;

    for (const struct sandbox_row *r = first; r < e->to; r++) {
        const struct sandbox_cmp *q = r->nr == first->nr ? find_question(r, c->arg) : NULL;
        if (q && q->value == c->value && possible(r, facts))
            n++;
    }
    return n;
}

/*
 * What to ask of ROW next, NULL if all is known: what most rows agree on, so that it is there once
 * for all of them.
 */
static const struct sandbox_cmp *open_question(const struct emit *e,
        const struct sandbox_row *row, const struct fact *facts)
{
    const struct sandbox_cmp *best = NULL;
    size_t most = 0;

    for (unsigned i = 0; i < row->n_cmp; i++) {
        if (find_fact(facts, row->cmp[i].arg))
            continue;
        size_t n = agreement(e, row, facts, &row->cmp[i]);
        if (n > most) {
            best = &row->cmp[i];
            most = n;
        }
    }
    return best;
}

static uint32_t action_of(const struct sandbox_row *row)
{
    return row->answer == SANDBOX_MADE
            ? SECCOMP_RET_ALLOW
            : SECCOMP_RET_ERRNO | ((uint32_t)row->answer & SECCOMP_RET_DATA);
}

/* All that ROW compares is as it says: its end, or a kill above its limit. */
static size_t emit_row(struct emit *e, const struct sandbox_row *row)
{
    size_t next = end(e, action_of(row));

    if (row->limited == SANDBOX_ANY_ARG)
        return next;
    size_t kill = end(e, KILL);
    next = load(e, LO(row->limited), jump(e, BPF_JGT | BPF_K, row->most, kill, next));
    return load(e, HI(row->limited), jump(e, BPF_JEQ | BPF_K, 0, next, kill));
}

static size_t decide(struct emit *e, int nr, const struct fact *facts);

static bool has_target(const struct emit *e, size_t from, uint64_t value)
{
    for (size_t i = from; i < e->n_targets; i++)
        if (e->targets[i].value == value)
            return true;
    return false;
}

/* What the rows of NR say once it is clear which value argument ARG has. */
static size_t ask(struct emit *e, int nr, unsigned arg, const struct fact *facts)
{
    struct fact f = {.arg = arg, .other = true, .before = facts};
    size_t from = e->n_targets, other = decide(e, nr, &f);

    f.other = false;
    /* The first row last: the way to it has no jump then. */
    for (const struct sandbox_row *row = e->to; row-- > e->from && !e->full;) {
        const struct sandbox_cmp *c = row->nr == nr ? find_question(row, arg) : NULL;
        if (!c || !possible(row, facts) || has_target(e, from, c->value))
            continue;
        f.value = c->value;
        size_t place = decide(e, nr, &f);
        add_target(e, f.value, place);
    }
    return search_argument(e, from, arg, other);
}

/* What the rows of NR say. It goes down once for each argument at most. */
static size_t decide(struct emit *e, int nr, const struct fact *facts)
{
    const struct sandbox_row *row = e->from, *all = e->to;

    while (row < all && (row->nr != nr || !possible(row, facts)))
        row++;
    if (row == all || e->full)
        return end(e, KILL);
    const struct sandbox_cmp *c = open_question(e, row, facts);
    return c ? ask(e, nr, c->arg, facts) : emit_row(e, row);
}

/*
 * Block devices: a length in 1..cap, a multiple of the unit, and offset + length <= capacity
 */

/* The end of a request within the limits. The error is what the kernel says, too. */
static size_t emit_granted(struct emit *e, const struct sandbox_block *b)
{
    if (!b->read_only)
        return end(e, SECCOMP_RET_ALLOW);
    size_t refused = end(e, SECCOMP_RET_ERRNO | EBADF), granted = end(e, SECCOMP_RET_ALLOW);
    return load(e, NR, jump(e, BPF_JEQ | BPF_K, __NR_pwrite64, refused, granted));
}

/* A is the length: is the low half of the offset at most LOW - length, both modulo 2^32? */
static size_t emit_low(struct emit *e, uint32_t low, size_t granted, size_t kill)
{
    size_t next = jump(e, BPF_JGT | BPF_X, 0, kill, granted);

    next = load(e, LO(ARG_OFFSET), next);
    next = op(e, BPF_MISC | BPF_TAX, 0, next);
    next = op(e, BPF_ALU | BPF_ADD | BPF_K, low, next);
    return op(e, BPF_ALU | BPF_NEG, 0, next);
}

/*
 * Is offset at most capacity - length? That is not below 0: MOST is the length's limit and at
 * most the capacity. Where the high half of the offset is the capacity's, the length must not
 * be above the capacity's low half, and the low halves decide. Where it is one less, they
 * decide if the length is above it. What is further below is within.
 */
static size_t emit_offset(struct emit *e, const struct sandbox_block *b, uint32_t most)
{
    uint32_t low = (uint32_t)b->capacity, high = (uint32_t)(b->capacity >> 32);
    size_t granted = emit_granted(e, b), kill = end(e, KILL);
    size_t same = emit_low(e, low, granted, kill), less = granted;

    if (most > low) { /* so HIGH is not 0 */
        less = load(e, LO(ARG_LENGTH), jump(e, BPF_JGT | BPF_K, low, same, granted));
        less = jump(e, BPF_JEQ | BPF_K, high - 1, less, granted);
        same = jump(e, BPF_JGT | BPF_K, low, kill, same);
    }
    same = load(e, LO(ARG_LENGTH), same);
    if (high == 0)
        return load(e, HI(ARG_OFFSET), jump(e, BPF_JEQ | BPF_K, 0, same, kill));
    less = jump(e, BPF_JGT | BPF_K, high, kill, less);
    return load(e, HI(ARG_OFFSET), jump(e, BPF_JEQ | BPF_K, high, same, less));
}

static size_t emit_block(struct emit *e, const struct sandbox_block *b)
{
    uint32_t most = b->cap < b->capacity ? b->cap : (uint32_t)b->capacity;
    size_t next = emit_offset(e, b, most), kill = end(e, KILL);

    if (b->unit > 1)
        next = jump(e, BPF_JSET | BPF_K, b->unit - 1, kill, next);
    next = jump(e, BPF_JGT | BPF_K, most, kill, next);
    next = load(e, LO(ARG_LENGTH), jump(e, BPF_JEQ | BPF_K, 0, kill, next));
    return load(e, HI(ARG_LENGTH), jump(e, BPF_JEQ | BPF_K, 0, next, kill));
}

static size_t emit_blocks(struct emit *e)
{
    size_t kill = end(e, KILL);

    for (size_t i = 0; i < e->n_blocks && !e->full; i++) {
        uint64_t fd = (uint64_t)e->blocks[i].fd;
        if (!has_target(e, 0, fd))
            add_target(e, fd, emit_block(e, &e->blocks[i]));
    }
    return search_argument(e, 0, ARG_FD, kill);
}

/*
 * All
 */

static bool is_first(const struct sandbox *sb, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (sb->rows[k].nr == sb->rows[i].nr)
            return false;
    return true;
}

static bool has_block_calls(const struct sandbox *sb)
{
    for (size_t i = 0; i < sb->n_rows; i++)
        if (sandbox_is_block_call(sb->rows[i].nr))
            return true;
    return false;
}

/* So many numbers are asked for before all others, in the order of the rows. */
enum { FIRST = 3 };

/* What row FIRST, the first of its number, and others of it say. */
static size_t emit_call(struct emit *e, size_t first, size_t blocks)
{
    const struct sandbox_row *row = e->sb->rows + first;

    if (sandbox_is_block_call(row->nr))
        return blocks;
    e->from = row;
    e->to = e->sb->rows + e->sb->n_rows;
    while (e->to[-1].nr != row->nr)
        e->to--;
    return decide(e, row->nr, NULL);
}

/* Go where the rows from FROM on say. */
static size_t emit_others(struct emit *e, size_t from, size_t blocks)
{
    size_t kill = end(e, KILL);

    for (size_t i = from; i < e->sb->n_rows && !e->full; i++)
        if (is_first(e->sb, i)) {
            size_t place = emit_call(e, i, blocks);
            add_target(e, (uint32_t)e->sb->rows[i].nr, place);
        }
    size_t n = e->n_targets;
    if (n == 0 || e->full)
        return kill;
    sort(e->targets, n);
    e->n_targets = 0;
    return search(e, e->targets, n, kill);
}

/*
 * Most calls are above all that the rows are about. They are refused as soon as the first one,
 * which comes most often, is out of the way: when a filter is loaded, the kernel walks through it
 * with the number of each of its some 450 calls, to see which are always allowed.
 */
static size_t emit_last(struct emit *e, size_t next)
{
    int last = 0;

    for (size_t i = 0; i < e->sb->n_rows; i++)
        if (e->sb->rows[i].nr > last)
            last = e->sb->rows[i].nr;
    return jump(e, BPF_JGE | BPF_K, (uint32_t)last + 1, end(e, KILL), next);
}

/* How many rows have the first numbers and no other between them. */
static size_t first_rows(const struct sandbox *sb)
{
    size_t i = 0;

    for (size_t n = 0; i < sb->n_rows; i++)
        if (is_first(sb, i) && n++ == FIRST)
            break;
    return i;
}

static void emit_calls(struct emit *e)
{
    size_t next = end(e, KILL), blocks = has_block_calls(e->sb) ? emit_blocks(e) : next;
    size_t n = first_rows(e->sb);

    next = emit_others(e, n, blocks);
    while (n-- > 0 && !e->full) {
        if (!is_first(e->sb, n))
            continue;
        size_t place = emit_call(e, n, blocks);
        if (n == 0)
            next = emit_last(e, next);
        next = jump(e, BPF_JEQ | BPF_K, (uint32_t)e->sb->rows[n].nr, place, next);
    }
    next = load(e, NR, next);
    /* As AUDIT_ARCH_... are made. x32's numbers have a bit of their own, and are in no row. */
    uint32_t arch = elf_host_machine() | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE;
    next = jump(e, BPF_JEQ | BPF_K, arch, next, end(e, KILL));
    load(e, offsetof(struct seccomp_data, arch), next);
}

static void reverse(struct sock_filter *code, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct sock_filter other = code[i];
        code[i] = code[n - 1 - i];
        code[n - 1 - i] = other;
    }
}

size_t filter_compile(const struct sandbox *sb, const struct sandbox_block *blocks,
        size_t n_blocks, struct sock_filter *code, size_t max)
{
    struct target targets[2 * SANDBOX_MAX_ROWS]; /* no page of it is touched in vain */
    struct emit e = {.sb = sb,
            .blocks = blocks,
            .n_blocks = n_blocks,
            .code = code,
            .max = max,
            .targets = targets,
            .max_targets = sizeof targets / sizeof targets[0]};

    emit_calls(&e);
    if (e.full)
        return 0;
    reverse(code, e.n);
    return e.n;
}
