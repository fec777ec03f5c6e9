/* SPDX-License-Identifier: ISC */
/*
 * launch(stack_top: rdi, entry: rsi, boot_info: rdx, used: rcx, used_end: r8)
 *
 * The System V ABI (x86-64 psABI 3.2.2) wants rsp + 8 to be a multiple of 16 where
 * a function begins. The word at rsp, a return address of 0, is there: memory is
 * zero. No register keeps anything of the tender's; the base of thread-local storage, which
 * only the kernel can set everywhere, is among them: arch_prctl(ARCH_SET_FS, 0).
 */
        .section island, "ax", @progbits

/*
 * Of the FPU: the memory that has been cleared is an area of XRSTOR's whose header says that each
 * component is as in the beginning (Intel SDM, vol. 1, 13.8). Some CPUs read all of it.
 * Components: x87, SSE, AVX, AVX-512's three and APX, all that programs are compiled for.
 */
        .set COMPONENTS, 1 << 0 | 1 << 1 | 1 << 2 | 7 << 5 | 1 << 19
initial_mxcsr:
        .long 0x1f80

        .globl launch
        .type launch, @function
launch:
        movq %rdi, %r12
        movq %rsi, %r9
        movq %rdx, %r10
        movq %rcx, %r13
        movl $158, %eax
        movl $0x1002, %edi
        xorl %esi, %esi
        syscall
        leaq -8(%r12), %rsp
        cld
        movq %r13, %rdi
        movq %r8, %rcx
        subq %r13, %rcx
        xorl %eax, %eax
        rep stosb
        fxrstor64 (%r13)
        /* CPUID.1:ECX.OSXSAVE */
        movl $1, %eax
        xorl %ecx, %ecx
        cpuid
        btl $27, %ecx
        jnc 1f
        movl $COMPONENTS, %eax
        xorl %edx, %edx
        xrstor64 (%r13)
1:      fninit
        ldmxcsr initial_mxcsr(%rip)
        movq %r9, %rax
        movq %r10, %rdi
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
        jmp *%rax
        .size launch, . - launch

/* go_on_stack(arg: rdi, top: rsi, f: rdx) */
        .globl go_on_stack
        .type go_on_stack, @function
go_on_stack:
        movq %rsi, %rsp
        xorl %ebp, %ebp
        call *%rdx
        ud2
        .size go_on_stack, . - go_on_stack

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

/*
 * resume(at: rdi), a struct sigcontext_64 (Linux, arch/x86/include/uapi/asm/sigcontext.h): R8 to
 * R15, RDI, RSI, RBP, RBX, RDX, RAX, RCX, RSP, RIP, flags, six other words, and where the FPU's
 * state is, of which a function keeps the control words. The kernel has reset these, and DF.
 */
        .globl resume
        .type resume, @function
resume:
        movq 8*23(%rdi), %rax
        testq %rax, %rax
        jz 1f
        fldcw (%rax)
        ldmxcsr 24(%rax)
1:      movq 8*3(%rdi), %r11
        movq 8*4(%rdi), %r12
        movq 8*5(%rdi), %r13
        movq 8*6(%rdi), %r14
        movq 8*7(%rdi), %r15
        movq 8*10(%rdi), %rbp
        movq 8*11(%rdi), %rbx
        movq 8*15(%rdi), %rsp
        jmp *%r11
        .size resume, . - resume

/* By the ABI its first word is its own address. */
        .text
        .globl thread_pointer
        .type thread_pointer, @function
thread_pointer:
        movq %fs:0, %rax
        ret
        .size thread_pointer, . - thread_pointer
        .section .note.GNU-stack, "", @progbits
