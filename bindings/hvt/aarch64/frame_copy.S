/* SPDX-License-Identifier: ISC */
/*
 * frame_copy(to: x0, from: x1, size: x2): 256 bytes at a time, and at last, again in part, the
 * last 256. Of the registers for vectors it takes those that every call may change (AAPCS64).
 */
#include "pads.h"

        .arch_extension simd            /* the rest is built without: -mgeneral-regs-only */
        .text
        .globl frame_copy
        .type frame_copy, %function
frame_copy:
        hint #34                        /* BTI C */
        sub x2, x2, #256
        add x3, x0, x2
        add x4, x1, x2
1:      ld1 {v0.16b - v3.16b}, [x1], #64
        ld1 {v4.16b - v7.16b}, [x1], #64
        ld1 {v16.16b - v19.16b}, [x1], #64
        ld1 {v20.16b - v23.16b}, [x1], #64
        subs x2, x2, #256
        st1 {v0.16b - v3.16b}, [x0], #64
        st1 {v4.16b - v7.16b}, [x0], #64
        st1 {v16.16b - v19.16b}, [x0], #64
        st1 {v20.16b - v23.16b}, [x0], #64
        b.hi 1b
        ld1 {v0.16b - v3.16b}, [x4], #64
        ld1 {v4.16b - v7.16b}, [x4], #64
        ld1 {v16.16b - v19.16b}, [x4], #64
        ld1 {v20.16b - v23.16b}, [x4]
        st1 {v0.16b - v3.16b}, [x3], #64
        st1 {v4.16b - v7.16b}, [x3], #64
        st1 {v16.16b - v19.16b}, [x3], #64
        st1 {v20.16b - v23.16b}, [x3]
        ret
        .size frame_copy, . - frame_copy
        .section .note.GNU-stack, "", %progbits
