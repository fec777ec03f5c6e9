/* SPDX-License-Identifier: ISC */
/*
 * Where a thread's block has its variables, for both CPUs' conventions, against what
 * the linkers compute: with a template of SIZE bytes aligned to A,
 *
 *   x86_64   variable at template offset O is at TP - roundup(SIZE, A) + O
 *   aarch64  variable at template offset O is at TP + roundup(16, A) + O
 *
 * links: bindings/tls_layout.c
 */
#include "unit.h"

#include "../../bindings/bindings.h"

static const size_t aligns[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096};
static const size_t sizes[] = {0, 1, 4, 7, 8, 12, 15, 16, 17, 63, 64, 65, 0x90, 0x188, 1000,
        4095, 4096, 4097, 70000};

static size_t multiple_from(size_t n, size_t align)
{
    while (n % align != 0)
        n++;
    return n;
}

/* First byte of the variables as compiled code computes it. */
static uintptr_t linkers_start(enum tls_variant variant, const struct tls_template *t,
        uintptr_t tp)
{
    if (variant == TLS_BELOW)
        return tp - multiple_from(t->size, t->align);
    return tp + multiple_from(16, t->align);
}

static void check_block(enum tls_variant variant, const struct tls_template *t,
        uintptr_t block)
{
    uintptr_t end = block + tls_block_size(variant, t);
    uintptr_t tp = tls_thread_pointer(variant, t, block);
    uintptr_t start = tls_image_start(variant, t, tp);

    assert_int_equal(start, linkers_start(variant, t, tp));
    assert_int_equal(start % t->align, 0);
    assert_int_equal(tp % t->align, 0);
    assert_int_equal(tp % sizeof(uintptr_t), 0);

    /* The variables and the words at TP are in the block and apart. */
    assert_true(start >= block && start + t->size <= end);
    if (variant == TLS_BELOW) {
        assert_true(tp >= start + t->size && tp + 0x30 <= end);
    } else {
        assert_true(tp >= block && tp + 16 <= start);
        assert_true(tp + 16 <= end);
    }
}

static void check_all(enum tls_variant variant)
{
    for (size_t a = 0; a < N_OF(aligns); a++) {
        for (size_t s = 0; s < N_OF(sizes); s++) {
            struct tls_template t = {.size = sizes[s], .align = aligns[a]};
            for (uintptr_t block = 1; block <= 0x2001; block += block < 300 ? 1 : 97)
                check_block(variant, &t, 0x7f0000 + block);
            check_block(variant, &t, 0x7f0000000000);
        }
    }
}

static void test_below(void **state)
{
    (void)state;
    check_all(TLS_BELOW);
}

static void test_above(void **state)
{
    (void)state;
    check_all(TLS_ABOVE);
}

/* No wasted pages: small templates have small blocks. */
static void test_size(void **state)
{
    struct tls_template none = {.size = 0, .align = 1};
    struct tls_template small = {.size = 24, .align = 8};

    (void)state;
    assert_int_equal(tls_block_size(TLS_BELOW, &none), 15 + 0x30);
    assert_int_equal(tls_block_size(TLS_ABOVE, &none), 15 + 16);
    assert_int_equal(tls_block_size(TLS_BELOW, &small), 15 + 24 + 0x30);
    assert_int_equal(tls_block_size(TLS_ABOVE, &small), 15 + 16 + 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_below),
            cmocka_unit_test(test_above),
            cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
