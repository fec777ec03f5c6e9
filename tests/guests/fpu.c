/* SPDX-License-Identifier: ISC */
/*
 * fpu: floating point and SIMD registers work from the first instruction, and
 * keep their values while the host is at work.
 */
#include "cpu.h"
#include "lib.h"

typedef float float4 __attribute__((vector_size(16)));
typedef double double2 __attribute__((vector_size(16)));

static void check_arithmetic(void)
{
    volatile double a = 1.5, b = 50.1;
    volatile float f = 3.0f;
    double sum = 0;

    CHECK(a * b == 75.15 || (a * b > 75.1499999 && a * b < 75.1500001));
    CHECK(1.0f / f > 0.3333f && 1.0f / f < 0.3334f);
    for (int i = 1; i <= 1000; i++)
        sum += 1.0 / i;
    CHECK(sum > 7.48547 && sum < 7.48548);
    CHECK((uint64_t)(sum * 1e6) == 7485470);
    CHECK((int64_t)(OPAQUE(&a)[0] * -2) == -3);
}

static void check_vectors(void)
{
    volatile float4 x = {1, 2, 3, 4}, y = {10, 20, 30, 40};
    volatile double2 p = {0.5, 0.25};
    float4 z = x * y + x;
    double2 q = p + p;

    CHECK(z[0] == 11 && z[1] == 42 && z[2] == 93 && z[3] == 164);
    CHECK(q[0] == 1 && q[1] == 0.5);
}

/*
 * These calls are made of code that uses no such registers, and a hypercall or
 * system call must not change them.
 */
static void check_registers(void)
{
    static uint8_t before[CPU_SIMD_BYTES], after[CPU_SIMD_BYTES];

    for (unsigned round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof before; i++)
            before[i] = (uint8_t)(i * 7 + round + 1);
        solo5_time_t soon = solo5_clock_monotonic() + 2000000;
        cpu_simd_load(before);
        solo5_yield(soon, NULL);
        (void)solo5_clock_wall();
        solo5_console_write(".", 1);
        cpu_simd_store(after);
        CHECK(memcmp(before, after, sizeof before) == 0);
    }
    put("\n");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    CHECK(cpu_fp_control_ok());
    check_arithmetic();
    check_vectors();
    check_registers();
    check_arithmetic();
    CHECK(cpu_fp_control_ok());
    return success();
}
