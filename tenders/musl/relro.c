/* SPDX-License-Identifier: ISC */
/*
 * relro.c: what is constant once it is relocated becomes read-only. Dynamic linkers do so, and so
 * does glibc at the start of a static-pie program; musl does not. Linked with musl only.
 */
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

extern const ElfW(Ehdr) __ehdr_start; /* the linker's: where the program begins */

static void protect(uintptr_t start, uintptr_t end)
{
    static const char failed[] = "could not protect the tender's own memory\n";
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    start &= ~(page - 1);
    end &= ~(page - 1);
    if (start >= end || mprotect((void *)start, end - start, PROT_READ) == 0)
        return;
    (void)!write(STDERR_FILENO, failed, sizeof failed - 1);
    _exit(1);
}

__attribute__((constructor)) static void relro(void)
{
    const uintptr_t base = (uintptr_t)&__ehdr_start;
    const ElfW(Phdr) *p = (const void *)(base + __ehdr_start.e_phoff);

    for (unsigned i = 0; i < __ehdr_start.e_phnum; i++)
        if (p[i].p_type == PT_GNU_RELRO)
            protect(base + p[i].p_vaddr, base + p[i].p_vaddr + p[i].p_memsz);
}
