/* SPDX-License-Identifier: ISC */
#include "ext.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>

#include "sandbox.h"

/* What each tender can do. */
static const struct feature {
    uint64_t bit;
    unsigned targets;
} offered[] = {
        {EXT_F_BLOCK_RANGE, TENDER_HVT | TENDER_SPT},
        {EXT_F_BLOCK_FLUSH, TENDER_HVT | TENDER_SPT},
        {EXT_F_NET_FORGET, TENDER_SPT},
        {EXT_F_RANDOM, TENDER_HVT | TENDER_SPT},
        {EXT_F_LARGE_MEMORY, TENDER_HVT},
        {EXT_F_PIE, TENDER_HVT | TENDER_SPT},
        {EXT_F_BTI, TENDER_HVT | TENDER_SPT},
        {EXT_F_CLOCK_VDSO, TENDER_SPT},
        {EXT_F_NET_BATCH, TENDER_HVT},
        {EXT_F_BLOCK_MAP, TENDER_SPT},
        {EXT_F_PAC, TENDER_HVT},
        {EXT_F_NET_VHOST, TENDER_HVT},
};

static uint64_t features_of(enum tender_target target)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++)
        if (offered[i].targets & target)
            bits |= offered[i].bit;
    return bits;
}

/* Linux, Documentation/arm64/elf_hwcaps.rst; bit 17 is of another kind on other CPUs. */
#define ARM_HWCAP2_BTI (1UL << 17)

static bool cpu_has_bti(const struct elf *elf)
{
    return elf->machine == EM_AARCH64 && elf_host_machine() == EM_AARCH64 &&
            (getauxval(AT_HWCAP2) & ARM_HWCAP2_BTI);
}

/* The part of the note that an image at any address has, SIZE bytes in all at AT. */
static int read_pie(struct ext *ext, const uint8_t *note, size_t size, uint64_t at,
        struct err *err)
{
    struct ext1_pie pie;

    if (size < sizeof pie)
        return err_set(err,
                "invalid executable: the extension note is too short for the table of "
                "relocations (offset 0x%llx)",
                (unsigned long long)at);
    memcpy(&pie, note, sizeof pie);
    ext->rela = pie.rela;
    ext->rela_size = pie.rela_size;
    ext->rela_place = at + offsetof(struct ext1_pie, rela);
    return 0;
}

static int no_fixed_address(struct err *err)
{
    return err_set(err,
            "invalid or unsupported executable: not at a fixed address (ET_EXEC) and not "
            "linked with -z solo5-pie (offset 0x%zx)",
            offsetof(Elf64_Ehdr, e_type));
}

int ext_read(struct ext *ext, const struct elf *elf, enum tender_target target,
        struct err *err)
{
    static const struct elf_note_spec spec = {.type = EXT1_NOTE_TYPE,
            .min_size = sizeof(struct ext1_info),
            .max_size = EXT1_NOTE_MAX_SIZE};
    uint8_t buf[EXT1_NOTE_MAX_SIZE];
    struct ext1_info info;
    uint64_t at;

    *ext = (struct ext){0};
    long size = elf_note(elf, &spec, buf, &at, err);
    if (size < 0)
        return -1;
    if (size == 0)
        return elf->type == ET_DYN ? no_fixed_address(err) : 0;
    memcpy(&info, buf, sizeof info);
    if (info.version == 0)
        return err_set(err,
                "invalid executable: the extension note has version 0 (offset 0x%llx)",
                (unsigned long long)at + offsetof(struct ext1_info, version));
    *ext = (struct ext){.declared = true,
            .features = info.features & features_of(target),
            .min_memory = info.min_memory};
    if (!cpu_has_bti(elf))
        ext->features &= ~EXT_F_BTI;
    if (elf->type != ET_DYN) {
        ext->features &= ~EXT_F_PIE;
        return 0;
    }
    if (!(ext->features & EXT_F_PIE))
        return no_fixed_address(err);
    return read_pie(ext, buf, (size_t)size, at, err);
}

int ext_check_memory(const struct ext *ext, const struct guest_mem *mem,
        struct err *err)
{
    const uint64_t mib = 1 << 20;
    uint64_t bytes;

    if (ext->min_memory <= mem->size)
        return 0;
    /* What the tender keeps for itself has to be added; near 2^64 it doesn't matter. */
    if (__builtin_add_overflow(ext->min_memory, mem->end - mem->size, &bytes))
        bytes = UINT64_MAX;
    unsigned long long n = bytes / mib + (bytes % mib != 0);
    return err_set(err, "needs at least %llu MiB of memory: use --mem=%llu", n, n);
}

int ext_random(uint8_t *buf, size_t size, struct err *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = getrandom(buf + done, size - done, 0);
        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return err_errno(err, "could not get random bytes for the guest");
    }
    return 0;
}

int ext_write(const struct ext *ext, struct guest_mem *mem, uint64_t hypercall_base,
        struct err *err)
{
    struct ext_info info = {.magic = EXT_MAGIC,
            .version = EXT_VERSION,
            .size = sizeof info,
            .features = ext->features,
            .block_max = ext->features & EXT_F_BLOCK_RANGE ? SANDBOX_BLOCK_CAP : 0,
            .hypercall_base = ext->features & EXT_F_LARGE_MEMORY ? hypercall_base : 0,
            .clock_vdso = ext->features & EXT_F_CLOCK_VDSO ? ext->clock_vdso : 0,
            .net_vhost = ext->features & EXT_F_NET_VHOST ? ext->net_vhost : 0};

    if (!ext->declared)
        return 0;
    if (ext->features & EXT_F_BLOCK_MAP) {
        info.block_page = ext->block_page;
        memcpy(info.block_map, ext->block_map, sizeof info.block_map);
    }
    if ((ext->features & EXT_F_RANDOM) &&
            ext_random(info.random, sizeof info.random, err) != 0)
        return -1;
    memcpy(guest_mem_at(mem, EXT_INFO_BASE), &info, sizeof info);
    return 0;
}
