/* SPDX-License-Identifier: ISC */
/* bpf.h: classic BPF as the kernel runs it for seccomp: no packet, only struct seccomp_data. */
#ifndef BPF_H
#define BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "unit.h"

/* What the program answers, and at *STEPS, if there is one, after how many instructions. */
static uint32_t bpf_count(const struct sock_filter *prog, size_t n, const struct seccomp_data *data,
        size_t *steps)
{
    uint32_t a = 0, x = 0, m[BPF_MEMWORDS] = {0};
    size_t pc = 0;

    for (*steps = 0; pc < n; ++*steps) {
        const struct sock_filter *f = &prog[pc++];
        uint32_t operand = BPF_SRC(f->code) == BPF_X ? x : f->k;

        switch (f->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(f->k + 4 <= sizeof *data && f->k % 4 == 0);
            memcpy(&a, (const uint8_t *)data + f->k, 4);
            break;
        case BPF_LD | BPF_W | BPF_MEM:
            assert_true(f->k < BPF_MEMWORDS);
            a = m[f->k];
            break;
        case BPF_LDX | BPF_W | BPF_MEM:
            assert_true(f->k < BPF_MEMWORDS);
            x = m[f->k];
            break;
        case BPF_ST:
            assert_true(f->k < BPF_MEMWORDS);
            m[f->k] = a;
            break;
        case BPF_MISC | BPF_TAX:
            x = a;
            break;
        case BPF_ALU | BPF_NEG:
            a = -a;
            break;
        case BPF_ALU | BPF_ADD | BPF_X:
        case BPF_ALU | BPF_ADD | BPF_K:
            a += operand;
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            a &= operand;
            break;
        case BPF_JMP | BPF_JA:
            pc += f->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JEQ | BPF_X:
            pc += a == operand ? f->jt : f->jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
        case BPF_JMP | BPF_JGT | BPF_X:
            pc += a > operand ? f->jt : f->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_X:
            pc += a >= operand ? f->jt : f->jf;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            pc += a & operand ? f->jt : f->jf;
            break;
        case BPF_RET | BPF_K:
            return f->k;
        default:
            fail_msg("instruction 0x%x at %zu", f->code, pc - 1);
        }
    }
    fail_msg("the program ran off its end");
    return 0;
}

static inline uint32_t bpf_run(const struct sock_filter *prog, size_t n,
        const struct seccomp_data *data)
{
    size_t steps;

    return bpf_count(prog, n, data, &steps);
}

#endif /* BPF_H */
