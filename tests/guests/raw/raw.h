/* SPDX-License-Identifier: ISC */
/*
 * raw.h: guests without bindings. They see what the tender does and can do what
 * bindings would not let them: only the ABI headers are between them and it.
 */
#ifndef RAW_H
#define RAW_H

#include <stddef.h>
#include <stdint.h>

#include "elf_abi.h"

/* start.S saves registers on entry, and calls this. */
void _start(void);
void raw_main(void *boot_info);
extern uint64_t raw_regs[];

/* Each target has its own. */
void raw_write(const void *p, uint64_t size);
void raw_exit(int status) __attribute__((noreturn));

void raw_put(const char *s);
void raw_put_hex(uint64_t v);

/* Print NAME and both values if they differ, and remember it. */
void raw_expect(const char *name, uint64_t value, uint64_t expected);
/* The same for N values that must be 0; the first one that is not is printed. */
void raw_expect_zeros(const char *name, const uint64_t *values, size_t n);

void raw_check(const char *what, int condition);

/* The answer to the note that raw guests have: they claim to know every extension. */
void raw_check_ext(int large_memory, uint64_t hypercall_base);

/* SUCCESS or not, and the end. */
void raw_finish(void) __attribute__((noreturn));

int raw_equal(const char *a, const char *b);

#endif /* RAW_H */
