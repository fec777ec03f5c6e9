/* SPDX-License-Identifier: ISC */
/*
 * The exception vectors: 16 entries of 128 bytes, 2 KiB aligned (Arm ARM D1.4.1.4,
 * VBAR_EL1).
 *
 * The stack pointer may be what caused the exception, so nothing is pushed. All
 * registers go to cpu_trap_frame (struct trap_frame in cpu.c); TPIDR_EL1 and
 * TPIDRRO_EL0, which have no other use here, hold two of them until it is
 * addressed. The handler has its own stack. Nothing ever returns. The registers are
 * described so that a debugger can step from the handler to what was interrupted: X19
 * holds the frame's address, as the handler's prologue keeps it.
 *
 * An exception sets PSTATE.BTYPE to 0: there need be no landing pad (BTI) here.
 */
#include "pads.h"

/* Registers that are in the frame one after the other from OFFSET. */
        .macro  describe offset, register, registers:vararg
        .cfi_offset \register, \offset
        .ifnb   \registers
        describe (\offset + 8), \registers
        .endif
        .endm

#define DWARF_PC 32 /* DWARF for the Arm 64-bit Architecture (AADWARF64), 4.1 */

        .cfi_sections .debug_frame
        .macro  trap_entry number
        .balign 128
        msr     tpidr_el1, x0
        msr     tpidrro_el0, x1
        mov     x1, #\number
        b       trap_common
        .endm

        .section .exception.text, "ax", %progbits
        .globl  cpu_vectors
        .type   cpu_vectors, %object
        .balign 2048
cpu_vectors:
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        trap_entry \n
        .endr
        .balign 128
        .size   cpu_vectors, . - cpu_vectors

        .type   trap_common, %function
trap_common:
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_return_column DWARF_PC
        adrp    x0, cpu_trap_frame
        add     x0, x0, :lo12:cpu_trap_frame
        stp     x2, x3, [x0, #16]
        stp     x4, x5, [x0, #32]
        stp     x6, x7, [x0, #48]
        stp     x8, x9, [x0, #64]
        stp     x10, x11, [x0, #80]
        stp     x12, x13, [x0, #96]
        stp     x14, x15, [x0, #112]
        stp     x16, x17, [x0, #128]
        stp     x18, x19, [x0, #144]
        stp     x20, x21, [x0, #160]
        stp     x22, x23, [x0, #176]
        stp     x24, x25, [x0, #192]
        stp     x26, x27, [x0, #208]
        stp     x28, x29, [x0, #224]
        mov     x2, sp
        stp     x30, x2, [x0, #240]
        mrs     x2, tpidr_el1
        mrs     x3, tpidrro_el0
        stp     x2, x3, [x0]
        mrs     x2, elr_el1
        mrs     x3, spsr_el1
        stp     x2, x3, [x0, #256]
        mrs     x2, esr_el1
        mrs     x3, far_el1
        stp     x2, x3, [x0, #272]
        adrp    x2, cpu_trap_stack_end
        add     x2, x2, :lo12:cpu_trap_stack_end
        mov     sp, x2
        mov     x19, x0
        .cfi_def_cfa x19, 0
        describe 0, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15
        describe 128, x16, x17, x18, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30
        describe 248, sp
        describe 256, DWARF_PC
        mov     x29, xzr
        bl      cpu_trap                /* (frame, number), never returns */
        udf     #0
        .cfi_endproc
        .size   trap_common, . - trap_common

        .section .bss.cpu_trap_stack, "aw", %nobits
        .balign 16
        .skip   4096
cpu_trap_stack_end:

        .section .note.GNU-stack, "", %progbits
