/* SPDX-License-Identifier: ISC */
#include "startup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf_abi.h"
#include "hvt_abi.h"

/*
 * What has its default action again, whatever whoever started us ignores. Not what is about the
 * terminal or the end (HUP, INT, QUIT, TERM, TSTP, TTIN, TTOU): nohup, a shell's background jobs.
 * PIPE and XFSZ are ignored, nobody can ignore KILL and STOP, and of the rest the default
 * is to do nothing. Each is a system call.
 */
static const uint8_t defaults[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV,
        SIGUSR2, SIGALRM, SIGSTKFLT, SIGXCPU, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSYS};

static void default_actions(void)
{
    struct sigaction sa;

    for (size_t i = 0; i < sizeof defaults; i++)
        if (sigaction(defaults[i], NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
            signal(defaults[i], SIG_DFL);
}

int startup_process(struct err *err)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        /* The lowest free number is this one: all below it are open. */
        if (open("/dev/null", O_RDWR) != fd)
            return err_errno(err, "could not open /dev/null as descriptor %d", fd);
    }
    /* A parent's blocked signals would make this process hard to end. */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    default_actions();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of write(2) */
    return 0;
}

static int check_target(const struct elf *elf, enum tender_target target, struct err *err)
{
    struct abi1_info abi;
    uint64_t at;

    if (elf_abi(elf, &abi, &at, err) != 0)
        return -1;
    if (abi.abi_target != (uint32_t)target)
        return err_set(err, "Executable is not for the %s target (offset 0x%llx)",
                options_tender_name(target),
                (unsigned long long)at + offsetof(struct abi1_info, abi_target));
    /* Both targets are at the same version. */
    if (abi.abi_version != HVT_ABI_VERSION)
        return err_set(err, "Executable requests unsupported ABI version %u (offset 0x%llx)",
                abi.abi_version,
                (unsigned long long)at + offsetof(struct abi1_info, abi_version));
    return 0;
}

int startup_image(struct elf *elf, struct manifest *m, struct ext *ext,
        enum tender_target target, const struct options *o, struct err *err)
{
    /* O_NONBLOCK: a FIFO must be refused, not waited for. */
    int fd = open(o->kernel, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_errno(err, "%s: Could not open file", o->kernel);
    if (elf_read(elf, fd, elf_host_machine(), err) != 0 ||
            ext_read(ext, elf, target, err) != 0 ||
            check_target(elf, target, err) != 0 || manifest_read(m, elf, err) != 0) {
        elf_free(elf);
        close(fd);
        return err_prefix(err, o->kernel);
    }
    return 0;
}
