/* SPDX-License-Identifier: ISC */
#include "glue.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The stack's part: 1 MiB, or half of what there is. */
#define STACK_MAX 0x100000

#define ARGC_MAX 31

int main(int argc, char **argv);

const struct solo5_start_info *glue_start_info;
uintptr_t glue_main_tp;

static uintptr_t heap_start, heap_now, heap_end;

static void heap_init(const struct solo5_start_info *info)
{
    size_t stack = info->heap_size < 2 * STACK_MAX ? info->heap_size / 2 : STACK_MAX;

    heap_start = heap_now = info->heap_start;
    heap_end = info->heap_start + info->heap_size - stack;
}

void *sbrk(ptrdiff_t more)
{
    uintptr_t old = heap_now;

    if (more > 0 ? (uintptr_t)more > heap_end - old : (uintptr_t)-more > old - heap_start) {
        errno = ENOMEM;
        return (void *)-1;
    }
    heap_now = old + (uintptr_t)more;
    return (void *)old;
}

void _exit(int status)
{
    solo5_exit(status);
}

/* There are no processes and no signals: what abort() and a failed assert() try first. */
pid_t getpid(void)
{
    return 1;
}

int kill(pid_t pid, int signal)
{
    (void)pid;
    (void)signal;
    errno = EINVAL;
    return -1;
}

static int thread_init(void)
{
    static char block[16384];

    if (solo5_tls_size() > sizeof block || solo5_tls_init((uintptr_t)block) != SOLO5_R_OK)
        return -1;
    glue_main_tp = solo5_tls_tp_offset((uintptr_t)block);
    return solo5_set_tls_base(glue_main_tp) == SOLO5_R_OK ? 0 : -1;
}

/* picolibc's exit() knows nothing of a stdout that is not its own. */
static void flush(void)
{
    fflush(stdout);
}

/* The compiler takes the thread pointer for a constant of a function. */
static void __attribute__((noinline, noreturn)) run_main(const char *cmdline)
{
    static char name[] = "guest";
    char *argv[ARGC_MAX + 2] = {name}, *words = strdup(cmdline), *rest;
    int argc = 1;

    if (!words)
        solo5_abort();
    while (argc <= ARGC_MAX && (argv[argc] = strtok_r(argc == 1 ? words : NULL, " ", &rest)))
        argc++;
    atexit(flush);
    exit(main(argc, argv));
}

int solo5_app_main(const struct solo5_start_info *info)
{
    glue_start_info = info;
    heap_init(info);
    if (thread_init() != 0)
        return SOLO5_EXIT_FAILURE;
    run_main(info->cmdline);
}
