/* SPDX-License-Identifier: ISC */
/*
 * The image's first instruction. X0: boot information. SP: 16 bytes below the end
 * of memory. HINT #34 is BTI C: solo5-spt comes by BR X16.
 */
#include "pads.h"
        .cfi_sections .debug_frame
        .section .text, "ax", %progbits
        .globl  _start
        .type   _start, %function
_start:
        .cfi_startproc
        .cfi_undefined x30              /* the end of a debugger's backtrace */
        hint    #34
        mov     x29, xzr
        bl      start                   /* never returns */
        udf     #0
        .cfi_endproc
        .size   _start, . - _start

        .section .note.GNU-stack, "", %progbits
