/* SPDX-License-Identifier: ISC */
/*
 * What both tenders ask of an image before anything else.
 *
 * links: tenders/common/startup.c tenders/common/image.c tenders/common/manifest.c
 * links: tenders/common/ext.c tenders/common/options.c tenders/common/err.c
 */
#include "fake_elf.h"

#include <signal.h>
#include <stdio.h>

#include "startup.h"

static struct err err;

/* The sentences begin with the name of the file. */
static int try_startup(const struct fake_elf *f, enum tender_target target)
{
    char name[64];
    int fd = fake_open(f, FAKE_SIZE);
    struct options o = {.kernel = name};
    struct elf elf;
    struct manifest m;
    struct ext ext;

    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int r = startup_image(&elf, &m, &ext, target, &o, &err);
    if (r == 0) {
        close(elf.fd);
        elf_free(&elf);
    } else {
        assert_memory_equal(err.text, name, strlen(name));
    }
    close(fd);
    return r;
}

/* AT is where the offending field stands. */
static void check_refused(const struct fake_elf *f, enum tender_target target,
        const char *why, size_t at)
{
    char words[128];

    snprintf(words, sizeof words, ": %s (offset 0x%zx)", why, at);
    assert_fails(try_startup(f, target), err, words);
}

static void targets(void **state)
{
    const size_t at = offsetof(struct fake_elf, abi.info.abi_target);
    struct fake_elf f;

    (void)state;
    fake_make(&f);
    assert_works(try_startup(&f, TENDER_HVT), err);
    check_refused(&f, TENDER_SPT, "Executable is not for the solo5-spt target", at);
    f.abi.info.abi_target = SPT_ABI_TARGET;
    assert_works(try_startup(&f, TENDER_SPT), err);
    check_refused(&f, TENDER_HVT, "Executable is not for the solo5-hvt target", at);
    f.abi.info.abi_target = XEN_ABI_TARGET;
    check_refused(&f, TENDER_HVT, "Executable is not for the solo5-hvt target", at);
}

static void versions(void **state)
{
    const size_t at = offsetof(struct fake_elf, abi.info.abi_version);
    struct fake_elf f;

    (void)state;
    fake_make(&f);
    f.abi.info.abi_version = 1;
    check_refused(&f, TENDER_HVT, "Executable requests unsupported ABI version 1", at);
    f.abi.info.abi_version = 3;
    check_refused(&f, TENDER_HVT, "Executable requests unsupported ABI version 3", at);
}

static bool is_ignored(int sig)
{
    struct sigaction sa;

    assert_int_equal(sigaction(sig, NULL, &sa), 0);
    return sa.sa_handler == SIG_IGN;
}

/* What is inherited: a mask, and signals that are ignored. */
static void signals(void **state)
{
    sigset_t all;

    (void)state;
    sigfillset(&all);
    assert_int_equal(sigprocmask(SIG_SETMASK, &all, NULL), 0);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGSYS, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    assert_works(startup_process(&err), err);
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &all), 0);
    for (int sig = 1; sig < SIGRTMAX; sig++)
        assert_false(sigismember(&all, sig) == 1);
    assert_false(is_ignored(SIGUSR1));
    assert_false(is_ignored(SIGSYS));
    /* nohup is not undone. */
    assert_true(is_ignored(SIGHUP));
    assert_true(is_ignored(SIGPIPE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(targets),
            cmocka_unit_test(versions),
            cmocka_unit_test(signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
