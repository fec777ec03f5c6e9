/* SPDX-License-Identifier: ISC */
/*
 * The filter made of rows: as the tenders' tables are, and random ones. Each program is looked at
 * instruction by instruction, each way through it is walked, and its answers are compared with
 * the rows themselves and with libseccomp's program for the same rows.
 *
 * links: tenders/common/filter.c tenders/common/sandbox.c tenders/common/image.c
 * links: tenders/common/err.c
 */
#include "bpf.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

static struct sandbox sb;

struct program {
    struct sock_filter code[BPF_MAXINSNS];
    size_t n;
};
static struct program ours, theirs;

static uint32_t action_of(const struct sandbox_row *row)
{
    return row->answer == SANDBOX_MADE ? SECCOMP_RET_ALLOW
                                       : SECCOMP_RET_ERRNO | (uint32_t)row->answer;
}

/* What the rows say. */
static uint32_t oracle(const struct seccomp_data *d)
{
    if (d->arch != seccomp_arch_native())
        return SECCOMP_RET_KILL_PROCESS;
    for (size_t i = 0; i < sb.n_rows; i++) {
        const struct sandbox_row *row = &sb.rows[i];
        bool holds = row->nr == d->nr;
        for (unsigned k = 0; k < row->n_cmp; k++)
            holds = holds && d->args[row->cmp[k].arg] == row->cmp[k].value;
        if (holds && row->limited != SANDBOX_ANY_ARG && d->args[row->limited] > row->most)
            return SECCOMP_RET_KILL_PROCESS;
        if (holds)
            return action_of(row);
    }
    return SECCOMP_RET_KILL_PROCESS;
}

/*
 * What libseccomp makes of the rows
 */

/* It does not free all that it had for a row that another one includes. */
const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void);

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

const char *__lsan_default_suppressions(void)
{
    return "leak:libseccomp\n";
}

static void add_to(scmp_filter_ctx ctx, const struct sandbox_row *row)
{
    struct scmp_arg_cmp cmp[SANDBOX_MAX_CMP + 1];
    unsigned n = row->n_cmp;

    for (unsigned k = 0; k < n; k++)
        cmp[k] = (struct scmp_arg_cmp){
                .arg = row->cmp[k].arg, .op = SCMP_CMP_EQ, .datum_a = row->cmp[k].value};
    if (row->limited != SANDBOX_ANY_ARG)
        cmp[n++] = (struct scmp_arg_cmp){
                .arg = row->limited, .op = SCMP_CMP_LE, .datum_a = row->most};
    int r = seccomp_rule_add_array(ctx,
            row->answer == SANDBOX_MADE ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO((uint32_t)row->answer),
            row->nr, n, cmp);
    assert_int_equal(r, 0);
}

static void compile_theirs(void)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int fd = memfd_create("filter", 0);

    assert_true(ctx && fd >= 0);
    assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), 0);
    for (size_t i = 0; i < sb.n_rows; i++)
        add_to(ctx, &sb.rows[i]);
    assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
    ssize_t n = pread(fd, theirs.code, sizeof theirs.code, 0);
    assert_true(n > 0 && n < (ssize_t)sizeof theirs.code);
    theirs.n = (size_t)n / sizeof theirs.code[0];
    close(fd);
    seccomp_release(ctx);
}

/*
 * The program itself
 */

static bool known_instruction(uint16_t code)
{
    static const uint16_t list[] = {BPF_LD | BPF_W | BPF_ABS, BPF_RET | BPF_K, BPF_JMP | BPF_JA,
            BPF_JMP | BPF_JEQ | BPF_K, BPF_JMP | BPF_JGE | BPF_K, BPF_JMP | BPF_JGT | BPF_K};

    for (size_t i = 0; i < N_OF(list); i++)
        if (code == list[i])
            return true;
    return false;
}

/* No jump leads out of it, none backwards, and nothing but an end is there in vain. */
static void look_at(const struct program *p)
{
    static bool reached[BPF_MAXINSNS];

    memset(reached, 0, sizeof reached);
    reached[0] = true;
    for (size_t i = 0; i < p->n; i++) {
        const struct sock_filter *f = &p->code[i];
        size_t yes = i + 1, no = i + 1;

        assert_true(known_instruction(f->code));
        if (!reached[i] && f->code != (BPF_RET | BPF_K))
            fail_msg("nothing leads to instruction %zu of %zu", i, p->n);
        if (f->code == (BPF_RET | BPF_K))
            continue;
        if (f->code == (BPF_JMP | BPF_JA)) {
            yes = no = i + 1 + f->k;
        } else if (BPF_CLASS(f->code) == BPF_JMP) {
            yes += f->jt;
            no += f->jf;
            assert_true(yes != no);
        }
        assert_true(yes < p->n && no < p->n);
        reached[yes] = reached[no] = true;
    }
}

