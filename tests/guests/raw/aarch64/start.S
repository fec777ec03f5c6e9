/* SPDX-License-Identifier: ISC */
/*
 * start.S: save what the guest was entered with, then go on in C on the same stack.
 * The frame pointer and link register are saved with the others first.
 */
    .section .text._start, "ax"
    .globl _start
    .type _start, %function
_start:
    stp x0, x1, [sp, #-16]!
    adrp x1, raw_regs
    add x1, x1, :lo12:raw_regs
    stp x2, x3, [x1, #16]
    stp x4, x5, [x1, #32]
    stp x6, x7, [x1, #48]
    stp x8, x9, [x1, #64]
    stp x10, x11, [x1, #80]
    stp x12, x13, [x1, #96]
    stp x14, x15, [x1, #112]
    stp x16, x17, [x1, #128]
    stp x18, x19, [x1, #144]
    stp x20, x21, [x1, #160]
    stp x22, x23, [x1, #176]
    stp x24, x25, [x1, #192]
    stp x26, x27, [x1, #208]
    stp x28, x29, [x1, #224]
    ldp x2, x3, [sp], #16
    stp x2, x3, [x1]
    mov x2, sp
    stp x30, x2, [x1, #240]
    b raw_main

    .bss
    .balign 16
    .globl raw_regs
raw_regs:
    .zero 256
    .section .note.GNU-stack, "", %progbits
