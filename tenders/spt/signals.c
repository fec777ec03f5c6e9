/* SPDX-License-Identifier: ISC */
/*
 * signals.c: SIGINT and SIGTERM end the guest with a message, then by the signal itself,
 * so that whoever started it can tell this from a failure.
 *
 * The handler runs in the middle of the guest, on the island (island.h): the TLS base is the
 * guest's and there is no C library, so no stack protector and no errno.
 * It does not return: the filter need not allow rt_sigreturn, by which a guest could hold off
 * signals. What it asks for, the guest can ask for, too: to see this message, and to end itself.
 *
 * Process 1 of a container does not die by the default action of a signal, it ignores it. So it
 * does not ask for that, and the guest can't: it would never end then.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "spt.h"

#define MASK_SIZE 8 /* of the kernel's sigset_t */

static const int endings[ISLAND_SIGNALS] = {SIGINT, SIGTERM};

static const struct island *ours;

/* The end by the signal itself, if that is one. */
ISLAND static bool has_default_action(const struct island_fixed *f)
{
    return f->pid != 1;
}

ISLAND static void end_by_signal(const struct island_fixed *f, int sig)
{
    raw_call(SYS_rt_sigaction, sig, (long)f->default_action, 0, MASK_SIZE);
    raw_call(SYS_tgkill, f->pid, f->pid, sig, 0);
}

/* Where its data is, it learns from the kernel: the stack it was given begins there. */
ISLAND static void on_signal(int sig, siginfo_t *info, void *context)
{
    struct island_scratch *s = ((const ucontext_t *)context)->uc_stack.ss_sp;
    const struct island_fixed *f = (const struct island_fixed *)(void *)s - 1;
    int i = sig == SIGINT ? 0 : 1;

    (void)info;
    /* The message must not wait for a reader: stderr can be the very pipe that is full. */
    s->out = (struct pollfd){.fd = STDERR_FILENO, .events = POLLOUT};
    if (raw_call(SYS_ppoll, (long)&s->out, 1, (long)&f->at_once, 0) == 1 &&
            (s->out.revents & POLLOUT))
        raw_call(SYS_write, STDERR_FILENO, (long)f->text[i], (long)f->length[i], 0);
    /*
     * The next one waits for this until here. SA_RESETHAND would let it through: the
     * kernel puts the default action back before it blocks the signal.
     */
    if (has_default_action(f)) {
        end_by_signal(f, sig);
        raw_call(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&f->mask[i], 0, MASK_SIZE);
    }
    for (;;)
        raw_call(SYS_exit_group, 128 + sig, 0, 0, 0);
}

/*
 * A page that a file has lost. To go on needs no system call: the signal is not blocked. The guest
 * says where; it could go there by itself. Elsewhere, it ends as it would without a handler.
 */
ISLAND static void on_sigbus(int sig, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;
    const struct island_fixed *f = (const struct island_fixed *)uc->uc_stack.ss_sp - 1;
    uint64_t at = (uintptr_t)info->si_addr;
    bool lost = info->si_code == BUS_ADRERR || info->si_code == BUS_MCEERR_AR;

    if (lost && at >= f->maps.start && at < f->maps.end)
        resume(&uc->uc_mcontext);
    if (has_default_action(f))
        end_by_signal(f, sig);
    for (;;)
        raw_call(SYS_exit_group, 128 + sig, 0, 0, 0);
}

/* What the handler uses, read-only once the guest runs. */
static void fill(const struct island *is)
{
    struct island_fixed *f = is->fixed;

    f->pid = getpid();
    for (size_t i = 0; i < ISLAND_SIGNALS; i++) {
        f->mask[i] = 1ULL << (endings[i] - 1);
        f->length[i] = (uint64_t)snprintf(f->text[i], sizeof f->text[i],
                "solo5-spt: Exiting on signal %d\n", endings[i]);
    }
}

static int install_sigbus(const struct guest_mem_range *maps, struct err *err)
{
    struct sigaction sa = {
            .sa_sigaction = on_sigbus, .sa_flags = SA_ONSTACK | SA_SIGINFO | SA_NODEFER};

    ours->fixed->maps = *maps;
    if (maps->end != 0 && sigaction(SIGBUS, &sa, NULL) != 0)
        return err_errno(err, "could not set the action of signal %d", SIGBUS);
    return 0;
}

int signals_install(const struct island *is, const struct guest_mem_range *maps,
        struct err *err)
{
    const stack_t ss = {.ss_sp = is->scratch, .ss_size = is->stack_size};
    struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_ONSTACK | SA_SIGINFO};

    ours = is;
    fill(is);
    if (sigaltstack(&ss, NULL) != 0)
        return err_errno(err, "could not set a stack for signals");
    for (size_t i = 0; i < ISLAND_SIGNALS; i++)
        sigaddset(&sa.sa_mask, endings[i]);
    for (size_t i = 0; i < ISLAND_SIGNALS; i++) {
        struct sigaction old;
        if (sigaction(endings[i], NULL, &old) != 0)
            return err_errno(err, "could not look at the action of signal %d", endings[i]);
        /* Whoever started us may want SIGINT ignored: a shell's background job. */
        if (old.sa_handler == SIG_IGN)
            continue;
        if (sigaction(endings[i], &sa, NULL) != 0)
            return err_errno(err, "could not set the action of signal %d", endings[i]);
    }
    return install_sigbus(maps, err);
}

#define ALLOW(sb, call, why, ...) sandbox_allow(sb, __NR_##call, #call, why, __VA_ARGS__)
#define ARG(n, value) (unsigned)(n), (uint64_t)(value)

/* The handlers' last calls: an end by SIG itself. */
static void ending_rows(struct sandbox *sb, int sig)
{
    const struct island_fixed *f = ours->fixed;

    ALLOW(sb, rt_sigaction, "back to the default", 4, ARG(0, sig), ARG(1, f->default_action),
            ARG(2, 0), ARG(3, MASK_SIZE));
    ALLOW(sb, tgkill, "end by the signal", 3, ARG(0, f->pid), ARG(1, f->pid), ARG(2, sig));
}

/* Exactly what the handlers do: their constants, their addresses. */
void signals_rows(struct sandbox *sb)
{
    const struct island_fixed *f = ours->fixed;

    ALLOW(sb, ppoll, "can stderr take a message", 4, ARG(0, &ours->scratch->out), ARG(1, 1),
            ARG(2, &f->at_once), ARG(3, 0));
    for (size_t i = 0; i < ISLAND_SIGNALS; i++) {
        ALLOW(sb, write, "say why it ends", 3, ARG(0, STDERR_FILENO), ARG(1, f->text[i]),
                ARG(2, f->length[i]));
        if (!has_default_action(f))
            continue;
        ending_rows(sb, endings[i]);
        ALLOW(sb, rt_sigprocmask, "let it come", 4, ARG(0, SIG_UNBLOCK), ARG(1, &f->mask[i]),
                ARG(2, 0), ARG(3, MASK_SIZE));
    }
    if (f->maps.end != 0 && has_default_action(f))
        ending_rows(sb, SIGBUS);
}
