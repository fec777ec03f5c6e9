/* SPDX-License-Identifier: ISC */
/*
 * frame_copy(to: rdi, from: rsi, size: rdx): words, then the last one, which overlaps them.
 */
        .text
        .globl frame_copy
        .type frame_copy, @function
frame_copy:
        movq -8(%rsi, %rdx), %rax
        leaq -8(%rdi, %rdx), %r8
        movq %rdx, %rcx
        shrq $3, %rcx
        rep movsq
        movq %rax, (%r8)
        ret
        .size frame_copy, . - frame_copy
        .section .note.GNU-stack, "", @progbits
