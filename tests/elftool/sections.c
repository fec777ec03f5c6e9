/* SPDX-License-Identifier: ISC */
/*
 * sections IMAGE: read the manifest and the ABI note as tools of others do that share no
 * code with us: by the names of sections, with every assertion such tools make. Prints
 * one line for the target and one for each device. Stops with a reason at the first
 * thing that is not as they want it.
 */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_SIZE 104
#define ENTRY_NAME 68

static unsigned char file[16 << 20];
static size_t file_size;

static void __attribute__((noreturn)) stop(const char *reason)
{
    fprintf(stderr, "%s\n", reason);
    exit(1);
}

static const void *at(uint64_t offset, uint64_t size)
{
    if (offset > file_size || size > file_size - offset)
        stop("beyond the end of the file");
    return file + offset;
}

static void copy(void *to, uint64_t offset, size_t size)
{
    memcpy(to, at(offset, size), size);
}

static uint32_t word(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int is_zero(const unsigned char *p, size_t size)
{
    while (size > 0 && *p == 0)
        p++, size--;
    return size == 0;
}

static Elf64_Shdr section(const Elf64_Ehdr *eh, unsigned i)
{
    Elf64_Shdr sh;

    copy(&sh, eh->e_shoff + (uint64_t)i * eh->e_shentsize, sizeof sh);
    return sh;
}

/* The one section NAME. */
static Elf64_Shdr find(const char *name)
{
    Elf64_Shdr names, sh, found = {0};
    Elf64_Ehdr eh;
    unsigned n = 0;

    copy(&eh, 0, sizeof eh);
    if (memcmp(eh.e_ident, "\177ELF\2\1\1", 7) != 0 || eh.e_type != ET_EXEC)
        stop("no executable");
    names = section(&eh, eh.e_shstrndx);
    for (unsigned i = 0; i < eh.e_shnum; i++) {
        sh = section(&eh, i);
        if (strcmp(at(names.sh_offset + sh.sh_name, strlen(name) + 1), name) == 0) {
            found = sh;
            n++;
        }
    }
    if (n != 1)
        stop(n ? "the section is there twice" : "no such section");
    return found;
}

/* The section's descriptor; the note must be the only one in it. */
static const unsigned char *note(const char *name, uint32_t type, uint32_t *size)
{
    Elf64_Shdr sh = find(name);
    const unsigned char *p = at(sh.sh_offset, sh.sh_size);

    if (sh.sh_type != SHT_NOTE || sh.sh_addralign != 4 || sh.sh_size < 20)
        stop("not a section of notes");
    if (word(p) != 6 || memcmp(p + 12, "Solo5\0\0", 8) != 0 || word(p + 8) != type)
        stop("a note of someone else");
    *size = word(p + 4);
    if (sh.sh_size != 20 + (uint64_t)*size)
        stop("not exactly one note");
    return p + 20;
}

static void print_abi(void)
{
    static const char *const target[] = {"?", "hvt", "spt"};
    uint32_t size;
    const unsigned char *p = note(".note.solo5.abi", 0x31494241, &size);

    if (size != 16 || word(p) > 2 || !is_zero(p + 8, 8))
        stop("the ABI note");
    printf("%s %u\n", target[word(p)], (unsigned)word(p + 4));
}

static void print_device(const unsigned char *e)
{
    uint32_t type = word(e + ENTRY_NAME);

    if (!is_zero(e + ENTRY_NAME + 4, ENTRY_SIZE - ENTRY_NAME - 4))
        stop("u, b or attached is not zero");
    if (e[ENTRY_NAME - 1] != 0 || e[0] == 0)
        stop("a device's name");
    if (type != 1 && type != 2)
        stop("a device's type");
    printf("%s %s\n", (const char *)e, type == 1 ? "BLOCK_BASIC" : "NET_BASIC");
}

static void print_manifest(void)
{
    uint32_t size, entries;
    const unsigned char *p = note(".note.solo5.manifest", 0x3154464d, &size);

    if (size < 12 || word(p) != 0 || word(p + 4) != 1)
        stop("the manifest's version");
    entries = word(p + 8);
    if (entries < 1 || entries > 64 || size != 12 + ENTRY_SIZE * entries)
        stop("the manifest's size");
    p += 12;
    if (!is_zero(p, ENTRY_NAME) || word(p + ENTRY_NAME) != 1U << 30 ||
            !is_zero(p + ENTRY_NAME + 4, ENTRY_SIZE - ENTRY_NAME - 4))
        stop("the first entry");
    for (uint32_t i = 1; i < entries; i++)
        print_device(p + (size_t)i * ENTRY_SIZE);
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;

    if (!f)
        stop("Usage: sections IMAGE");
    file_size = fread(file, 1, sizeof file, f);
    if (file_size == sizeof file)
        stop("too large");
    fclose(f);
    print_abi();
    print_manifest();
    return 0;
}
