/* SPDX-License-Identifier: ISC */
#include "vdso.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/*
 * The image. It is the kernel's, but read as if it were anybody's: whatever is in it, nothing
 * outside of it is looked at, and there is an end.
 */

struct image {
    const uint8_t *bytes;
    size_t size;
    uint64_t bias; /* what its addresses are more than offsets: 0, but for old kernels */
    uint64_t symbols, strings, versions, definitions, hash, gnu_hash; /* offsets; 0: none */
};

static bool has(const struct image *v, uint64_t offset, size_t n)
{
    return offset <= v->size && n <= v->size - offset;
}

static bool get(const struct image *v, uint64_t offset, void *to, size_t n)
{
    if (!has(v, offset, n))
        return false;
    memcpy(to, v->bytes + offset, n);
    return true;
}

static bool has_string(const struct image *v, uint32_t name, const char *s)
{
    size_t n = strlen(s) + 1;
    uint64_t offset = v->strings + name;

    return has(v, offset, n) && memcmp(v->bytes + offset, s, n) == 0;
}

static void read_dynamic(struct image *v, const Elf64_Phdr *ph)
{
    const struct {
        Elf64_Sxword tag;
        uint64_t *offset;
    } wanted[] = {
            {DT_SYMTAB, &v->symbols},
            {DT_STRTAB, &v->strings},
            {DT_VERSYM, &v->versions},
            {DT_VERDEF, &v->definitions},
            {DT_HASH, &v->hash},
            {DT_GNU_HASH, &v->gnu_hash},
    };
    Elf64_Dyn d;

    for (uint64_t at = ph->p_offset; get(v, at, &d, sizeof d) && d.d_tag != DT_NULL; at += sizeof d)
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
            if (d.d_tag == wanted[i].tag)
                *wanted[i].offset = d.d_un.d_ptr - v->bias;
}

static bool get_header(const struct image *v, const Elf64_Ehdr *eh, unsigned i, Elf64_Phdr *ph)
{
    return i < eh->e_phnum && get(v, eh->e_phoff + i * sizeof *ph, ph, sizeof *ph);
}

