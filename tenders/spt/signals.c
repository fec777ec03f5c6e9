/* SPDX-License-Identifier: ISC */
/*
 * signals.c: SIGINT and SIGTERM end the guest with a message, then by the signal itself,
 * so that whoever started it can tell this from a failure.
 *
 * The handler runs in the middle of the guest: the TLS base is the guest's, so there is
 * no stack protector, no errno and nothing of the C library; the stack is the one below.
 * It does not return: the filter need not allow rt_sigreturn. What it asks for, the guest
 * can ask for, too: to see this message, and to end itself.
 */
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "spt.h"

#define TEXT_OF(n) "solo5-spt: Exiting on signal " n "\n"
#define SIGNALS 2
#define MASK_SIZE 8 /* of the kernel's sigset_t */

static const int endings[SIGNALS] = {SIGINT, SIGTERM};
static const char texts[SIGNALS][33] = {TEXT_OF("2"), TEXT_OF("15")};
static const size_t lengths[SIGNALS] = {sizeof TEXT_OF("2") - 1, sizeof TEXT_OF("15") - 1};
static const uint64_t masks[SIGNALS] = {1ULL << (SIGINT - 1), 1ULL << (SIGTERM - 1)};

_Static_assert(SIGINT == 2 && SIGTERM == 15, "the numbers in the texts");

/* The kernel's struct sigaction: SIG_DFL, no flags, no mask. */
static const uint64_t default_action[4];

/* The message must not wait for a reader: stderr can be the very pipe that is full. */
static struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
static const struct timespec at_once = {0, 0};
static pid_t my_pid;

__attribute__((no_stack_protector)) static void on_signal(int sig)
{
    int i = sig == SIGINT ? 0 : 1;

    if (raw_call(SYS_ppoll, (long)&out, 1, (long)&at_once, 0) == 1 && (out.revents & POLLOUT))
        raw_call(SYS_write, STDERR_FILENO, (long)texts[i], (long)lengths[i], 0);
    /*
     * The next one waits for this until here. SA_RESETHAND would let it through: the
     * kernel puts the default action back before it blocks the signal.
     */
    raw_call(SYS_rt_sigaction, sig, (long)default_action, 0, MASK_SIZE);
    raw_call(SYS_tgkill, my_pid, my_pid, sig, 0);
    raw_call(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&masks[i], 0, MASK_SIZE);
    /* Process 1 of a container does not die by the default action. */
    for (;;)
        raw_call(SYS_exit_group, 128 + sig, 0, 0, 0);
}

int signals_install(struct err *err)
{
    static uint8_t stack[65536]; /* more than any CPU's signal frame */
    const stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};

    my_pid = getpid();
    if (sigaltstack(&ss, NULL) != 0)
        return err_errno(err, "could not set a stack for signals");
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&sa.sa_mask, endings[i]);
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction old;
        if (sigaction(endings[i], NULL, &old) != 0)
            return err_errno(err, "could not look at the action of signal %d", endings[i]);
        /* Whoever started us may want SIGINT ignored: a shell's background job. */
        if (old.sa_handler == SIG_IGN)
            continue;
        if (sigaction(endings[i], &sa, NULL) != 0)
            return err_errno(err, "could not set the action of signal %d", endings[i]);
    }
    return 0;
}

#define ALLOW(sb, call, why, ...) sandbox_allow(sb, __NR_##call, #call, why, __VA_ARGS__)
#define ARG(n, value) (unsigned)(n), (uint64_t)(value)

/* Exactly what the handler does: its constants, its addresses. */
void signals_rows(struct sandbox *sb)
{
    ALLOW(sb, ppoll, "can stderr take a message", 4, ARG(0, &out), ARG(1, 1), ARG(2, &at_once),
            ARG(3, 0));
    for (size_t i = 0; i < SIGNALS; i++) {
        ALLOW(sb, write, "say why it ends", 3, ARG(0, STDERR_FILENO), ARG(1, texts[i]),
                ARG(2, lengths[i]));
        ALLOW(sb, rt_sigaction, "back to the default", 4, ARG(0, endings[i]),
                ARG(1, default_action), ARG(2, 0), ARG(3, MASK_SIZE));
        ALLOW(sb, tgkill, "end by the signal", 3, ARG(0, my_pid), ARG(1, my_pid),
                ARG(2, endings[i]));
        ALLOW(sb, rt_sigprocmask, "let it come", 4, ARG(0, SIG_UNBLOCK), ARG(1, &masks[i]),
                ARG(2, 0), ARG(3, MASK_SIZE));
    }
}
