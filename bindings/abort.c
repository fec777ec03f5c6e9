/* SPDX-License-Identifier: ISC */
/*
 * abort.c: the ends of a guest.
 */
#include "target.h"

void solo5_exit(int status)
{
    log_at(LOG_INFO, "Solo5: solo5_exit(%d) called\n", status);
    target_exit(status, NULL);
}

void solo5_abort(void)
{
    log_at(LOG_INFO, "Solo5: solo5_abort() called\n");
    target_exit(SOLO5_EXIT_ABORT, NULL);
}

void abort_at(const char *file, int line, const char *reason, const void *cookie)
{
    log_at(LOG_ALWAYS, "Solo5: ABORT: %s:%d: %s\n", file, line, reason);
    target_exit(SOLO5_EXIT_ABORT, cookie);
}

/* Called by protected functions that find another value than the guard on return. */
void __stack_chk_fail(void) __attribute__((noreturn));
void __stack_chk_fail(void)
{
    log_at(LOG_ALWAYS, "Solo5: ABORT: Stack corruption detected\n");
    target_exit(SOLO5_EXIT_ABORT, NULL);
}
