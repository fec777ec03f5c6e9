/* SPDX-License-Identifier: ISC */
/*
 * query.c: print the notes of an image, read with the rules of the tenders.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "elf_abi.h"
#include "elftool.h"
#include "image.h"
#include "json.h"
#include "manifest.h"

static void print_manifest(const struct manifest *m)
{
    const char *separator = "";
    unsigned i;

    printf("{\n  \"type\": \"solo5.manifest\",\n  \"version\": %u,\n  \"devices\": [",
            (unsigned)m->version);
    for (i = 1; i < m->entries; i++) {
        if (!manifest_is_device(&m->e[i]))
            continue;
        printf("%s\n    { \"name\": ", separator);
        json_print_string(stdout, m->e[i].name);
        printf(", \"type\": \"%s\" }", manifest_type_name(m->e[i].type));
        separator = ",";
    }
    printf("%s]\n}\n", *separator ? "\n  " : "");
}

static const char *target_name(uint32_t target)
{
    switch (target) {
    case HVT_ABI_TARGET:
        return "hvt";
    case SPT_ABI_TARGET:
        return "spt";
    case VIRTIO_ABI_TARGET:
        return "virtio";
    case MUEN_ABI_TARGET:
        return "muen";
    case GENODE_ABI_TARGET:
        return "genode";
    case XEN_ABI_TARGET:
        return "xen";
    default:
        return "unknown";
    }
}

static int show_manifest(const struct elf *elf, struct err *err)
{
    struct manifest m;

    if (manifest_read(&m, elf, err) < 0)
        return -1;
    print_manifest(&m);
    return 0;
}

static int show_abi(const struct elf *elf, struct err *err)
{
    struct abi1_info info;
    uint64_t at;

    if (elf_abi(elf, &info, &at, err) < 0)
        return -1;
    printf("{\n  \"type\": \"solo5.abi\",\n  \"target\": \"%s\",\n  \"version\": %u\n}\n",
            target_name(info.abi_target), (unsigned)info.abi_version);
    return 0;
}

static int query(const char *binary, int (*show)(const struct elf *, struct err *),
        struct err *err)
{
    /* Non-blocking: a FIFO must not make us wait for a writer. */
    int fd = open(binary, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct err why;
    struct elf elf;
    int rc = -1;

    if (fd < 0)
        return err_errno(err, "%s: could not open", binary);
    if (elf_read(&elf, fd, ELF_MACHINE_ANY, &why) == 0) {
        rc = show(&elf, &why);
        elf_free(&elf);
    }
    close(fd);
    return rc < 0 ? err_set(err, "%s: %s", binary, why.text) : 0;
}

int query_manifest(const char *binary, struct err *err)
{
    return query(binary, show_manifest, err);
}

int query_abi(const char *binary, struct err *err)
{
    return query(binary, show_abi, err);
}
