/* SPDX-License-Identifier: ISC */
/*
 * hooks.h: the debugger's seam, where solo5-hvt and solo5-hvt-debug differ. One is
 * linked with hooks_none.c, the other with debug/: solo5-hvt has neither the options
 * nor the code, so nothing can turn it on.
 */
#ifndef HVT_HOOKS_H
#define HVT_HOOKS_H

#include "hvt.h"

/* The program's name, and options beyond the tender's. */
extern const struct options_more hooks_options;

/* After the options were read: take what they ask for. */
int hooks_start(struct err *err);

/* What --show-policy prints: 0, or -1 if there is nothing. */
int hooks_show_policy(const struct hvt *hvt);

/* The last thing before the guest runs: give up what it does not need. */
int hooks_confine(const struct hvt *hvt, struct err *err);

/* The guest has ended with STATUS, or was ended if STATUS is -1. */
void hooks_end(const struct hvt *hvt, int status);

#endif /* HVT_HOOKS_H */
