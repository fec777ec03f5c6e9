/* SPDX-License-Identifier: ISC */
#include "arch.h"
#include "target.h"

/*
 * The linker script: the template, and numbers that it gives as addresses. ld counts
 * the image without padding, the size with it. An image that can be at any address has
 * no such addresses, but the numbers themselves.
 */
#ifdef __PIE__
extern const char _stdata[];
extern const uint64_t _tls_numbers[3];
#define IMAGE_SIZE _tls_numbers[0]
#define SIZE _tls_numbers[1]
#define ALIGN _tls_numbers[2]
#else
extern const char _stdata[], _ltdata[], _ltls[], _atls[];
#define IMAGE_SIZE (size_t) _ltdata
#define SIZE (size_t) _ltls
#define ALIGN (size_t) _atls
#endif

static struct tls_template template(void)
{
    return (struct tls_template){
            .image = _stdata, .image_size = IMAGE_SIZE, .size = SIZE, .align = ALIGN};
}

size_t solo5_tls_size(void)
{
    struct tls_template t = template();

    return tls_block_size(ARCH_TLS_VARIANT, &t);
}

uintptr_t solo5_tls_tp_offset(uintptr_t tls)
{
    struct tls_template t = template();

    return tls_thread_pointer(ARCH_TLS_VARIANT, &t, tls);
}

/* The word at the thread pointer is its own address, on both CPUs. */
solo5_result_t solo5_tls_init(uintptr_t tls)
{
    if (tls == 0)
        return SOLO5_R_EINVAL;

    struct tls_template t = template();
    uintptr_t tp = tls_thread_pointer(ARCH_TLS_VARIANT, &t, tls);
    memcpy((void *)tls_image_start(ARCH_TLS_VARIANT, &t, tp), t.image, t.image_size);
    *(uintptr_t *)tp = tp;
    return SOLO5_R_OK;
}

solo5_result_t solo5_set_tls_base(uintptr_t base)
{
    return target_set_tls_base(base);
}
