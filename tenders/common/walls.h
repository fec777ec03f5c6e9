/* SPDX-License-Identifier: ISC */
/*
 * walls.h: what a tender gives up before the guest runs, beside the system calls that
 * sandbox.h forbids. The filter alone would do; these stand behind it, should a call that
 * it must allow turn out to do more than it says.
 *
 * A kernel that lacks one, or an outer sandbox that forbids it, does not stop the guest:
 * what is missing can be reported.
 */
#ifndef WALLS_H
#define WALLS_H

#include <stddef.h>
#include <stdio.h>

/* In the order in which they are raised. */
enum wall {
    WALL_CORE,         /* the process leaves no core file */
    WALL_DESCRIPTORS,  /* none is open but those that are named; 0 is /dev/null, or closed */
    WALL_PRIVILEGES,   /* this thread: none can be gained by executing a file */
    WALL_CAPABILITIES, /* this thread: it has none */
    WALL_BOUNDING,     /* this thread: and none in the bounding set; needs CAP_SETPCAP */
    WALL_LANDLOCK,     /* this thread: it can't open anything, nor connect to anything */
    WALLS
};

struct walls {
    int error[WALLS]; /* why it is missing, 0 if it is not */
};

/*
 * Raise them all for the process and the thread that calls; KEEP[N] are the descriptors that
 * stay open, sorted by this. Nothing can be opened afterwards.
 */
void walls_raise(struct walls *w, int *keep, size_t n);

/* Those of a thread only, for another one of the process: it misses the same ones. */
void walls_raise_thread(void);

/* For -v: a line for those that stand and one for each that is missing, after PREFIX. */
void walls_report(FILE *out, const char *prefix, const struct walls *w);

#endif /* WALLS_H */
