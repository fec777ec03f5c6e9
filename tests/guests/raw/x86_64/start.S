/* SPDX-License-Identifier: ISC */
/*
 * start.S: save what the guest was entered with, then go on in C on the same
 * stack, which is aligned as behind a call.
 */
    .section .text._start, "ax"
    .globl _start
    .type _start, @function
_start:
    mov %rax, raw_regs(%rip)
    mov %rbx, raw_regs+8(%rip)
    mov %rcx, raw_regs+16(%rip)
    mov %rdx, raw_regs+24(%rip)
    mov %rsi, raw_regs+32(%rip)
    mov %rdi, raw_regs+40(%rip)
    mov %rbp, raw_regs+48(%rip)
    mov %rsp, raw_regs+56(%rip)
    mov %r8, raw_regs+64(%rip)
    mov %r9, raw_regs+72(%rip)
    mov %r10, raw_regs+80(%rip)
    mov %r11, raw_regs+88(%rip)
    mov %r12, raw_regs+96(%rip)
    mov %r13, raw_regs+104(%rip)
    mov %r14, raw_regs+112(%rip)
    mov %r15, raw_regs+120(%rip)
    mov (%rsp), %rax
    mov %rax, raw_regs+136(%rip)
    pushfq
    pop raw_regs+128(%rip)
    cld
    jmp raw_main

    .bss
    .balign 16
    .globl raw_regs
raw_regs:
    .zero 144
    .section .note.GNU-stack, "", @progbits