static bool read_headers(struct image *v, Elf64_Ehdr *eh)
{
    Elf64_Phdr ph;

    if (!get(v, 0, eh, sizeof *eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 ||
            eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_phentsize != sizeof ph)
        return false;
    for (unsigned i = 0; get_header(v, eh, i, &ph); i++) {
        if (ph.p_type == PT_LOAD) {
            v->bias = ph.p_vaddr - ph.p_offset;
            break;
        }
    }
    for (unsigned i = 0; get_header(v, eh, i, &ph); i++)
        if (ph.p_type == PT_DYNAMIC)
            read_dynamic(v, &ph);
    return v->symbols && v->strings && v->versions && v->definitions;
}

/* The older table has the number of symbols; the newer one ends with the last. */
static uint32_t count_symbols(const struct image *v)
{
    uint32_t head[4], last = 0, index, link;

    if (v->hash)
        return get(v, v->hash, head, 8) ? head[1] : 0;
    if (!v->gnu_hash || !get(v, v->gnu_hash, head, sizeof head))
        return 0;
    uint64_t buckets = v->gnu_hash + sizeof head + 8ULL * head[2];
    uint64_t chains = buckets + 4ULL * head[0];
    for (uint32_t i = 0; i < head[0]; i++) {
        if (!get(v, buckets + 4ULL * i, &index, 4))
            return 0;
        if (index > last)
            last = index;
    }
    if (last < head[1])
        return 0;
    do
        if (!get(v, chains + 4ULL * (last - head[1]), &link, 4))
            return 0;
    while (last++ < UINT32_MAX && !(link & 1));
    return last;
}

/* Definitions are a list that goes forward only. */
static bool has_version(const struct image *v, uint32_t symbol, const char *version)
{
    Elf64_Verdef d;
    Elf64_Verdaux aux;
    uint16_t index;

    if (!get(v, v->versions + 2ULL * symbol, &index, sizeof index))
        return false;
    for (uint64_t at = v->definitions; get(v, at, &d, sizeof d); at += d.vd_next) {
        if (d.vd_ndx == (index & 0x7fff) && get(v, at + d.vd_aux, &aux, sizeof aux) &&
                has_string(v, aux.vda_name, version))
            return true;
        if (d.vd_next == 0)
            break;
    }
    return false;
}

static bool is_code(const struct image *v, const Elf64_Ehdr *eh, uint64_t address)
{
    Elf64_Phdr ph;

    for (unsigned i = 0; get_header(v, eh, i, &ph); i++)
        if (ph.p_type == PT_LOAD && (ph.p_flags & PF_X) && address - ph.p_vaddr < ph.p_filesz)
            return has(v, address - v->bias, 1);
    return false;
}

uint64_t vdso_function(const void *image, size_t size, const struct vdso_name *name)
{
    struct image v = {.bytes = image, .size = size};
    Elf64_Ehdr eh;
    Elf64_Sym s;

    if (!read_headers(&v, &eh))
        return 0;
    uint32_t n = count_symbols(&v);
    for (uint32_t i = 0; i < n && get(&v, v.symbols + i * sizeof s, &s, sizeof s); i++)
        if (s.st_shndx != SHN_UNDEF && ELF64_ST_TYPE(s.st_info) == STT_FUNC &&
                has_string(&v, s.st_name, name->symbol) && has_version(&v, i, name->version) &&
                is_code(&v, &eh, s.st_value))
            return s.st_value - v.bias;
    return 0;
}

/*
 * Where it is
 */

/* "START-END rwxp OFFSET DEVICE INODE   NAME"; a file's name begins with a slash. */
static const char *piece_of(const char *line, struct guest_mem_range *r, bool *writable)
{
    char *at;

    r->start = strtoull(line, &at, 16);
    if (*at != '-')
        return NULL;
    r->end = strtoull(at + 1, &at, 16);
    if (r->end <= r->start || strnlen(at, 3) < 3)
        return NULL;
    *writable = at[2] != '-';
    for (unsigned field = 0; field < 4; field++) {
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    at += strcspn(at, " ");
    return at + strspn(at, " ");
}

static int add_piece(struct vdso *v, const char *line, uint64_t start, struct guest_mem_range *code,
        struct err *err)
{
    struct guest_mem_range r;
    bool writable;
    const char *name = piece_of(line, &r, &writable);

    if (!name || (strcmp(name, "[vdso]") != 0 && strncmp(name, "[vvar", 5) != 0))
        return 0;
    if (writable)
        return err_set(err, "the vDSO can be written");
    if (v->n == VDSO_PIECES)
        return err_set(err, "the vDSO has more than %d pieces", VDSO_PIECES);
    v->piece[v->n++] = r;
    if (r.start == start)
        *code = r;
    return 0;
}

int vdso_pieces(struct vdso *v, char *lines, uint64_t start, struct guest_mem_range *code,
        struct err *err)
{
    char *next;

    *code = (struct guest_mem_range){0, 0};
    for (char *line = lines; (next = strchr(line, '\n')); line = next + 1) {
        *next = '\0';
        if (strstr(line, " [v") && add_piece(v, line, start, code, err) != 0)
            return -1;
    }
    return code->end != 0 ? 0 : err_set(err, "the vDSO is not in the list of mappings");
}

/* Some dozens of lines. Without stdio, which would cost more than all else here. */
static int read_maps(char *text, size_t size, struct err *err)
{
    static const char file[] = "/proc/self/maps";
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    size_t done = 0;
    ssize_t n;

    if (fd < 0)
        return err_errno(err, "could not open %s", file);
    while ((n = read(fd, text + done, size - 1 - done)) > 0)
        done += (size_t)n;
    close(fd);
    if (n < 0)
        return err_errno(err, "could not read %s", file);
    text[done] = '\0';
    return done < size - 1 ? 0 : err_set(err, "%s is too long", file);
}

static int find(struct vdso *v, struct err *err)
{
    static char maps[64 << 10];
    uint64_t start = getauxval(AT_SYSINFO_EHDR), offset;
    struct guest_mem_range code;

    if (start == 0)
        return err_set(err, "the kernel offers no vDSO");
    if (read_maps(maps, sizeof maps, err) != 0 || vdso_pieces(v, maps, start, &code, err) != 0)
        return -1;
    offset = vdso_function((const void *)(uintptr_t)start, code.end - code.start, &vdso_clock);
    if (offset == 0)
        return err_set(err, "the vDSO has no %s of version %s", vdso_clock.symbol,
                vdso_clock.version);
    v->clock = start + offset;
    return 0;
}

int vdso_find(struct vdso *v, struct err *err)
{
    *v = (struct vdso){0};
    if (find(v, err) == 0)
        return 0;
    *v = (struct vdso){0};
    return -1;
}
