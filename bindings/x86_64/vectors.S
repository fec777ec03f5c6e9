/* SPDX-License-Identifier: ISC */
/*
 * One entry of 16 bytes per exception. Each makes the same frame: the CPU pushes
 * SS, RSP, RFLAGS, CS, RIP and for some exceptions an error code (SDM 3, 6.14);
 * the entry adds 0 where there is none, and the exception's number. cpu.c has the
 * frame as struct trap_frame.
 *
 * Every exception runs on a stack of its own (cpu.c) and never returns, so that
 * nothing has to be saved.
 */
        .macro  trap_entry number
        .balign 16
        pushq   $0
        pushq   $\number
        jmp     trap_common
        .endm

        .macro  trap_entry_code number
        .balign 16
        pushq   $\number
        jmp     trap_common
        .endm

        .section .text, "ax", @progbits
        .globl  cpu_trap_entries
        .type   cpu_trap_entries, @function
        .balign 16
cpu_trap_entries:
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
        trap_entry \n
        .endr
        trap_entry_code 8               /* #DF */
        trap_entry 9
        .irp    n, 10, 11, 12, 13, 14   /* #TS, #NP, #SS, #GP, #PF */
        trap_entry_code \n
        .endr
        trap_entry 15
        trap_entry 16
        trap_entry_code 17              /* #AC */
        .irp    n, 18, 19, 20
        trap_entry \n
        .endr
        trap_entry_code 21              /* #CP */
        .irp    n, 22, 23, 24, 25, 26, 27, 28
        trap_entry \n
        .endr
        trap_entry_code 29              /* AMD: #VC */
        trap_entry_code 30              /* AMD: #SX */
        trap_entry 31
        .balign 16
        .size   cpu_trap_entries, . - cpu_trap_entries

        .type   trap_common, @function
trap_common:
        cld
        movq    %rsp, %rdi
        xorl    %ebp, %ebp
        andq    $-16, %rsp
        call    cpu_trap
        .size   trap_common, . - trap_common

        .section .note.GNU-stack, "", @progbits
