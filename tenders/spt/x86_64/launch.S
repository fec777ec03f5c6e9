/* SPDX-License-Identifier: ISC */
/*
 * launch(stack_top: rdi, entry: rsi, boot_info: rdx)
 *
 * The System V ABI (x86-64 psABI 3.2.2) wants rsp + 8 to be a multiple of 16 where
 * a function begins. The word at rsp, a return address of 0, is there: memory is
 * zero. No register keeps anything of the tender's.
 */
        .text
        .globl launch
        .type launch, @function
launch:
        leaq -8(%rdi), %rsp
        movq %rsi, %rax
        movq %rdx, %rdi
        xorl %ebx, %ebx
        xorl %ecx, %ecx
        xorl %edx, %edx
        xorl %esi, %esi
        xorl %ebp, %ebp
        xorl %r8d, %r8d
        xorl %r9d, %r9d
        xorl %r10d, %r10d
        xorl %r11d, %r11d
        xorl %r12d, %r12d
        xorl %r13d, %r13d
        xorl %r14d, %r14d
        xorl %r15d, %r15d
        cld
        jmp *%rax
        .size launch, . - launch

/* raw_call(nr: rdi, rsi, rdx, rcx, r8); the kernel wants rax, rdi, rsi, rdx, r10. */
        .globl raw_call
        .type raw_call, @function
raw_call:
        movq %rdi, %rax
        movq %rsi, %rdi
        movq %rdx, %rsi
        movq %rcx, %rdx
        movq %r8, %r10
        syscall
        ret
        .size raw_call, . - raw_call
        .section .note.GNU-stack, "", @progbits
