/* SPDX-License-Identifier: ISC */
/*
 * tls_layout.c: a thread's block, for both ways CPUs have it.
 *
 * Compilers and linkers address thread-local variables at fixed distances from the
 * thread pointer TP (local-exec model), which follow from the size and alignment A
 * of the template that the linker made of .tdata and .tbss. TP is a multiple of A.
 *
 *   TLS_ABOVE  block ..slack.. TP: two words, padding to A, template
 *   TLS_BELOW  block ..slack.. template, padding to A, TP: control block
 *
 * A caller's block may begin anywhere, hence the slack. Source: U. Drepper, ELF
 * Handling For Thread-Local Storage, section 3, variants I and II.
 */
#include "bindings.h"

/* Words in front of the template: TP itself and one the system may use. */
#define ABOVE_HEAD 16

/*
 * The control block. Only its first word is needed, but objects compiled without
 * our flags look for the stack protector's guard at TP + 0x28: this keeps them
 * within the block, where they find zero.
 */
#define BELOW_TAIL 0x30

/* Least alignment of TP, for the words at it. */
#define TP_ALIGN 16

static size_t round_up(size_t n, size_t align)
{
    return (n + align - 1) & -align;
}

static size_t tp_align(const struct tls_template *t)
{
    return t->align > TP_ALIGN ? t->align : TP_ALIGN;
}

size_t tls_block_size(enum tls_variant variant, const struct tls_template *t)
{
    size_t slack = tp_align(t) - 1;

    if (variant == TLS_ABOVE)
        return slack + round_up(ABOVE_HEAD, t->align) + t->size;
    return slack + round_up(t->size, t->align) + BELOW_TAIL;
}

uintptr_t tls_thread_pointer(enum tls_variant variant, const struct tls_template *t,
        uintptr_t block)
{
    size_t before = variant == TLS_ABOVE ? 0 : round_up(t->size, t->align);

    return round_up(block + before, tp_align(t));
}

uintptr_t tls_image_start(enum tls_variant variant, const struct tls_template *t,
        uintptr_t thread_pointer)
{
    if (variant == TLS_ABOVE)
        return thread_pointer + round_up(ABOVE_HEAD, t->align);
    return thread_pointer - round_up(t->size, t->align);
}
