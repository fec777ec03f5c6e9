/* SPDX-License-Identifier: ISC */
/*
 * hooks_debug.c: solo5-hvt-debug. Writing a core file takes system calls that a
 * guest in control of the tender could use, so there is no sandbox.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "../hooks.h"
#include "core.h"
#include "solo5.h"

#define PROGRAM "solo5-hvt-debug"

static const char *core_dir; /* --dumpcore, or NULL */
static int core_dirfd;

static int set_dumpcore(const char *value, struct err *err)
{
    (void)err;
    core_dir = value;
    return 0;
}

static int refuse_gdb(const char *value, struct err *err)
{
    (void)value;
    return err_set(err, "--gdb and --gdb-port are not available yet: use --dumpcore and read "
                        "the core file with gdb");
}

static const struct options_extra rows[] = {
        {"--dumpcore=DIR",
                "write a core file into DIR if the guest aborts or faults", true, set_dumpcore},
        {"--gdb", "wait for a debugger (not available yet)", false, refuse_gdb},
        {"--gdb-port=N", "on this TCP port (not available yet)", true,
                refuse_gdb},
};

const struct options_more hooks_options = {
        .program = PROGRAM, .rows = rows, .n = sizeof rows / sizeof rows[0]};

static void say(const char *text)
{
    fprintf(stderr, PROGRAM ": %s\n", text);
}

/* The folder is opened now, so that a typing error is not found after a week. */
int hooks_start(struct err *err)
{
    if (!core_dir)
        return 0;
    core_dirfd = open(core_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (core_dirfd < 0 || faccessat(core_dirfd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return err_errno(err, "could not use folder %s for core files (--dumpcore)", core_dir);
    return 0;
}

int hooks_show_policy(const struct hvt *hvt)
{
    (void)hvt;
    say("there is no sandbox, so no policy to show: see solo5-hvt");
    return -1;
}

int hooks_confine(const struct hvt *hvt, struct err *err)
{
    (void)hvt, (void)err;
    say("WARNING: no sandbox: a guest that takes over this program can do whatever you can");
    say("WARNING: only for debugging, use solo5-hvt for everything else");
    return 0;
}

/* The registers, as the guest's trap handler saw them if it says so. */
static int read_registers(const struct hvt *hvt, uint64_t regs[CORE_REGS_MAX], struct err *err)
{
    const void *cookie = NULL;

    if (hvt->halt_cookie != 0)
        cookie = guest_mem_read(&hvt->mem, hvt->halt_cookie, HVT_HALT_COOKIE_MAX);
    if (core_regs_read(&hvt->vm, regs, err) != 0)
        return -1;
    if (cookie)
        core_regs_cookie(regs, cookie);
    return 0;
}

static int create(const char *name, struct err *err)
{
    int fd = openat(core_dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
            0600);
    if (fd < 0)
        return err_errno(err, "dumpcore: could not create %s/%s", core_dir, name);
    return fd;
}

static int dump(const struct hvt *hvt, int signal, struct err *err)
{
    char name[64];
    uint64_t regs[CORE_REGS_MAX];
    struct core core = {
            .mem = &hvt->mem,
            .plan = &hvt->plan,
            .regs = regs,
            .signs = hvt->vm.signs,
            .signal = signal};
    struct err why;

    snprintf(name, sizeof name, "core.solo5-hvt.%ld", (long)getpid());
    if (read_registers(hvt, regs, &why) != 0)
        return err_set(err, "dumpcore: %s", why.text);
    int fd = create(name, err);
    if (fd < 0)
        return -1;
    /* Other programs look for the name at the end of this line. */
    err_set(&why, "dumpcore: dumping guest core to: %s/%s", core_dir, name);
    say(why.text);
    int r = core_write(fd, &core, &why);
    if (close(fd) != 0 && r == 0)
        r = err_errno(&why, "could not write");
    if (r != 0) {
        /* Half a core file would mislead. */
        (void)unlinkat(core_dirfd, name, 0);
        return err_set(err, "dumpcore: %s/%s: %s", core_dir, name, why.text);
    }
    return 0;
}

void hooks_end(const struct hvt *hvt, int status)
{
    struct err err;

    if (!core_dir || (status >= 0 && status != SOLO5_EXIT_ABORT))
        return;
    /* What a host's process would have died of. */
    bool fault = status < 0 || hvt->halt_cookie != 0;
    if (dump(hvt, fault ? SIGSEGV : SIGABRT, &err) != 0)
        say(err.text);
}
