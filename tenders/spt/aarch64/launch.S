/* SPDX-License-Identifier: ISC */
/*
 * launch(stack_top: x0, entry: x1, boot_info: x2, used: x3, used_end: x4)
 *
 * The stack pointer must be a multiple of 16 (AAPCS64 6.4.5). No register keeps
 * anything of the tender's. To write a vector register clears what SVE has beyond it; the rest of
 * SVE's state the kernel has cleared in the last system call (Linux,
 * Documentation/arch/arm64/sve.rst). BR with X16 or X17 may enter a function that begins
 * with a BTI landing pad for calls (Arm ARM C6.2.41).
 */
        .section island, "ax", %progbits
        .globl launch
        .type launch, %function
launch:
        sub sp, x0, #16
        mov x16, x1
        mov x0, x2
        msr tpidr_el0, xzr
1:      stp xzr, xzr, [x3], #16
        cmp x3, x4
        b.lo 1b
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        movi v\n\().2d, #0
        .endr
        .irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        movi v\n\().2d, #0
        .endr
        msr fpcr, xzr
        msr fpsr, xzr
        .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        mov x\n, xzr
        .endr
        br x16
        .size launch, . - launch

/* go_on_stack(arg: x0, top: x1, f: x2) */
        .globl go_on_stack
        .type go_on_stack, %function
go_on_stack:
        mov sp, x1
        mov x29, xzr
        blr x2
        brk #0
        .size go_on_stack, . - go_on_stack

/* raw_call(nr: x0, x1, x2, x3, x4); the kernel wants x8, x0, x1, x2, x3. */
        .globl raw_call
        .type raw_call, %function
raw_call:
        mov x8, x0
        mov x0, x1
        mov x1, x2
        mov x2, x3
        mov x3, x4
        svc #0
        ret
        .size raw_call, . - raw_call

/*
 * resume(at: x0), a struct sigcontext (Linux, arch/arm64/include/uapi/asm/sigcontext.h): the
 * address of the fault, X0 to X30, SP. To X9, through X16: at a landing pad if it is guarded.
 */
        .globl resume
        .type resume, %function
resume:
        ldr x16, [x0, #8 * 10]
        ldp x18, x19, [x0, #8 * 19]
        ldp x20, x21, [x0, #8 * 21]
        ldp x22, x23, [x0, #8 * 23]
        ldp x24, x25, [x0, #8 * 25]
        ldp x26, x27, [x0, #8 * 27]
        ldp x28, x29, [x0, #8 * 29]
        ldp x30, x17, [x0, #8 * 31]
        mov sp, x17
        br x16
        .size resume, . - resume

        .text
        .globl thread_pointer
        .type thread_pointer, %function
thread_pointer:
        mrs x0, tpidr_el0
        ret
        .size thread_pointer, . - thread_pointer
        .section .note.GNU-stack, "", %progbits