/* The words of a struct seccomp_data that a way has compared: equal to VALUE, at most MOST. */
struct path {
    bool known[sizeof(struct seccomp_data) / 4];
    uint32_t value[sizeof(struct seccomp_data) / 4];
    bool bounded[sizeof(struct seccomp_data) / 4];
    uint32_t most[sizeof(struct seccomp_data) / 4];
};

static bool knows(const struct path *p, size_t offset, uint32_t value)
{
    return p->known[offset / 4] && p->value[offset / 4] == value;
}

static bool knows_limit(const struct path *p, unsigned arg, uint32_t most)
{
    size_t at = offsetof(struct seccomp_data, args) + 8 * arg;

    return knows(p, at + 4, 0) && p->bounded[at / 4] && p->most[at / 4] <= most;
}

static bool knows_row(const struct path *p, const struct sandbox_row *row)
{
    bool all = knows(p, offsetof(struct seccomp_data, arch), seccomp_arch_native()) &&
            knows(p, offsetof(struct seccomp_data, nr), (uint32_t)row->nr);

    for (unsigned i = 0; i < row->n_cmp; i++) {
        size_t at = offsetof(struct seccomp_data, args) + 8 * row->cmp[i].arg;
        all = all && knows(p, at, (uint32_t)row->cmp[i].value) &&
                knows(p, at + 4, (uint32_t)(row->cmp[i].value >> 32));
    }
    if (row->limited != SANDBOX_ANY_ARG)
        all = all && knows_limit(p, row->limited, row->most);
    return all;
}

/* Whatever ends with anything but a kill has asked for all that one row wants. */
static void check_end(const struct path *p, uint32_t action)
{
    if (action == SECCOMP_RET_KILL_PROCESS)
        return;
    for (size_t i = 0; i < sb.n_rows; i++)
        if (knows_row(p, &sb.rows[i]) && action_of(&sb.rows[i]) == action)
            return;
    fail_msg("a way ends with 0x%x without a row that says so", action);
}

/* All ways from PC on. WORD is loaded. */
static void walk(const struct program *prog, size_t pc, size_t word, const struct path *p)
{
    const struct sock_filter *f = &prog->code[pc];
    struct path equal = *p, most = *p;

    switch (f->code) {
    case BPF_LD | BPF_W | BPF_ABS:
        walk(prog, pc + 1, f->k / 4, p);
        return;
    case BPF_JMP | BPF_JA:
        walk(prog, pc + 1 + f->k, word, p);
        return;
    case BPF_RET | BPF_K:
        check_end(p, f->k);
        return;
    case BPF_JMP | BPF_JEQ | BPF_K:
        equal.known[word] = true;
        equal.value[word] = f->k;
        if (!p->known[word] || p->value[word] == f->k)
            walk(prog, pc + 1 + f->jt, word, &equal);
        if (!p->known[word] || p->value[word] != f->k)
            walk(prog, pc + 1 + f->jf, word, p);
        return;
    case BPF_JMP | BPF_JGT | BPF_K:
        most.bounded[word] = true;
        most.most[word] = f->k;
        walk(prog, pc + 1 + f->jt, word, p);
        walk(prog, pc + 1 + f->jf, word, &most);
        return;
    default:
        walk(prog, pc + 1 + f->jt, word, p);
        walk(prog, pc + 1 + f->jf, word, p);
    }
}

/*
 * Calls
 */

static void compare(const struct seccomp_data *d)
{
    uint32_t want = oracle(d), got = bpf_run(ours.code, ours.n, d);

    if (got != want)
        fail_msg("call %d: 0x%x, not 0x%x", d->nr, got, want);
    if (theirs.n > 0 && bpf_run(theirs.code, theirs.n, d) != want)
        fail_msg("call %d: libseccomp says 0x%x, not 0x%x", d->nr,
                bpf_run(theirs.code, theirs.n, d), want);
}

