/* SPDX-License-Identifier: ISC */
#include "sandbox.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

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
                    .n_cmp = n_cmp,
                    .limited = SANDBOX_ANY_ARG},
            ap);
    va_end(ap);
}

void sandbox_answer(struct sandbox *sb, int nr, const char *call, const char *why, int error,
        unsigned n_cmp, ...)
{
    va_list ap;

    va_start(ap, n_cmp);
    add_row(sb,
            (struct sandbox_row){.nr = nr,
                    .call = call,
                    .why = why,
                    .answer = error,
                    .n_cmp = n_cmp,
                    .limited = SANDBOX_ANY_ARG},
            ap);
    va_end(ap);
}

/* Should there have been no room for that row, the one before gets stricter, not wider. */
void sandbox_limit(struct sandbox *sb, unsigned arg, uint32_t most)
{
    struct sandbox_row *row = &sb->rows[sb->n_rows - 1];

    row->limited = arg;
    row->most = most;
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

bool sandbox_is_block_call(int nr)
{
    return nr == __NR_pread64 || nr == __NR_pwrite64;
}

/*
 * In words
 */

/* Calls and their arguments: words in place, which nothing has to relocate. */
static const char calls[][48] = {
        "arch_prctl code address",
        "clock_gettime clock time",
        "epoll_ctl epoll operation fd event",
        "epoll_pwait epoll events count timeout mask",
        "exit_group status",
        "fdatasync fd",
        "futex word operation value",
        "ioctl fd request argument",
        "ppoll fds count timeout mask",
        "read fd buffer count",
        "rt_sigaction signal action old size",
        "rt_sigprocmask how mask old size",
        "sigaltstack new old",
        "tgkill process thread signal",
        "timerfd_settime fd flags time old",
        "write fd buffer count",
};

/* "fd" or, of a call that is not in the list, "argument 0". */
static void name_argument(char name[16], const char *call, unsigned arg)
{
    const size_t len = strlen(call);

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const char *at = calls[i] + len;
        if (strncmp(calls[i], call, len) != 0)
            continue;
        for (unsigned skip = arg; skip > 0 && *at == ' '; skip--)
            at += 1 + strcspn(at + 1, " ");
        if (*at == ' ') {
            snprintf(name, 16, "%.*s", (int)strcspn(at + 1, " "), at + 1);
            return;
        }
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
    if (row->limited != SANDBOX_ANY_ARG && n < size) {
        char name[16];
        name_argument(name, row->call, row->limited);
        snprintf(text + n, size - n, "%s%s <= %" PRIu32, n ? ", " : "", name, row->most);
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

/* A row of pread64 or pwrite64, on which the devices decide. */
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
        char text[(SANDBOX_MAX_CMP + 1) * 48];

        if (sandbox_is_block_call(row->nr)) {
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

int sandbox_make(const struct sandbox *sb, const struct sandbox_block *blocks,
        size_t n_blocks, struct sock_filter code[SANDBOX_CODE_MAX],
        struct sandbox_filter *f, struct err *err)
{
    prepare_runtime();
    if (check_kernel(err) != 0)
        return -1;
    size_t n = filter_compile(sb, blocks, n_blocks, code, SANDBOX_CODE_MAX);
    if (n == 0)
        return err_set(err, "could not make a seccomp filter for so many devices");
    *f = (struct sandbox_filter){.call = __NR_seccomp,
            .operation = SECCOMP_SET_MODE_FILTER,
            .flags = SECCOMP_FILTER_FLAG_TSYNC,
            .program = {.len = (unsigned short)n, .filter = code}};
    return 0;
}

int sandbox_start(const struct sandbox_filter *f, struct err *err)
{
    /* More than 0 is a thread that can't have it. */
    if (syscall(f->call, f->operation, f->flags, &f->program) != 0)
        return err_errno(err, "could not install a seccomp filter");
    return 0;
}

int sandbox_check_personality(struct err *err)
{
    int p = personality(0xffffffff);

    if (p < 0)
        return err_errno(err, "could not look at the personality of this process");
    if (p & READ_IMPLIES_EXEC)
        return err_set(err, "refusing to run: this process has personality "
                            "READ_IMPLIES_EXEC, all its memory would be executable");
    if (p & MMAP_PAGE_ZERO)
        return err_set(err, "refusing to run: this process has personality "
                            "MMAP_PAGE_ZERO, a null pointer would not fault");
    return 0;
}
