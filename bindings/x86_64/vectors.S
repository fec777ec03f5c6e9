/* SPDX-License-Identifier: ISC */
/*
 * One entry of 16 bytes per exception. Each makes the same frame: the CPU pushes
 * SS, RSP, RFLAGS, CS, RIP and for some exceptions an error code (SDM 3, 6.14);
 * the entry adds 0 where there is none, and the exception's number. cpu.c has the
 * frame as struct trap_frame.
 *
 * Every exception runs on a stack of its own (cpu.c) and never returns. Registers are
 * kept for core files, and described so that a debugger can step from the handler
 * to what was interrupted: RBX holds the frame's address, as the handler's prologue
 * keeps it.
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

/* In the order of struct hvt_gpr_x86_64, last first. */
        .macro  push_all register, registers:vararg
        pushq   %\register
        .ifnb   \registers
        push_all \registers
        .endif
        .endm

/* The CPU's frame is 17 words above RBX; the registers, one word each, begin there. */
        .macro  describe offset, register, registers:vararg
        .cfi_offset \register, \offset
        .ifnb   \registers
        describe (\offset + 8), \registers
        .endif
        .endm

        .cfi_sections .debug_frame
        .type   trap_common, @function
trap_common:
        .cfi_startproc simple
        .cfi_signal_frame
        cld
        push_all r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
        movq    %rsp, %rbx
        .cfi_def_cfa rbx, 0
        describe 0, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
        .cfi_offset rip, 17 * 8
        .cfi_offset rsp, 20 * 8
        movq    %rsp, %rdi
        xorl    %ebp, %ebp
        andq    $-16, %rsp
        call    cpu_trap                /* never returns; its return address is here */
        ud2
        .cfi_endproc
        .size   trap_common, . - trap_common

        .section .note.GNU-stack, "", @progbits