/* D, and each of its words changed a little. */
static void around(struct seccomp_data d)
{
    static const uint64_t change[] = {1, 2, 1ULL << 31, 1ULL << 32, 1ULL << 63, ~0ULL};

    compare(&d);
    for (size_t c = 0; c < N_OF(change); c++) {
        struct seccomp_data other = d;
        other.arch ^= (uint32_t)change[c];
        compare(&other);
        other = d;
        other.nr ^= (int)change[c];
        compare(&other);
        for (size_t i = 0; i < 6; i++) {
            other = d;
            other.args[i] ^= change[c];
            compare(&other);
            other.args[i] = d.args[i] + change[c];
            compare(&other);
            other.args[i] = d.args[i] - change[c];
            compare(&other);
        }
    }
    d.nr |= 0x40000000; /* x32 */
    compare(&d);
}

/* The call that ROW is about, other arguments being REST. */
static struct seccomp_data call_of(const struct sandbox_row *row, uint64_t rest)
{
    struct seccomp_data d = {.nr = row->nr, .arch = seccomp_arch_native()};

    for (size_t i = 0; i < 6; i++)
        d.args[i] = rest;
    for (unsigned k = 0; k < row->n_cmp; k++)
        d.args[row->cmp[k].arg] = row->cmp[k].value;
    return d;
}

/* At its limit, which is where a word more or less matters. */
static void around_limit(const struct sandbox_row *row, uint64_t rest)
{
    struct seccomp_data d = call_of(row, rest);

    if (row->limited == SANDBOX_ANY_ARG)
        return;
    d.args[row->limited] = row->most;
    around(d);
}

/* Every call that a row is about, and with the arguments of each other row. */
static void compare_all(void)
{
    for (size_t i = 0; i < sb.n_rows; i++) {
        around(call_of(&sb.rows[i], 0));
        around(call_of(&sb.rows[i], 0x123456789abcdef0));
        around_limit(&sb.rows[i], 0);
        for (size_t k = 0; k < sb.n_rows; k++) {
            struct seccomp_data d = call_of(&sb.rows[k], i % 3);
            d.nr = sb.rows[i].nr;
            compare(&d);
            d = call_of(&sb.rows[i], i % 3);
            for (unsigned c = 0; c < sb.rows[k].n_cmp; c++) {
                struct seccomp_data mixed = d;
                mixed.args[sb.rows[k].cmp[c].arg] = sb.rows[k].cmp[c].value;
                compare(&mixed);
            }
        }
    }
    for (int nr = -2; nr < 1024; nr++) {
        struct seccomp_data d = {.nr = nr, .arch = seccomp_arch_native()};
        compare(&d);
    }
}

static void check_program(bool with_theirs)
{
    ours.n = filter_compile(&sb, NULL, 0, ours.code, N_OF(ours.code));
    theirs.n = 0;
    assert_true(ours.n > 0);
    if (with_theirs)
        compile_theirs();
    look_at(&ours);
    walk(&ours, 0, 0, &(struct path){0});
    compare_all();
}

/*
 * Tables
 */

#define ARG(n, value) (unsigned)(n), (uint64_t)(value)

/* As a tender's with N networks: a few hot calls, addresses, an error in place of a call. */
static void tender_rows(int n)
{
    sb.n_rows = 0;
    for (int fd = 3; fd < 3 + n; fd++) {
        sandbox_allow(&sb, __NR_read, "read", "", 1, ARG(0, fd));
        sandbox_allow(&sb, __NR_write, "write", "", 1, ARG(0, fd));
    }
    sandbox_allow(&sb, __NR_write, "write", "", 1, ARG(0, 1));
    sandbox_limit(&sb, 2, 1U << 20);
    sandbox_allow(&sb, __NR_clock_gettime, "clock_gettime", "", 1, ARG(0, 0));
    sandbox_allow(&sb, __NR_clock_gettime, "clock_gettime", "", 1, ARG(0, 1));
    sandbox_allow(&sb, __NR_epoll_pwait, "epoll_pwait", "", 2, ARG(0, 70), ARG(4, 0));
    sandbox_allow(&sb, __NR_exit_group, "exit_group", "", 0);
    sandbox_answer(&sb, __NR_fdatasync, "fdatasync", "", 0, 1, ARG(0, 80));
    sandbox_answer(&sb, __NR_fdatasync, "fdatasync", "", EPERM, 1, ARG(0, 81));
    sandbox_allow(&sb, __NR_fdatasync, "fdatasync", "", 1, ARG(0, 82));
    sandbox_allow(&sb, __NR_write, "write", "", 3, ARG(0, 2), ARG(1, 0x7f0000001000), ARG(2, 33));
    sandbox_allow(&sb, __NR_write, "write", "", 3, ARG(0, 2), ARG(1, 0x7f0000001028), ARG(2, 34));
    sandbox_allow(&sb, __NR_ioctl, "ioctl", "", 3, ARG(0, 9), ARG(1, 0xae80), ARG(2, 0));
    sandbox_allow(&sb, __NR_ioctl, "ioctl", "", 2, ARG(0, 9), ARG(1, 0x4010aeab));
    sandbox_allow(&sb, __NR_ppoll, "ppoll", "", 4, ARG(0, 0x7f0000002000), ARG(1, 1),
            ARG(2, 0x7f0000001000), ARG(3, 0));
}

