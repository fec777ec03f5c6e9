/* SPDX-License-Identifier: ISC */
/*
 * sign: signed return addresses (PAC), where the CPU says that it has them; nothing happens to
 * an address elsewhere. Prints signatures, for comparison between runs. Arguments: "tamper"
 * follows an address whose signature is off by a bit, "overwrite" returns to one without.
 */
#include "cpu.h"
#include "lib.h"

/* Some of them may be the same signed and not, but not all: a signature has 3 bits at least. */
#define ADDRESSES 16

/* Bits 40 to 54 on hvt; on spt those of them that the host's addresses leave. */
#define SIGNATURE 0x007fff0000000000
#define SIGNATURE_TOP 54 /* always one of them */

static void landed(void)
{
    put("it went there\n");
    solo5_exit(SOLO5_EXIT_SUCCESS);
}

static uint64_t nth(unsigned i)
{
    return (uintptr_t)landed + 4 * i;
}

/* How many of them change when they are signed. */
static unsigned sign_all(void)
{
    unsigned changed = 0;

    put("signatures:");
    for (unsigned i = 0; i < ADDRESSES; i++) {
        uint64_t is = cpu_sign(nth(i), 16 * i);

        CHECK(((is ^ nth(i)) & ~(uint64_t)SIGNATURE) == 0);
        CHECK(cpu_authenticate(is, 16 * i) == nth(i));
        changed += is != nth(i);
        put(" ");
        put_hex((is & SIGNATURE) >> 40);
    }
    put("\n");
    return changed;
}

/* The stack's address is part of it. */
static unsigned sign_for_stacks(void)
{
    unsigned changed = 0;

    for (unsigned i = 1; i <= ADDRESSES; i++)
        changed += cpu_sign(nth(0), 16 * i) != cpu_sign(nth(0), 0);
    return changed;
}

static void as_functions_do(void)
{
    uint64_t sp, is = cpu_sign_return(nth(1), &sp);

    CHECK(is == cpu_sign(nth(1), sp));
    CHECK(cpu_authenticate(is, sp) == nth(1));
}

static void follow(uint64_t address)
{
    ((void (*)(void))(uintptr_t)cpu_authenticate(address, 16))();
}

/* From a place on the stack for which the address is not by chance the signed one. */
static void overwrite(void)
{
    uint64_t sp;

    for (unsigned i = 0; i < 16 && cpu_sign_return(nth(0), &sp) == nth(0); i++)
        (void)OPAQUE(__builtin_alloca(16));
    cpu_return_to(landed);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    if (strcmp(info->cmdline, "tamper") == 0)
        follow(cpu_sign(nth(0), 16) ^ (uint64_t)cpu_has_signing() << SIGNATURE_TOP);
    if (strcmp(info->cmdline, "overwrite") == 0)
        overwrite();
    put(cpu_has_signing() ? "the CPU signs\n" : "the CPU does not sign\n");
    CHECK((sign_all() > 0) == cpu_has_signing());
    CHECK((sign_for_stacks() > 0) == cpu_has_signing());
    as_functions_do();
    return success();
}
