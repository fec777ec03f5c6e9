/* SPDX-License-Identifier: ISC */
/*
 * attack.h: what hostile guests share. An attack is a row of a table: its name is the
 * guest's command line, and the case (tests/system/suite/84-hostile.cfg) knows what must
 * come of it.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include "lib.h"

/* Tables end with a row without a name. */
struct attack {
    const char *name;
    void (*run)(void);
};

/* Run the row of that name, if it is there. */
void attack_run(const struct attack *table, const char *name);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif /* ATTACK_H */