static void tender_tables(void **state)
{
    static const int n[] = {0, 1, 2, 4, 5, 8, 63, 200};

    (void)state;
    for (size_t i = 0; i < N_OF(n); i++) {
        tender_rows(n[i]);
        check_program(true);
    }
}

/* Both of a pair, and a call that any row of allows, whatever the others are. */
static void overlapping_rows(void **state)
{
    (void)state;
    sb.n_rows = 0;
    sandbox_answer(&sb, __NR_write, "write", "", EPERM, 2, ARG(0, 1), ARG(1, 5));
    sandbox_allow(&sb, __NR_write, "write", "", 1, ARG(1, 5));
    sandbox_answer(&sb, __NR_write, "write", "", 0, 1, ARG(0, 1));
    sandbox_allow(&sb, __NR_write, "write", "", 2, ARG(0, 2), ARG(0, 3)); /* none is both */
    sandbox_allow(&sb, __NR_read, "read", "", 1, ARG(0, 1));
    sandbox_allow(&sb, __NR_read, "read", "", 0);
    sandbox_answer(&sb, __NR_read, "read", "", EPERM, 1, ARG(0, 2)); /* the row before says it */
    /* Also of an argument that is compared, here or in other rows, and of one more row. */
    sandbox_allow(&sb, __NR_pipe2, "pipe2", "", 2, ARG(0, 1), ARG(1, 7));
    sandbox_limit(&sb, 1, 6);
    sandbox_allow(&sb, __NR_pipe2, "pipe2", "", 1, ARG(0, 1));
    sandbox_limit(&sb, 1, UINT32_MAX);
    sandbox_allow(&sb, __NR_dup, "dup", "", 0);
    sandbox_limit(&sb, 0, 0);
    check_program(false);
}

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(random_state >> 33) % n;
}

static uint64_t random_value(uint32_t kinds)
{
    static const uint64_t high[] = {0, 1, 1ULL << 31, UINT32_MAX};
    static const uint64_t low[] = {0, 1, 0x7fffffff, 0x80000000, UINT32_MAX};

    switch (random_below(kinds)) {
    case 0:
        return random_below(4);
    case 1:
        return high[random_below(N_OF(high))] << 32 | low[random_below(N_OF(low))];
    default:
        return (uint64_t)random_below(UINT32_MAX) << 32 | random_below(UINT32_MAX);
    }
}

/* Arguments in any order, each at most once: libseccomp takes no other. */
static void random_row(uint32_t calls, bool answers)
{
    struct sandbox_row row = {
            .call = "", .why = "", .answer = SANDBOX_MADE, .limited = SANDBOX_ANY_ARG};
    unsigned used = 0;

    do
        row.nr = 10 + (int)random_below(calls);
    while (sandbox_is_block_call(row.nr));
    if (answers && random_below(3) == 0)
        row.answer = (int)random_below(40);
    for (uint32_t n = random_below(SANDBOX_MAX_CMP + 1); n > 0; n--) {
        unsigned arg = random_below(6);
        if (used & 1U << arg)
            continue;
        used |= 1U << arg;
        row.cmp[row.n_cmp++] = (struct sandbox_cmp){arg, random_value(3)};
    }
    sb.rows[sb.n_rows++] = row;
}

