/* SPDX-License-Identifier: ISC */
/*
 * signals.c: SIGINT and SIGTERM end the tender at once, wherever it is: in
 * KVM_RUN, waiting, or writing to a full pipe. It says so and then dies by the
 * signal itself, so that whoever started it can tell this from a failure.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hooks.h"

#define TEXT(macro) #macro
#define VALUE(macro) TEXT(macro)

static const struct ending {
    int sig;
    char text[8];
} endings[] = {{SIGINT, VALUE(SIGINT)}, {SIGTERM, VALUE(SIGTERM)}};

#define N_ENDINGS (sizeof endings / sizeof endings[0])

/*
 * What the handler must not ask for any more: the sandbox is in place. With a value, it is in the
 * page of the program's data, else in one of its own, behind large things that are hardly used.
 */
static pid_t my_pid = -1;

/* The kernel's struct sigaction: SIG_DFL, no flags, no mask. */
static const uint64_t default_action[4];
#define MASK_SIZE 8 /* of the kernel's sigset_t */

/* The message must not wait for a reader: stderr can be the very pipe that is full. */
void signals_say(const char *const *parts)
{
    struct err line;
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    struct timespec now = {0, 0};

    if (ppoll(&out, 1, &now, NULL) != 1 || !(out.revents & POLLOUT))
        return;
    err_join(&line, parts);
    size_t len = strlen(line.text);
    line.text[len] = '\n';
    ssize_t n = write(STDERR_FILENO, line.text, len + 1);
    (void)n;
}

/*
 * Only system calls here: the signal may have come in the middle of anything. The
 * next one waits until this one has spoken: some send two at once, to the process and to
 * its group. Hence no SA_RESETHAND: the kernel puts the default action back before it
 * blocks the signal, and another one in between would be the end.
 */
static void on_signal(int sig)
{
    for (size_t i = 0; i < N_ENDINGS; i++)
        if (endings[i].sig == sig)
            signals_say((const char *const[]){
                    hooks_options.program, ": Exiting on signal ", endings[i].text, NULL});
    syscall(SYS_rt_sigaction, sig, default_action, NULL, MASK_SIZE);
    /* The first thread, whose number is the process's: the ring's has no signals. */
    syscall(SYS_tgkill, my_pid, my_pid, sig);
    sigset_t this;
    sigemptyset(&this);
    sigaddset(&this, sig);
    sigprocmask(SIG_UNBLOCK, &this, NULL);
    /* Process 1 of a container does not die by the default action. */
    _exit(128 + sig);
}

int signals_install(struct err *err)
{
    struct sigaction sa = {.sa_handler = on_signal};

    my_pid = getpid();
    for (size_t i = 0; i < N_ENDINGS; i++)
        sigaddset(&sa.sa_mask, endings[i].sig);
    for (size_t i = 0; i < N_ENDINGS; i++) {
        struct sigaction old;
        if (sigaction(endings[i].sig, NULL, &old) != 0)
            return err_errno(err, "could not look at the action of signal %d",
                    endings[i].sig);
        /* Whoever started us may want SIGINT ignored: a shell's background job. */
        if (old.sa_handler == SIG_IGN)
            continue;
        if (sigaction(endings[i].sig, &sa, NULL) != 0)
            return err_errno(err, "could not set the action of signal %d", endings[i].sig);
    }
    return 0;
}

#define ALLOW(sb, call, why, ...) sandbox_allow(sb, __NR_##call, #call, why, __VA_ARGS__)
#define ARG(n, value) (unsigned)(n), (uint64_t)(value)

void signals_rows(struct sandbox *sb)
{
    for (size_t i = 0; i < N_ENDINGS; i++) {
        ALLOW(sb, rt_sigaction, "back to the default, after a message", 4,
                ARG(0, endings[i].sig), ARG(1, default_action), ARG(2, 0), ARG(3, MASK_SIZE));
        ALLOW(sb, tgkill, "end by the signal", 3, ARG(0, my_pid), ARG(1, my_pid),
                ARG(2, endings[i].sig));
    }
    ALLOW(sb, rt_sigprocmask, "let the signal come", 3, ARG(0, SIG_UNBLOCK), ARG(2, 0),
            ARG(3, MASK_SIZE));
}
