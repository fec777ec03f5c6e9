/* SPDX-License-Identifier: ISC */
/*
 * The image's first instruction. X0: boot information. SP: 16 bytes below the end
 * of memory.
 */
        .section .text, "ax", %progbits
        .globl  _start
        .type   _start, %function
_start:
        mov     x29, xzr                /* the end of a debugger's backtrace */
        mov     x30, xzr
        b       start
        .size   _start, . - _start

        .section .note.GNU-stack, "", %progbits
