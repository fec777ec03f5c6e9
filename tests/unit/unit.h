/* SPDX-License-Identifier: ISC */
/* unit.h: cmocka with what it needs in front of it. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "err.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* A call failed and its sentence has this in it. */
#define assert_fails(call, err, words)                                         \
    do {                                                                       \
        (err).text[0] = 0;                                                     \
        assert_int_equal((call), -1);                                          \
        if (!strstr((err).text, (words)))                                      \
            fail_msg("'%s' is not in: %s", (words), (err).text);               \
    } while (0)

#define assert_works(call, err)                                                \
    do {                                                                       \
        (err).text[0] = 0;                                                     \
        if ((call) != 0)                                                       \
            fail_msg("%s: %s", #call, (err).text);                             \
    } while (0)

#endif /* UNIT_H */
