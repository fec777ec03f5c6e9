/* SPDX-License-Identifier: ISC */
/*
 * Make the inputs that fuzzing begins with, those that are not text:
 *
 *     seeds CORPUS FOLDER/NAME.TARGET...
 *
 * corpus/elf: images of the unit tests, and the headers and notes of real ones, whose notes
 * are moved to where the headers end; of one for any address all constants, which the notes
 * and the table of relocations are part of. corpus/manifest: the manifests of the others.
 *
 * links: tenders/common/image.c tenders/common/manifest.c tenders/common/err.c
 */
#include "../unit/fake_pie.h"

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

    if (elf_parse(&elf, bytes, size, ELF_MACHINE_ANY, &err) == 0 && elf.type == ET_EXEC &&
            manifest_read(&m, &elf, &err) == 0)
        write_file("manifest", name, &m, manifest_size(&m));
    elf_free(&elf);
}

static void write_image(const char *name, const void *bytes, size_t size)
{
    write_file("elf", name, bytes, size);
    write_manifest(name, bytes, size);
}

/* Copy [FROM, FROM + LEN) of the file to AT of OUT, and what program headers are in it. */
static void move_bytes(struct elf *elf, uint8_t *out, uint64_t from, uint64_t len, size_t at)
{
    if (elf_bytes(elf, out + at, len, from) != 0)
        return;
    for (size_t i = 0; i < elf->phnum; i++)
        if (elf->phdr[i].p_offset - from < len)
            elf->phdr[i].p_offset += at - from;
}

/* What is read-only and not code has all notes. */
static size_t move_constants(struct elf *elf, uint8_t *out, size_t used)
{
    for (size_t i = 0; i < elf->phnum; i++) {
        const Elf64_Phdr ph = elf->phdr[i];

        if (ph.p_type == PT_LOAD && ph.p_flags == PF_R && ph.p_filesz > 0) {
            move_bytes(elf, out, ph.p_offset, ph.p_filesz, used);
            used += ph.p_filesz;
        }
    }
    return used;
}

static size_t move_notes(struct elf *elf, uint8_t *out, size_t used)
{
    for (size_t i = 0; i < elf->phnum; i++) {
        Elf64_Phdr *ph = &elf->phdr[i];

        if (ph->p_type == PT_NOTE && elf_bytes(elf, out + used, ph->p_filesz, ph->p_offset) == 0) {
            ph->p_offset = used;
            used += ph->p_filesz;
        }
    }
    return used;
}

/* Headers, then notes or constants. */
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
    used = elf.type == ET_DYN ? move_constants(&elf, out, used) : move_notes(&elf, out, used);
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

/* More entries than are read at a time, for words on pages of zeros behind the file. */
static void long_table(void)
{
    static struct {
        struct fake_pie p;
        Elf64_Rela rela[300];
    } image;
    const uint64_t start = offsetof(struct fake_pie, ro), data = 0x10000, end = 0x14000;

    fake_pie_make(&image.p, EM_X86_64);
    image.p.f.ph[1].p_filesz = image.p.f.ph[1].p_memsz = sizeof image - start;
    fake_load(&image.p.f.ph[2], PF_R | PF_W, data, data, end - data, end - data);
    fake_load(&image.p.f.ph[4], PF_R | PF_W, end, 0, 0, 0x1000);
    image.p.pie.rela = RO + sizeof image.p - start;
    image.p.pie.rela_size = sizeof image.rela;
    for (size_t i = 0; i < N_OF(image.rela); i++)
        image.rela[i] = (Elf64_Rela){data + i * 53, fake_relative(EM_X86_64), (int64_t)(i * 7)};
    write_image("unit-pie-long", &image, sizeof image);
}

static void any_address(void)
{
    struct fake_pie p;

    fake_pie_make(&p, EM_X86_64);
    write_image("unit-pie", &p, sizeof p);
    fake_pie_make(&p, EM_AARCH64);
    p.pie.info.features = ~0ULL;
    p.f.ph[2].p_align = p.f.ph[2].p_vaddr = 0x10000;
    p.f.ph[4].p_vaddr = 0x11000;
    for (size_t i = 1; i < N_OF(p.ro.rela); i++)
        p.ro.rela[i].r_offset += 0x10000 - RW;
    write_image("unit-pie-aarch64", &p, sizeof p);
}

/* Content that is no more than its padding, or less than there must be. */
static void bad_notes(void)
{
    struct fake_elf f;

    fake_make(&f);
    f.mft.descsz = sizeof f.mft.pad;
    write_image("unit-note-empty", &f, sizeof f);
    fake_make(&f);
    f.abi.n_descsz = 8;
    write_image("unit-note-short", &f, sizeof f);
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
    bad_notes();
    any_address();
    long_table();
    for (int i = 2; i < argc; i++)
        real_image(argv[i]);
    return 0;
}
