/* SPDX-License-Identifier: ISC */
/*
 * signals.c: SIGINT and SIGTERM end a guest by their default action. Process 1 of a
 * container has no default actions, so there a handler ends it.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spt.h"

/*
 * Runs in the middle of the guest: the TLS base is the guest's, so there is no stack
 * protector and no errno here; the stack is the one below. It does not return, so the
 * filter need not allow rt_sigreturn.
 */
__attribute__((no_stack_protector)) static void on_signal(int sig)
{
    for (;;)
        syscall(SYS_exit_group, 128 + sig);
}

int signals_install(struct err *err)
{
    static uint8_t stack[65536]; /* more than any CPU's signal frame */
    static const int endings[] = {SIGINT, SIGTERM};
    const stack_t ss = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};

    if (getpid() != 1)
        return 0;
    if (sigaltstack(&ss, NULL) != 0)
        return err_errno(err, "could not set a stack for signals");
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (sigaction(endings[i], &sa, NULL) != 0)
            return err_errno(err, "could not set the action of signal %d", endings[i]);
    return 0;
}
