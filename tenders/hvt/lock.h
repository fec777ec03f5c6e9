/* SPDX-License-Identifier: ISC */
/*
 * lock.h: a lock that threads of a confined tender wait for. A mutex of the C library would do, but
 * each library calls futex(2) for another word of it, and the filter has to know which.
 */
#ifndef HVT_LOCK_H
#define HVT_LOCK_H

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOCK_FREE, LOCK_TAKEN, LOCK_WAITED_FOR };

/* All 0: free. */
struct lock {
    int word; /* a futex */
};

/* Who had to wait can't know whether others still do, and takes it as if. */
static inline void lock_take(struct lock *lock)
{
    int old = LOCK_FREE;

    if (__atomic_compare_exchange_n(&lock->word, &old, LOCK_TAKEN, 0, __ATOMIC_ACQUIRE,
                __ATOMIC_RELAXED))
        return;
    while (__atomic_exchange_n(&lock->word, LOCK_WAITED_FOR, __ATOMIC_ACQUIRE) != LOCK_FREE)
        syscall(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, LOCK_WAITED_FOR, NULL, NULL, 0);
}

static inline void lock_release(struct lock *lock)
{
    if (__atomic_exchange_n(&lock->word, LOCK_FREE, __ATOMIC_RELEASE) == LOCK_WAITED_FOR)
        syscall(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#endif /* HVT_LOCK_H */
