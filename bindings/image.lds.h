/* SPDX-License-Identifier: ISC */
/*
 * image.lds.h: the linker script of every target, run through the C preprocessor.
 * The including <target>/solo5_<target>.lds.S has chosen:
 *
 *   TEXT_FLAGS       flags of the segment with the code
 *   EXT_NOTE         defined: the bindings have a note about extensions
 *   EXT_KNOWN        those in it
 *   PIE              defined (build.mk): the image can be at any address
 *
 * With PIE, the tender changes pointers before it protects memory, so that those that the
 * program doesn't change are read-only, in a segment with the constants.
 *
 * A loader takes whole pages, so a segment begins on a new one where the permissions
 * change. PAGE is the largest page of any host of this CPU: the wrappers say it with
 * -z max-page-size, which also makes ld place segments in the file so that they can be
 * mapped. What the sections below do not list, ld would place by itself, perhaps into
 * a segment of other flags.
 */
#ifdef PIE
#define EXT_PIE 0x20 /* EXT_F_PIE */
#define EXT_BTI 0x440 /* EXT_F_BTI, EXT_F_PAC, if the wrapper has defined _solo5_bti */
#define LOWEST 0x100000
#define START 0 /* of anything else, ld makes ET_EXEC */
#define RODATA_ALIGN MAX(ALIGNOF(.rodata), ALIGNOF(.data.rel.ro))
#else
#define RODATA_ALIGN ALIGNOF(.rodata)
#define START 0x100000
#endif

#define PAGE CONSTANT(MAXPAGESIZE)
#define SMALL_PAGE 0x1000
/*
 * Between two segments with these sections: tenders round the end of the one up to its
 * alignment, and the start of the other, where smaller sections may be, down to its own.
 */
#define SEGMENT_END(section) ALIGN(MAX(PAGE, ALIGNOF(section)))
#define BORDER(before, after) ALIGN(MAX(MAX(PAGE, before), after))
#define PF_X 1
#define PF_W 2
#define PF_R 4

ENTRY(_start)

PHDRS
{
    interp PT_INTERP;
    text PT_LOAD FLAGS(TEXT_FLAGS);
    rodata PT_LOAD FLAGS(PF_R);
    data PT_LOAD FLAGS(PF_R | PF_W);
    tdata PT_LOAD FLAGS(PF_R);
    tls PT_TLS FLAGS(PF_R);
    bss PT_LOAD FLAGS(PF_R | PF_W);
    note_not_openbsd PT_NOTE FLAGS(PF_R); /* must be the first note */
    note_abi PT_NOTE FLAGS(PF_R);
    note_manifest PT_NOTE FLAGS(PF_R);
#ifdef EXT_NOTE
    note_ext PT_NOTE FLAGS(PF_R); /* behind the three that every Solo5 knows */
#endif
}

SECTIONS
{
    . = START;
    _stext = .;

    .interp : { KEEP(*(.interp)) } :interp :text
    .text : {
        *(.text .text.* .gnu.linkonce.t.*)
        *(.init .fini .plt .iplt)
    } :text
    .exception.text : { *(.exception.text) } :text

    . = BORDER(ALIGNOF(.text), RODATA_ALIGN);
    _etext = .;

    .note.solo5.not_openbsd : { KEEP(*(.note.solo5.not_openbsd)) } :rodata :note_not_openbsd
    .note.solo5.abi : { KEEP(*(.note.solo5.abi)) } :rodata :note_abi
    .note.solo5.manifest : { KEEP(*(.note.solo5.manifest)) } :rodata :note_manifest
#if defined PIE
    /* ext_abi.h: struct ext1_note, with a struct ext1_pie as its content. */
    .note.solo5.ext : ALIGN(4) {
        LONG(6) LONG(36) LONG(0x31545845)
        LONG(0x6f6c6f53) LONG(0x35)
        LONG(1) QUAD(EXT_KNOWN | EXT_PIE | (DEFINED(_solo5_bti) ? EXT_BTI : 0)) QUAD(_end + LOWEST)
        QUAD(ADDR(.rela.dyn)) QUAD(SIZEOF(.rela.dyn))
    } :rodata :note_ext
    .rela.dyn : { *(.rela.*) } :rodata
#elif defined EXT_NOTE
    .note.solo5.ext : { KEEP(*(.note.solo5.ext)) } :rodata :note_ext
#endif
    .rodata : {
#ifdef PIE
        . = ALIGN(8);
        _tls_numbers = .; /* tls.c */
        QUAD(_ltdata) QUAD(_ltls) QUAD(_atls)
#endif
        *(.rodata .rodata.* .rodata1 .gnu.linkonce.r.*)
        *(.gcc_except_table .gcc_except_table.*)
    } :rodata
    .eh_frame : { KEEP(*(.eh_frame .eh_frame.*)) } :rodata
#ifdef PIE
    .got : { *(.got.plt .igot.plt) *(.got .igot) } :rodata
    .data.rel.ro : {
        *(.data.rel.ro .data.rel.ro.*)
        *(.preinit_array .preinit_array.*) /* never run: an application's own affair */
        *(.init_array .init_array.* .ctors .ctors.*)
        *(.fini_array .fini_array.* .dtors .dtors.*)
    } :rodata
#endif

    . = BORDER(RODATA_ALIGN, ALIGNOF(.data));
    _erodata = .;

#ifndef PIE
    .got : { *(.got.plt .igot.plt) *(.got .igot) } :data
#endif
    .data : {
        *(.data.rel.ro .data.rel.ro.*)
        *(.data .data.* .gnu.linkonce.d.*)
        *(.preinit_array .preinit_array.*) /* never run: an application's own affair */
        *(.init_array .init_array.* .ctors .ctors.*)
        *(.fini_array .fini_array.* .dtors .dtors.*)
        *(.tm_clone_table)
    } :data

    /* Pages of its own only for a template that there is; else BSS shares the data's. */
    _erwdata = .;
    . = SEGMENT_END(.data);
    .tdata : { *(.tdata .tdata.* .gnu.linkonce.td.*) } :tdata :tls
    . = SIZEOF(.tdata) > 0 ? . : _erwdata;
    _edata = .;
    .tbss : { *(.tbss .tbss.* .gnu.linkonce.tb.* .tcommon) } :tls

    . = SIZEOF(.tdata) > 0 ? ALIGN(PAGE) : .;
    .bss : { *(.bss .bss.* .gnu.linkonce.b.* COMMON) } :bss

    . = ALIGN(SMALL_PAGE);
    _ebss = .;
    _end = .;

    /* The template of thread-local variables, for tls.c. */
    _stdata = ADDR(.tdata);
    _ltdata = ABSOLUTE(SIZEOF(.tdata));
    _ltbss = ABSOLUTE(SIZEOF(.tbss));
    _atls = ABSOLUTE(MAX(MAX(ALIGNOF(.tdata), ALIGNOF(.tbss)), 1));
    _ltls = ABSOLUTE(ALIGN(SIZEOF(.tdata), MAX(ALIGNOF(.tbss), 1)) + SIZEOF(.tbss));

    /DISCARD/ : {
#ifdef PIE
        *(.note.solo5.ext)
        *(.dynamic) *(.dynsym) *(.dynstr) *(.hash) *(.gnu.hash) *(.gnu.version*)
#endif
        *(.note.gnu.*) *(.note.GNU-stack) *(.gnu_debuglink) *(.gnu.lto_*)
    }
}
