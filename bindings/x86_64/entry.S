/* SPDX-License-Identifier: ISC */
/*
 * The image's first instruction. RDI: boot information. RSP: as after a call, the
 * return address is zero.
 */
        .cfi_sections .debug_frame
        .section .text, "ax", @progbits
        .globl  _start
        .type   _start, @function
_start:
        .cfi_startproc
        .cfi_undefined rip              /* the end of a debugger's backtrace */
        cld
        xorl    %ebp, %ebp
        pushq   $0                      /* the call finds the stack aligned */
        .cfi_adjust_cfa_offset 8
        call    start                   /* never returns */
        ud2
        .cfi_endproc
        .size   _start, . - _start

        .section .note.GNU-stack, "", @progbits
