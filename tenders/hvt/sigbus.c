/* SPDX-License-Identifier: ISC */
/*
 * sigbus.c: a page of a file that was not there any more when it was needed. mmap(2)
 * promises SIGBUS to whoever touches it; KVM_RUN and other system calls fail with EFAULT. If it
 * is the image's, that is the end; of a device's, a copy has failed.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "copy.h"
#include "hvt.h"

static const struct hvt *guest __attribute__((section(".data"))); /* as my_pid of signals.c */
static sigjmp_buf back; /* to sigbus_copy(), of which there is one at a time */
static volatile bool copying;

static bool is_of_image(const struct hvt *hvt, const uint8_t *p)
{
    for (size_t i = 0; i < hvt->mapped.count; i++) {
        struct guest_mem_range r = hvt->mapped.range[i];
        const uint8_t *start = guest_mem_read(&hvt->mem, r.start, r.end - r.start);
        if (start && p >= start && p < start + (r.end - r.start))
            return true;
    }
    return false;
}

/* Of the first thread: the ring's touches no device's. */
static bool is_of_copy(const struct hvt *hvt, uintptr_t p)
{
    struct guest_mem_range r = hvt->devices.maps.range;

    return copying && p >= r.start && p < r.end;
}

/*
 * Does not return: the access would fail again. Nor is the signal blocked meanwhile, so there
 * is no mask to restore.
 */
static void on_sigbus(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    bool lost = info->si_code == BUS_ADRERR || info->si_code == BUS_MCEERR_AR;

    if (lost && is_of_copy(guest, (uintptr_t)info->si_addr))
        siglongjmp(back, 1);
    /* Defective memory can be anywhere, also behind the image. */
    bool image = info->si_code == BUS_ADRERR && is_of_image(guest, info->si_addr);
    const char *what = image
            ? "the image file became shorter or could not be read while it was in use: replace "
              "images by renaming, or use --copy-image"
            : "a page of this host's memory could not be read (SIGBUS)";
    signals_say((const char *const[]){"solo5-hvt: ", guest->options.kernel, ": ", what, NULL});
    _exit(1);
}

int sigbus_install(const struct hvt *hvt, struct err *err)
{
    struct sigaction sa = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_NODEFER};

    guest = hvt;
    if (sigaction(SIGBUS, &sa, NULL) != 0)
        return err_errno(err, "could not set the action of signal %d", SIGBUS);
    return 0;
}

void sigbus_probe(const struct hvt *hvt)
{
    for (size_t i = 0; i < hvt->mapped.count; i++) {
        struct guest_mem_range r = hvt->mapped.range[i];
        for (uint64_t gpa = r.start; gpa < r.end; gpa += hvt->mem.page) {
            const volatile uint8_t *p = guest_mem_read(&hvt->mem, gpa, 1);
            if (p)
                (void)*p;
        }
    }
}

void sigbus_check(const struct hvt *hvt)
{
    if (errno == EFAULT)
        sigbus_probe(hvt);
}

/* Not within the function to which one may jump: that keeps no variable in a register. */
static __attribute__((noinline)) void copy_all(void *to, const struct block_map_part *part,
        size_t size)
{
    copy_words(to, part->data, size / sizeof(copy_word));
    /* The page behind was still there when all of them had been read. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    (void)*(const volatile uint8_t *)part->probe;
}

bool sigbus_copy(void *to, const struct block_map_part *part, size_t size)
{
    bool done = false;

    if (sigsetjmp(back, 0) == 0) {
        copying = true;
        copy_all(to, part, size);
        done = true;
    }
    copying = false;
    return done;
}
