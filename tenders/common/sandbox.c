/* SPDX-License-Identifier: ISC */
#include "sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <seccomp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void add_row(struct sandbox *sb, struct sandbox_row row, va_list ap)
{
    /* More rows than fit: none is written past the end, the call stays forbidden. */
    if (sb->n_rows == sizeof sb->rows / sizeof sb->rows[0] || row.n_cmp > SANDBOX_MAX_CMP)
        return;
    for (unsigned i = 0; i < row.n_cmp; i++) {
        row.cmp[i].arg = va_arg(ap, unsigned);
        row.cmp[i].value = va_arg(ap, uint64_t);
    }
    sb->rows[sb->n_rows++] = row;
}

void sandbox_allow(struct sandbox *sb, int nr, const char *call, const char *why,
        unsigned n_cmp, ...)
{
    va_list ap;

    va_start(ap, n_cmp);
    add_row(sb,
            (struct sandbox_row){.nr = nr,
                    .call = call,
                    .why = why,
                    .answer = SANDBOX_MADE,
                    .n_cmp = n_cmp},
            ap);
    va_end(ap);
}

void sandbox_answer(struct sandbox *sb, int nr, const char *call, const char *why, int error,
        unsigned n_cmp, ...)
{
    va_list ap;

    va_start(ap, n_cmp);
    add_row(sb,
            (struct sandbox_row){
                    .nr = nr, .call = call, .why = why, .answer = error, .n_cmp = n_cmp},
            ap);
    va_end(ap);
}

#ifdef SANITIZED
#include <sanitizer/common_interface_defs.h>

/*
 * Faults of the guest are no defects of the tender, and have their own ends. What isn't freed
 * when it ends is none, and to look for it takes another process.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:"
           "use_sigaltstack=0:allocator_may_return_null=1";
}

#define ALLOW(sb, call, why, ...) sandbox_allow(sb, __NR_##call, #call, why, __VA_ARGS__)

void sandbox_allow_runtime(struct sandbox *sb)
{
    ALLOW(sb, sigaltstack, "sanitizer: which stack it is on, before it ends", 1, 0U,
            (uint64_t)0);
}

/* What a report needs of files has to be read before. */
static void prepare_runtime(void)
{
    __sanitizer_sandbox_arguments none = {0};

    __sanitizer_sandbox_on_notify(&none);
}
#else
void sandbox_allow_runtime(struct sandbox *sb)
{
    (void)sb;
}

static void prepare_runtime(void)
{
}
#endif

/*
 * The block devices' program.
 *
 *      A = nr; neither pread64 nor pwrite64 -> allow, or on to the rows' program
 *      for each device:
 *          fd == its descriptor (all 64 bits)?  else next device
 *          length in 1..cap, a multiple of unit
 *          offset + length <= capacity, 64 bits in two halves with carry
 *          a read-only device and pwrite64?  EBADF
 *          allow
 *      kill
 *
 * seccomp_data is little endian on both CPUs: the low half of an argument first.
 */

#define LO(arg) (offsetof(struct seccomp_data, args) + 8 * (arg))
#define HI(arg) (LO(arg) + 4)

enum { ARG_FD = 0, ARG_LENGTH = 2, ARG_OFFSET = 3 };

/* Scratch memory of the filter machine. */
enum { M_LENGTH = 0, M_SUM_LO = 1 };

/* Where it allows calls that it is not about. */
enum { OTHER_CALLS = 6 };

/* Instructions: in front and behind, and for each device (34 used). */
#define FRAME_SIZE 12
#define DEVICE_SIZE 36

/* A program being written. */
struct emit {
    struct sock_filter *prog;
    size_t n;
};

static void op(struct emit *e, uint16_t code, uint32_t k)
{
    e->prog[e->n++] = (struct sock_filter)BPF_STMT(code, k);
}

/* Skip JT instructions if the comparison holds, else JF. */
static void jump(struct emit *e, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    e->prog[e->n++] = (struct sock_filter)BPF_JUMP(code, k, jt, jf);
}

