/* SPDX-License-Identifier: ISC */
/*
 * trap.S: uint64_t cpu_try(void (*f)(void)). An exception's vector forgets what was
 * interrupted and returns from cpu_try() with 1 + the exception class (DDI 0487, D19.2,
 * ESR_EL1.EC): at EL1 with everything masked the state is the same before and behind.
 */
    .text
    .globl cpu_try
    .type cpu_try, %function
cpu_try:
    adrp x9, saved
    add x9, x9, :lo12:saved
    stp x19, x20, [x9]
    stp x21, x22, [x9, #16]
    stp x23, x24, [x9, #32]
    stp x25, x26, [x9, #48]
    stp x27, x28, [x9, #64]
    stp x29, x30, [x9, #80]
    mov x10, sp
    mrs x11, vbar_el1
    stp x10, x11, [x9, #96]
    adr x10, vectors
    msr vbar_el1, x10
    isb
    blr x0
    mov x0, #0
    b leave
trapped:
    mrs x0, esr_el1
    lsr x0, x0, #26
    add x0, x0, #1
leave:
    adrp x9, saved
    add x9, x9, :lo12:saved
    ldp x19, x20, [x9]
    ldp x21, x22, [x9, #16]
    ldp x23, x24, [x9, #32]
    ldp x25, x26, [x9, #48]
    ldp x27, x28, [x9, #64]
    ldp x29, x30, [x9, #80]
    ldp x10, x11, [x9, #96]
    msr spsel, #1
    mov sp, x10
    msr vbar_el1, x11
    msr daifset, #15
    isb
    ret

    .balign 2048
vectors:
    .rept 16
    .balign 128
    b trapped
    .endr

    .bss
    .balign 16
saved:
    .zero 112
    .section .note.GNU-stack, "", %progbits
