/* SPDX-License-Identifier: ISC */
/*
 * block_copy(to: rdi, from: rsi, size: rdx, probe: rcx). At `lost` only RSP and what a function
 * keeps are as they were.
 */
        .text
        .globl block_copy
        .type block_copy, @function
block_copy:
        leaq lost(%rip), %r11
        movq %rcx, %rax
        movq %rdx, %rcx
        shrq $3, %rcx
        rep movsq
        lfence                          /* the probe after all of them */
        movb (%rax), %al
        movl $1, %eax
        ret
lost:   xorl %eax, %eax
        ret
        .size block_copy, . - block_copy
        .section .note.GNU-stack, "", @progbits