static void random_limit(void)
{
    sandbox_limit(&sb, random_below(6), (uint32_t)random_value(3));
}

static void random_tables(bool answers, bool with_theirs, int tables)
{
    for (int t = 0; t < tables; t++) {
        uint32_t calls = 1 + random_below(20);
        sb.n_rows = 0;
        for (uint32_t n = 1 + random_below(24); n > 0; n--) {
            random_row(calls, answers);
            /*
             * Few: no two rows share the instructions for a limit. To libseccomp another row may
             * still allow what is above it.
             */
            if (n <= 2 && !with_theirs)
                random_limit();
        }
        check_program(with_theirs);
    }
}

static void random_rows(void **state)
{
    (void)state;
    random_tables(false, false, 400);
    random_tables(true, false, 400);
}

static void random_rows_libseccomp(void **state)
{
    (void)state;
    random_tables(false, true, 200);
}

/* Programs of all sizes, so that jumps of every length are in them, over ones that are too far. */
static void large_tables(void **state)
{
    (void)state;
    for (size_t n = 1; n <= SANDBOX_MAX_ROWS; n += 17) {
        sb.n_rows = 0;
        while (sb.n_rows < n)
            random_row(1 + (uint32_t)(n / 8), true);
        ours.n = filter_compile(&sb, NULL, 0, ours.code, N_OF(ours.code));
        theirs.n = 0;
        if (ours.n == 0)
            continue;
        look_at(&ours);
        walk(&ours, 0, 0, &(struct path){0});
        for (size_t i = 0; i < sb.n_rows; i++)
            around(call_of(&sb.rows[i], i));
    }
}

/* Too many rows for the kernel: no program rather than a wrong one. */
static void no_room(void **state)
{
    (void)state;
    tender_rows(5);
    size_t n = filter_compile(&sb, NULL, 0, ours.code, N_OF(ours.code));
    for (size_t max = 0; max < n; max++)
        assert_int_equal(filter_compile(&sb, NULL, 0, ours.code, max), 0);
    assert_int_equal(filter_compile(&sb, NULL, 0, ours.code, n), n);
    sb.n_rows = 0;
    for (uint64_t i = 0; sb.n_rows < SANDBOX_MAX_ROWS; i++)
        sandbox_allow(&sb, __NR_ppoll, "ppoll", "", 4, ARG(0, i << 32), ARG(1, i << 32),
                ARG(2, i << 32), ARG(3, i << 32));
    assert_int_equal(filter_compile(&sb, NULL, 0, ours.code, N_OF(ours.code)), 0);
    /* Nothing is allowed. */
    sb.n_rows = 0;
    check_program(false);
}

/* What a call costs: of more devices no more than a binary search. */
static void steps(void **state)
{
    static const struct {
        int networks;
        size_t most;
    } rows[] = {{1, 9}, {8, 12}, {63, 16}};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        tender_rows(rows[i].networks);
        ours.n = filter_compile(&sb, NULL, 0, ours.code, N_OF(ours.code));
        for (int fd = 3; fd < 3 + rows[i].networks; fd++) {
            struct seccomp_data d = {
                    .nr = __NR_read, .arch = seccomp_arch_native(), .args = {(uint64_t)fd}};
            size_t n;
            assert_int_equal(bpf_count(ours.code, ours.n, &d, &n), SECCOMP_RET_ALLOW);
            assert_in_range(n, 1, rows[i].most);
        }
    }
}

/* The kernel tries each number when a filter is loaded: what none of them has ends soon. */
static void steps_of_others(void **state)
{
    size_t all = 0, n;

    (void)state;
    tender_rows(1);
    ours.n = filter_compile(&sb, NULL, 0, ours.code, N_OF(ours.code));
    for (int nr = 0; nr < 450; nr++) {
        struct seccomp_data d = {.nr = nr, .arch = seccomp_arch_native()};
        (void)bpf_count(ours.code, ours.n, &d, &n);
        assert_in_range(n, 1, 20);
        all += n;
    }
    assert_in_range(all, 450, 450 * 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(tender_tables),
            cmocka_unit_test(overlapping_rows),
            cmocka_unit_test(random_rows),
            cmocka_unit_test(random_rows_libseccomp),
            cmocka_unit_test(large_tables),
            cmocka_unit_test(no_room),
            cmocka_unit_test(steps),
            cmocka_unit_test(steps_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