static void load(struct emit *e, size_t offset)
{
    op(e, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static void kill_process(struct emit *e)
{
    op(e, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
}

static void allow(struct emit *e)
{
    op(e, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

/* Kill unless A is K. */
static void require_equal(struct emit *e, uint32_t k)
{
    jump(e, BPF_JMP | BPF_JEQ | BPF_K, k, 1, 0);
    kill_process(e);
}

/* Kill if A compares with K as COMPARISON says: BPF_JEQ, BPF_JGT, BPF_JSET. */
static void forbid(struct emit *e, uint16_t comparison, uint32_t k)
{
    jump(e, (uint16_t)(BPF_JMP | comparison | BPF_K), k, 0, 1);
    kill_process(e);
}

static void emit_length(struct emit *e, const struct sandbox_block *b)
{
    load(e, HI(ARG_LENGTH));
    require_equal(e, 0);
    load(e, LO(ARG_LENGTH));
    forbid(e, BPF_JEQ, 0);
    forbid(e, BPF_JGT, b->cap);
    if (b->unit > 1)
        forbid(e, BPF_JSET, b->unit - 1);
}

/*
 * A holds the length, 32 bits. A capacity has 63 bits, so once the high half of
 * the offset is not above the capacity's, adding a carry to it can't overflow.
 */
static void emit_range(struct emit *e, const struct sandbox_block *b)
{
    uint32_t cap_lo = (uint32_t)b->capacity, cap_hi = (uint32_t)(b->capacity >> 32);

    op(e, BPF_ST, M_LENGTH);
    op(e, BPF_LDX | BPF_W | BPF_MEM, M_LENGTH);
    load(e, HI(ARG_OFFSET));
    forbid(e, BPF_JGT, cap_hi);
    load(e, LO(ARG_OFFSET));
    op(e, BPF_ALU | BPF_ADD | BPF_X, 0);
    op(e, BPF_ST, M_SUM_LO);
    /* The low sum wrapped around if it is less than what was added: carry. */
    jump(e, BPF_JMP | BPF_JGE | BPF_X, 0, 3, 0);
    load(e, HI(ARG_OFFSET));
    op(e, BPF_ALU | BPF_ADD | BPF_K, 1);
    op(e, BPF_JMP | BPF_JA, 1);
    load(e, HI(ARG_OFFSET));
    /* A is the high half of the sum. */
    forbid(e, BPF_JGT, cap_hi);
    jump(e, BPF_JMP | BPF_JEQ | BPF_K, cap_hi, 0, 3);
    op(e, BPF_LD | BPF_W | BPF_MEM, M_SUM_LO);
    forbid(e, BPF_JGT, cap_lo);
}

/* What the kernel says for a descriptor that can't be written, whatever this one can. */
static void emit_read_only(struct emit *e)
{
    load(e, offsetof(struct seccomp_data, nr));
    jump(e, BPF_JMP | BPF_JEQ | BPF_K, __NR_pwrite64, 0, 1);
    op(e, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EBADF);
}

/* The device, entered and left with A = low half of the descriptor. */
static void emit_device(struct emit *e, const struct sandbox_block *b)
{
    size_t skip = e->n;

    jump(e, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)b->fd, 0, 0);
    emit_length(e, b);
    emit_range(e, b);
    if (b->read_only)
        emit_read_only(e);
    allow(e);
    e->prog[skip].jf = (uint8_t)(e->n - skip - 1);
}

size_t sandbox_block_program(const struct sandbox_block *blocks, size_t n,
        struct sock_filter *prog, size_t max)
{
    struct emit e = {.prog = prog, .n = 0};

    if (n > MFT_MAX_ENTRIES || max < FRAME_SIZE + n * DEVICE_SIZE)
        return 0;
    load(&e, offsetof(struct seccomp_data, arch));
    require_equal(&e, seccomp_arch_native()); /* the value is AUDIT_ARCH_... */
    load(&e, offsetof(struct seccomp_data, nr));
    jump(&e, BPF_JMP | BPF_JEQ | BPF_K, __NR_pread64, 2, 0);
    jump(&e, BPF_JMP | BPF_JEQ | BPF_K, __NR_pwrite64, 1, 0);
    allow(&e);
    load(&e, HI(ARG_FD));
    require_equal(&e, 0);
    load(&e, LO(ARG_FD));
    for (size_t i = 0; i < n; i++)
        emit_device(&e, &blocks[i]);
    kill_process(&e);
    return e.n;
}

/*
 * The table's order is the order of comparison: what is asked for most comes first. libseccomp
 * has 256 levels; the kernel's own shortcut is for calls whose arguments don't matter.
 */
static int set_priority(scmp_filter_ctx ctx, const struct sandbox *sb, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (sb->rows[k].nr == sb->rows[i].nr)
            return 0;
    return seccomp_syscall_priority(ctx, sb->rows[i].nr, (uint8_t)(i < 255 ? 255 - i : 0));
}

/* Put the rows into libseccomp's filter. */
static int add_rows(scmp_filter_ctx ctx, const struct sandbox *sb, struct err *err)
{
    for (size_t i = 0; i < sb->n_rows; i++) {
        const struct sandbox_row *row = &sb->rows[i];
        struct scmp_arg_cmp cmp[SANDBOX_MAX_CMP];

        for (unsigned k = 0; k < row->n_cmp; k++)
            cmp[k] = (struct scmp_arg_cmp){.arg = row->cmp[k].arg,
                    .op = SCMP_CMP_EQ,
                    .datum_a = row->cmp[k].value};
        uint32_t action = row->answer == SANDBOX_MADE ? SCMP_ACT_ALLOW
                                                      : SCMP_ACT_ERRNO((uint32_t)row->answer);
        int r = set_priority(ctx, sb, i);
        if (r == 0)
            r = seccomp_rule_add_array(ctx, action, row->nr, row->n_cmp, cmp);
        if (r != 0) {
            errno = -r;
            return err_errno(err, "could not allow system call %s", row->call);
        }
    }
    return 0;
}

/*
 * The filter that libseccomp makes of the rows, as it hands it out: by one write(2), whose result
 * it does not compare with the filter's size. So it goes through a socket that takes all or
 * nothing, and that no limit on file sizes (RLIMIT_FSIZE) cuts off. Into CODE, which has
 * BPF_MAXINSNS, more than which no kernel takes; returns how many, 0 with a sentence.
 */
static size_t export_rows(scmp_filter_ctx ctx, struct sock_filter *code, struct err *err)
{
    const size_t size = BPF_MAXINSNS * sizeof code[0];
    int fd[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) != 0) {
        err_errno(err, "could not make a seccomp filter");
        return 0;
    }
    int r = seccomp_export_bpf(ctx, fd[0]);
    ssize_t n = r == 0 ? recv(fd[1], code, size, MSG_TRUNC) : -1;
    if (r != 0)
        errno = -r;
    if (n < 0)
        err_errno(err, "could not make a seccomp filter");
    else if ((size_t)n > size)
        err_set(err, "could not make a seccomp filter: it has %zd bytes", n);
    close(fd[0]);
    close(fd[1]);
    return n < 0 || (size_t)n > size ? 0 : (size_t)n / sizeof code[0];
}

static size_t rows_program(const struct sandbox *sb, struct sock_filter *code,
        struct err *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    size_t n = 0;

    if (!ctx || seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
        err_set(err, "could not make a seccomp filter");
    else if (add_rows(ctx, sb, err) == 0)
        n = export_rows(ctx, code, err);
    if (ctx)
        seccomp_release(ctx);
    return n;
}

/*
 * In words
 */

static const char *const argument_names[][1 + 6] = {
        {"arch_prctl", "code", "address"},
        {"clock_gettime", "clock", "time"},
        {"epoll_ctl", "epoll", "operation", "fd", "event"},
        {"epoll_pwait", "epoll", "events", "count", "timeout", "mask"},
        {"exit_group", "status"},
        {"fdatasync", "fd"},
        {"futex", "word", "operation", "value"},
        {"ioctl", "fd", "request", "argument"},
        {"ppoll", "fds", "count", "timeout", "mask"},
        {"read", "fd", "buffer", "count"},
        {"rt_sigaction", "signal", "action", "old", "size"},
        {"rt_sigprocmask", "how", "mask", "old", "size"},
        {"sigaltstack", "new", "old"},
        {"tgkill", "process", "thread", "signal"},
        {"timerfd_settime", "fd", "flags", "time", "old"},
        {"write", "fd", "buffer", "count"},
};

/* "fd" or, of a call that is not in the list, "argument 0". */
static void name_argument(char name[16], const char *call, unsigned arg)
{
    for (size_t i = 0; i < sizeof argument_names / sizeof argument_names[0]; i++)
        if (strcmp(argument_names[i][0], call) == 0 && argument_names[i][1 + arg]) {
            snprintf(name, 16, "%s", argument_names[i][1 + arg]);
            return;
        }
    snprintf(name, 16, "argument %u", arg);
}

/* Descriptors, processes and small constants in decimal. */
static bool is_hex(const struct sandbox_row *row, uint64_t value)
{
    return value > UINT32_MAX ||
            (value > 4095 && (row->nr == __NR_ioctl || strcmp(row->call, "arch_prctl") == 0));
}

static void print_conditions(char *text, size_t size, const struct sandbox_row *row)
{
    size_t n = 0;

    text[0] = 0;
    for (unsigned i = 0; i < row->n_cmp && n < size; i++) {
        const struct sandbox_cmp *c = &row->cmp[i];
        char name[16];
        name_argument(name, row->call, c->arg);
        n += (size_t)snprintf(text + n, size - n,
                is_hex(row, c->value) ? "%s%s = 0x%" PRIx64 : "%s%s = %" PRIu64,
                n ? ", " : "", name, c->value);
    }
}

static void print_line(FILE *out, const char *call, const char *conditions, const char *why,
        int answer)
{
    fprintf(out, "%-15s | %s | %s", call, *conditions ? conditions : "any", why);
    if (answer > 0)
        fprintf(out, ": not made, fails with error %d (%s)", answer, strerror(answer));
    else if (answer == 0)
        fputs(": not made, succeeds", out);
    fputc('\n', out);
}

/* A row of pread64 or pwrite64, on which the block devices' program decides. */
static void print_block_row(FILE *out, const struct sandbox_row *row,
        const struct sandbox_block *blocks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct sandbox_block *b = &blocks[i];
        bool refused = b->read_only && row->nr == __NR_pwrite64;
        char text[160], multiple[40] = "";

        if (b->unit > 1)
            snprintf(multiple, sizeof multiple, " and a multiple of %" PRIu32, b->unit);
        snprintf(text, sizeof text,
                "fd = %d, count = %" PRIu32 " to %" PRIu32 "%s, offset + count <= %" PRIu64,
                b->fd, b->unit, b->cap, multiple, b->capacity);
        print_line(out, row->call, text, row->why, refused ? EBADF : SANDBOX_MADE);
    }
}

int sandbox_print(FILE *out, const char *program, const struct sandbox *sb,
        const struct sandbox_block *blocks, size_t n_blocks)
{
    fprintf(out,
            "# What %s may ask of the kernel once the guest runs, in the order of comparison.\n"
            "# All else, and the numbering of any other CPU or ABI, kills it with SIGSYS.\n"
            "# call | arguments, each compared as 64 bits | why\n",
            program);
    for (size_t i = 0; i < sb->n_rows; i++) {
        const struct sandbox_row *row = &sb->rows[i];
        char text[SANDBOX_MAX_CMP * 48];

        if (row->nr == __NR_pread64 || row->nr == __NR_pwrite64) {
            print_block_row(out, row, blocks, n_blocks);
            continue;
        }
        print_conditions(text, sizeof text, row);
        print_line(out, row->call, text, row->why, row->answer);
    }
    return fflush(out) == 0 && !ferror(out) ? 0 : -1;
}

/* Kernels before 4.14 take the filter and kill but a thread. */
static int check_kernel(struct err *err)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;

    if (syscall(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0)
        return err_errno(err, "could not install a seccomp filter");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_errno(err, "could not set no_new_privs");
    return 0;
}

/* The block devices' program is the first N of CODE: what it is not about goes on behind it. */
static void hand_on(struct sock_filter *code, size_t n)
{
    code[OTHER_CALLS] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA,
            (uint32_t)(n - OTHER_CALLS - 1));
}

/* The rows allow pread64 and pwrite64 whatever their arguments are, if there is a block device. */
int sandbox_make(const struct sandbox *sb, const struct sandbox_block *blocks,
        size_t n_blocks, struct sock_filter code[SANDBOX_CODE_MAX],
        struct sandbox_filter *f, struct err *err)
{
    size_t n = 0;

    prepare_runtime();
    if (check_kernel(err) != 0)
        return -1;
    if (n_blocks > 0) {
        n = sandbox_block_program(blocks, n_blocks, code, BPF_MAXINSNS);
        if (n == 0)
            return err_set(err, "could not make the filter of the block devices");
        hand_on(code, n);
    }
    size_t len = rows_program(sb, code + n, err);
    if (len == 0)
        return -1;
    if (n + len > BPF_MAXINSNS)
        return err_set(err, "could not make a seccomp filter for so many devices");
    *f = (struct sandbox_filter){.call = __NR_seccomp,
            .operation = SECCOMP_SET_MODE_FILTER,
            .flags = SECCOMP_FILTER_FLAG_TSYNC,
            .program = {.len = (unsigned short)(n + len), .filter = code}};
    return 0;
}

int sandbox_start(const struct sandbox_filter *f, struct err *err)
{
    /* More than 0 is a thread that can't have it. */
    if (syscall(f->call, f->operation, f->flags, &f->program) != 0)
        return err_errno(err, "could not install a seccomp filter");
    return 0;
}

/*
 * Made as a whole before it is in force: libseccomp and malloc() make calls that are
 * forbidden then. That is also why libseccomp does not install its own.
 */
int sandbox_install(const struct sandbox *sb, const struct sandbox_block *blocks,
        size_t n_blocks, struct err *err)
{
    static struct sock_filter code[SANDBOX_CODE_MAX];
    struct sandbox_filter f;

    if (sandbox_make(sb, blocks, n_blocks, code, &f, err) != 0)
        return -1;
    (void)malloc_trim(0); /* what setting up took is not needed any more */
    return sandbox_start(&f, err);
}

int sandbox_check_personality(struct err *err)
{
    int p = personality(0xffffffff);

    if (p >= 0 && (p & READ_IMPLIES_EXEC))
        return err_set(err, "refusing to run: this process has personality "
                            "READ_IMPLIES_EXEC, all its memory would be executable");
    return 0;
}
