/* SPDX-License-Identifier: ISC */
/*
 * The bindings' view of the tender's answer, which they read at a fixed address: so
 * this test puts it there.
 *
 * links: bindings/ext.c bindings/random.c
 */
#include "unit.h"

#include <sys/mman.h>

#include "../../bindings/bindings.h"

struct bounds bounds = {.end = UINTPTR_MAX, .data = 1};

static struct ext_info *const info = (struct ext_info *)EXT_INFO_BASE;

/* As a tender writes it, or as one does that has nothing to say. */
static void answer(uint64_t features)
{
    *info = (struct ext_info){.magic = EXT_MAGIC,
            .version = EXT_VERSION,
            .size = sizeof *info,
            .features = features};
    for (int i = 0; i < EXT_RANDOM_SIZE; i++)
        info->random[i] = (uint8_t)(i + 1);
}

static int set_up(void **state)
{
    void *p = mmap(info, 0x10000, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    (void)state;
    return p == info ? 0 : -1;
}

static void finds(void **state)
{
    (void)state;
    memset(info, 0, sizeof *info);
    assert_null(ext_find(0, 0));
    assert_null(ext_find(EXT_F_RANDOM, EXT_END(random)));
    answer(EXT_F_RANDOM | EXT_F_LARGE_MEMORY);
    assert_ptr_equal(ext_find(EXT_F_RANDOM, EXT_END(random)), info);
    assert_ptr_equal(ext_find(EXT_F_LARGE_MEMORY, EXT_END(hypercall_base)), info);
    assert_null(ext_find(EXT_F_BLOCK_RANGE, EXT_END(block_max)));
    assert_null(ext_find(EXT_F_RANDOM | EXT_F_BLOCK_RANGE, EXT_END(random)));
    info->version = 2; /* keeps what version 1 has */
    assert_ptr_equal(ext_find(EXT_F_RANDOM, EXT_END(random)), info);
    /* What reaches less far. */
    info->size = EXT_END(random) - 1;
    assert_null(ext_find(EXT_F_RANDOM, EXT_END(random)));
    assert_ptr_equal(ext_find(EXT_F_LARGE_MEMORY, EXT_END(hypercall_base)), info);
    info->size = EXT_END(features) - 1;
    assert_null(ext_find(EXT_F_RANDOM, 0));
    answer(EXT_F_RANDOM);
    info->magic ^= 1ULL << 63;
    assert_null(ext_find(EXT_F_RANDOM, EXT_END(random)));
}

static void own(void **state)
{
    uint64_t word[RANDOM_OWN_WORDS] = {1, 1};

    (void)state;
    memset(info, 0, sizeof *info);
    assert_false(random_own(word));
    assert_true(word[0] == 1 && word[1] == 1);
    answer(EXT_F_RANDOM);
    assert_true(random_own(word));
    assert_memory_equal(word, info->random + 48, 16);
}

/* All in one: what is given is given once in a program's life. */
static void seed(void **state)
{
    uint8_t buf[64];

    (void)state;
    memset(buf, 0xee, sizeof buf);
    memset(info, 0, sizeof *info);
    assert_int_equal(solo5_random_seed(buf, 48), SOLO5_R_EUNSPEC);
    answer(EXT_F_LARGE_MEMORY);
    assert_int_equal(solo5_random_seed(buf, 48), SOLO5_R_EUNSPEC);
    answer(EXT_F_RANDOM);
    assert_int_equal(solo5_random_seed(buf, 0), SOLO5_R_EINVAL);
    assert_int_equal(solo5_random_seed(buf, 49), SOLO5_R_EINVAL);
    assert_int_equal(solo5_random_seed(buf, SIZE_MAX), SOLO5_R_EINVAL);
    for (size_t i = 0; i < sizeof buf; i++)
        assert_int_equal(buf[i], 0xee);
    assert_int_equal(solo5_random_seed(buf, 47), SOLO5_R_OK);
    assert_memory_equal(buf, info->random, 47);
    assert_int_equal(buf[47], 0xee);
    memset(buf, 0xee, sizeof buf);
    assert_int_equal(solo5_random_seed(buf, 1), SOLO5_R_EUNSPEC);
    assert_int_equal(buf[0], 0xee);
}

/* Each bit of each input changes many of the output. */
static void mix(void **state)
{
    uint64_t word[3] = {0, 0, 0};
    uint64_t x = random_mix(word, 3);

    (void)state;
    for (unsigned i = 0; i < 3 * 64; i++) {
        word[i / 64] ^= UINT64_C(1) << i % 64;
        assert_true(__builtin_popcountll(x ^ random_mix(word, 3)) > 10);
        word[i / 64] ^= UINT64_C(1) << i % 64;
    }
    assert_true(x == random_mix(word, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(finds),
            cmocka_unit_test(own),
            cmocka_unit_test(seed),
            cmocka_unit_test(mix),
    };

    return cmocka_run_group_tests_name("random", tests, set_up, NULL);
}
