/* SPDX-License-Identifier: ISC */
/*
 * Manifests in JSON. One that is accepted comes back the same both ways that it leaves:
 * through an image and query-manifest, and as the C that gen-manifest writes.
 *
 * links: elftool/json.c elftool/query.c elftool/gen_manifest.c
 * links: tenders/common/manifest.c tenders/common/image.c tenders/common/err.c
 */
#include "fuzz.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elftool.h"
#include "json.h"

static struct err err;

/* The least image that holds a manifest. */
struct image {
    Elf64_Ehdr eh;
    Elf64_Phdr ph;
    uint32_t namesz, descsz, type;
    char name[8];
    uint32_t pad;
    struct manifest m;
};

_Static_assert(offsetof(struct image, m) == 120 + 24, "no gaps");

static void make_image(struct image *image, const struct manifest *m)
{
    *image = (struct image){.eh = {.e_ident = ELFMAG "\2\1",
                                    .e_type = ET_EXEC,
                                    .e_machine = EM_AARCH64,
                                    .e_version = 1,
                                    .e_phoff = offsetof(struct image, ph),
                                    .e_ehsize = sizeof(Elf64_Ehdr),
                                    .e_phentsize = sizeof(Elf64_Phdr),
                                    .e_phnum = 1},
            .ph = {.p_type = PT_NOTE,
                    .p_offset = offsetof(struct image, namesz),
                    .p_filesz = 24 + manifest_size(m)},
            .namesz = 6,
            .descsz = (uint32_t)(MFT1_NOTE_PAD + manifest_size(m)),
            .type = MFT1_NOTE_TYPE,
            .name = "Solo5"};
    memcpy(&image->m, m, manifest_size(m));
}

/* What CALL prints about a file of these bytes; the caller frees it. */
static char *printed(int (*call)(const char *file, struct err *err), const void *bytes,
        size_t size)
{
    FILE *before = stdout;
    char file[64], *out = NULL;
    size_t used;
    int fd = memfd_create("input", MFD_CLOEXEC);

    MUST(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
    stdout = open_memstream(&out, &used);
    MUST(stdout);
    int r = call(file, &err);
    fclose(stdout);
    stdout = before;
    close(fd);
    if (r != 0) {
        free(out);
        return NULL;
    }
    return out;
}

static int generate(const char *file, struct err *e)
{
    return gen_manifest(file, "-", e);
}

static void check_query(const struct manifest *m)
{
    static struct image image;
    static struct manifest again;

    make_image(&image, m);
    char *text = printed(query_manifest, &image, offsetof(struct image, m) + manifest_size(m));
    MUST(text);
    MUST(json_to_manifest(&again, text, strlen(text), &err) == 0);
    MUST(memcmp(m, &again, sizeof again) == 0);
    free(text);
}

/* The next line of the list must be entry I. */
static void check_line(const char *line, const struct manifest *m, unsigned i)
{
    char name[MFT_NAME_SIZE], type[32];
    bool net = m->e[i].type == MFT_DEV_NET_BASIC;

    MUST(sscanf(line, " { .name = \"%67[0-9A-Za-z]\", .type = %31[A-Z_] },", name, type) == 2);
    MUST(strcmp(name, m->e[i].name) == 0);
    MUST(strcmp(type, net ? "MFT_DEV_NET_BASIC" : "MFT_DEV_BLOCK_BASIC") == 0);
}

static void check_generated(const struct manifest *m, const char *text)
{
    char want[64];

    snprintf(want, sizeof want, "#define MFT_ENTRIES %u\n", m->entries);
    MUST(strstr(text, want));
    snprintf(want, sizeof want, ".entries = %u,", m->entries);
    MUST(strstr(text, want));
    const char *line = strstr(text, "{ .name = \"\", .type = MFT_RESERVED_FIRST },\n");
    for (unsigned i = 1; i < m->entries; i++) {
        MUST(line);
        line = strchr(line, '\n') + 1;
        check_line(line, m, i);
    }
    MUST(line && strncmp(strchr(line, '\n'), "\n    }\n}\n", 9) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct manifest m;
    bool good = json_to_manifest(&m, (const char *)bytes, size, &err) == 0;

    if (!good) {
        MUST(*err.text && !strchr(err.text, '\n'));
        return 0;
    }
    MUST(m.version == MFT_VERSION && m.entries >= 1 && m.entries <= MFT_MAX_ENTRIES);
    static struct manifest checked;
    memset(&checked, 0, sizeof checked);
    MUST(manifest_check(&checked, &m, manifest_size(&m), 0, &err) == 0);
    MUST(memcmp(&m, &checked, sizeof m) == 0);
    check_query(&m);
    char *text = printed(generate, bytes, size);
    MUST(text);
    check_generated(&m, text);
    free(text);
    return 0;
}
