/* SPDX-License-Identifier: ISC */
/*
 * The image's first instruction. RDI: boot information. RSP: as after a call, the
 * return address is zero.
 */
        .section .text, "ax", @progbits
        .globl  _start
        .type   _start, @function
_start:
        cld
        xorl    %ebp, %ebp              /* the end of a debugger's backtrace */
        jmp     start
        .size   _start, . - _start

        .section .note.GNU-stack, "", @progbits
