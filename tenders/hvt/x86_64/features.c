/* SPDX-License-Identifier: ISC */
#include "features.h"

#include <stddef.h>

#define BIT(n) (1U << (n))
#define ALL UINT32_MAX

/* Bits by function: Intel SDM volume 2, CPUID, and APM volume 3, appendix E. */
static const struct {
    uint32_t first, last; /* functions */
    uint32_t hidden[CPUID_REGS];
} rows[] = {
        /* Machines within the machine: VMX, SVM. */
        {1, 1, {[CPUID_ECX] = BIT(5)}},
        {0x80000001, 0x80000001, {[CPUID_ECX] = BIT(2)}},
        {0x8000000a, 0x8000000a, {ALL, ALL, ALL, ALL}},
        /* KVM's own, and those that it could pose as: clocks, page faults and more in memory. */
        {0x40000000, 0x400000ff, {ALL, ALL, ALL, ALL}},
        /* Performance counters, and what they write to memory: PDCM, DTES64, DS, AMD's counters. */
        {1, 1, {[CPUID_ECX] = BIT(15) | BIT(2), [CPUID_EDX] = BIT(21)}},
        {7, 7, {[CPUID_EBX] = BIT(25)}}, /* and Processor Trace */
        {0x14, 0x14, {ALL, ALL, ALL, ALL}},
        {0xa, 0xa, {ALL, ALL, ALL, ALL}},
        {0x23, 0x23, {ALL, ALL, ALL, ALL}},
        {0x80000001, 0x80000001, {[CPUID_ECX] = BIT(23) | BIT(24) | BIT(28)}},
        {0x80000022, 0x80000022, {ALL, ALL, ALL, ALL}},
};

void features_hide(uint32_t function, uint32_t reg[CPUID_REGS])
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t r = 0; r < CPUID_REGS; r++)
            if (rows[i].first <= function && function <= rows[i].last)
                reg[r] &= ~rows[i].hidden[r];
}
