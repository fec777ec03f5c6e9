/* SPDX-License-Identifier: ISC */
/*
 * pads.h: for assembler: this file's code has landing pads (ELF for the Arm 64-bit
 * Architecture, AAELF64, "Program Property": GNU_PROPERTY_AARCH64_FEATURE_1_AND, BTI).
 */
        .pushsection .note.gnu.property, "a"
        .balign 8
        .long   4, 16, 5                /* sizes of name and content, NT_GNU_PROPERTY_TYPE_0 */
        .asciz  "GNU"
        .long   0xc0000000, 4, 1, 0     /* feature 1, size of its value, BTI, padding */
        .popsection
