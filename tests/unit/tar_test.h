/* SPDX-License-Identifier: ISC */
/* tar_test.h: headers of archives that tests have changed. */
#ifndef TAR_TEST_H
#define TAR_TEST_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../../examples/httpd/tar.h"

static inline void set_checksum(uint8_t *b)
{
    unsigned sum = 0;

    memset(b + 148, ' ', 8);
    for (unsigned i = 0; i < TAR_BLOCK; i++)
        sum += b[i];
    snprintf((char *)b + 148, 8, "%06o", sum);
}

#endif /* TAR_TEST_H */
