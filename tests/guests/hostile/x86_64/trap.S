/* SPDX-License-Identifier: ISC */
/*
 * trap.S: uint64_t cpu_try(void (*f)(void)). An exception's handler forgets what was
 * interrupted and returns from cpu_try() with 1 + the vector: in ring 0 with interrupts
 * off the state is the same before and behind.
 */
    .text
    .globl cpu_try
    .type cpu_try, @function
cpu_try:
    mov %rbx, saved(%rip)
    mov %rbp, saved+8(%rip)
    mov %r12, saved+16(%rip)
    mov %r13, saved+24(%rip)
    mov %r14, saved+32(%rip)
    mov %r15, saved+40(%rip)
    mov %rsp, saved+48(%rip)
    sidt saved_idt(%rip)
    lidt cpu_idt_register(%rip)
    sub $8, %rsp
    call *%rdi
    xor %eax, %eax
trapped:
    mov saved(%rip), %rbx
    mov saved+8(%rip), %rbp
    mov saved+16(%rip), %r12
    mov saved+24(%rip), %r13
    mov saved+32(%rip), %r14
    mov saved+40(%rip), %r15
    mov saved+48(%rip), %rsp
    lidt saved_idt(%rip)
    push $2
    popfq
    ret

/* Vector N is at cpu_stubs + 16 * N. */
    .globl cpu_stubs
    .balign 16
cpu_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    mov $vector + 1, %eax
    jmp trapped
    .set vector, vector + 1
    .endr

    .bss
    .balign 16
saved:
    .zero 56
saved_idt:
    .zero 16
    .section .note.GNU-stack, "", @progbits
