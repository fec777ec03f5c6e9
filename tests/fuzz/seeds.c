/* SPDX-License-Identifier: ISC */
/*
 * Make the inputs that fuzzing begins with, those that are not text:
 *
 *     seeds CORPUS FOLDER/NAME.TARGET...
 *
 * corpus/elf: images of the unit tests, and the headers and notes of real ones, whose notes
 * are moved to where the headers end. corpus/manifest: the manifests of all these.
 *
 * links: tenders/common/image.c tenders/common/manifest.c tenders/common/err.c
 */
#include "../unit/fake_elf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static const char *corpus;

static void write_file(const char *kind, const char *name, const void *bytes, size_t size)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s/%s", corpus, kind, name);
    FILE *f = fopen(path, "w");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static void write_manifest(const char *name, const void *bytes, size_t size)
{
    struct elf elf;
    struct manifest m;
    struct err err;

    if (elf_parse(&elf, bytes, size, ELF_MACHINE_ANY, &err) == 0 &&
            manifest_read(&m, &elf, &err) == 0)
        write_file("manifest", name, &m, manifest_size(&m));
    elf_free(&elf);
}

static void write_image(const char *name, const void *bytes, size_t size)
{
    write_file("elf", name, bytes, size);
    write_manifest(name, bytes, size);
}

/* Headers, then notes. */
static size_t compact(int fd, uint8_t *out)
{
    struct elf elf;
    struct err err;

    if (elf_read(&elf, fd, ELF_MACHINE_ANY, &err) != 0 || elf.phoff != sizeof(Elf64_Ehdr) ||
            elf_bytes(&elf, out, sizeof(Elf64_Ehdr), 0) != 0) {
        fprintf(stderr, "seeds: %s\n", err.text);
        exit(1);
    }
    size_t used = sizeof(Elf64_Ehdr) + elf.phnum * sizeof(Elf64_Phdr);
    for (size_t i = 0; i < elf.phnum; i++) {
        Elf64_Phdr *ph = &elf.phdr[i];
        if (ph->p_type == PT_NOTE && elf_bytes(&elf, out + used, ph->p_filesz, ph->p_offset) == 0) {
            ph->p_offset = used;
            used += ph->p_filesz;
        }
    }
    memcpy(out + sizeof(Elf64_Ehdr), elf.phdr, elf.phnum * sizeof(Elf64_Phdr));
    elf_free(&elf);
    return used;
}

static void real_image(const char *path)
{
    static uint8_t out[0x10000];
    char name[64];
    const char *base = strrchr(path, '/') + 1;
    int fd = open(path, O_RDONLY);

    if (fd < 0) {
        perror(path);
        exit(1);
    }
    /* hello-hvt: as hello.hvt git would ignore it. */
    snprintf(name, sizeof name, "%s", base);
    *strrchr(name, '.') = '-';
    write_image(name, out, compact(fd, out));
    close(fd);
}

int main(int argc, char **argv)
{
    struct fake_elf f;

    if (argc < 2)
        return 2;
    corpus = argv[1];
    fake_make(&f);
    write_image("unit", &f, sizeof f);
    f.eh.e_machine = EM_AARCH64;
    f.abi.info.abi_target = SPT_ABI_TARGET;
    fake_ext(&f, ~0ULL, 0x180000);
    write_image("unit-aarch64", &f, sizeof f);
    /* Where memory ends, rounded up to a page, there is no address any more. */
    fake_make(&f);
    f.ph[0].p_memsz = UINT64_MAX - f.ph[0].p_vaddr;
    write_image("unit-memory-end", &f, sizeof f);
    for (int i = 2; i < argc; i++)
        real_image(argv[i]);
    return 0;
}
