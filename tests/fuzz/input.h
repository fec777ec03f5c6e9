/* SPDX-License-Identifier: ISC */
/* input.h: numbers of an input, zeros when it is over. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct input {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t next_byte(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static inline uint64_t next_raw(struct input *in)
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++)
        v |= (uint64_t)next_byte(in) << 8 * i;
    return v;
}

#endif /* FUZZ_INPUT_H */
