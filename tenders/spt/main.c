/* SPDX-License-Identifier: ISC */
/*
 * solo5-spt: run one unikernel inside this process, under a seccomp filter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "block_map.h"
#include "layout.h"
#include "pie.h"
#include "spt.h"
#include "startup.h"
#include "walls.h"

static const char *const name = "solo5-spt";

static void die(const struct err *err)
{
    fprintf(stderr, "%s: %s\n", name, err->text);
    exit(1);
}

static int make_memory(struct spt *spt, struct err *err)
{
    uint64_t size;

    if (guest_mem_size(spt->options.mem_mib, &size, err) != 0)
        return -1;
    if (spt->options.exec_heap)
        fprintf(stderr, "%s: WARNING: Using executable heap (--x-exec-heap)\n", name);
    return guest_mem_alloc_here(&spt->mem, SPT_HOST_MEM_BASE, size, spt->options.exec_heap,
            spt->options.huge_pages, err);
}

/* Not to be had everywhere: then clocks are system calls, as for images that don't know it. */
static void find_clock(struct spt *spt)
{
    struct err why;

    if (!(spt->ext.features & EXT_F_CLOCK_VDSO))
        return;
    if (vdso_find(&spt->vdso, &why) == 0) {
        spt->ext.clock_vdso = spt->vdso.clock;
        return;
    }
    spt->ext.features &= ~EXT_F_CLOCK_VDSO;
    if (spt->options.verbose)
        fprintf(stderr, "%s: note: clocks are system calls: %s\n", name, why.text);
}

/* The guest copies small reads itself, of devices that can be mapped. */
static void map_disks(struct spt *spt)
{
    _Static_assert(EXT_BLOCK_MAPS == MFT_MAX_ENTRIES, "one for each handle");

    if (!(spt->ext.features & EXT_F_BLOCK_MAP))
        return;
    block_map_open(&spt->devices);
    if (spt->devices.maps.page == 0)
        spt->ext.features &= ~EXT_F_BLOCK_MAP;
    spt->ext.block_page = spt->devices.maps.page;
    for (unsigned i = 0; i < MFT_MAX_ENTRIES; i++)
        spt->ext.block_map[i] = (uintptr_t)spt->devices.d[i].map;
}

/* The answer to the image's note, which no guest that has one needs to write. */
static int answer_ext(struct spt *spt, struct err *err)
{
    if (!spt->ext.declared)
        return 0;
    find_clock(spt);
    map_disks(spt);
    if (ext_write(&spt->ext, &spt->mem, 0, err) != 0)
        return -1;
    return guest_mem_protect(&spt->mem, EXT_INFO_BASE, EXT_INFO_END, PROT_READ, err);
}

/* Before there is anything of the image: how that goes must not be up to it. */
static int make_island(struct spt *spt, char *const *argv, struct err *err)
{
    if (island_open(&spt->island, argv, err) != 0 ||
            signals_install(&spt->island, &spt->devices.maps.range, err) != 0)
        return -1;
    return island_seal(&spt->island, err);
}

static int load(struct spt *spt, struct err *err)
{
    bool exec_heap = spt->options.exec_heap;
    struct load_map mapped;

    if (ext_check_memory(&spt->ext, &spt->mem, err) != 0 ||
            elf_plan(&spt->elf, SPT_GUEST_MIN_BASE, spt->mem.size, &spt->plan, err) != 0)
        return err_prefix(err, spt->options.kernel);
    /* What a guest writes and then executes may come from a compiler that knows no pads. */
    if ((spt->ext.features & EXT_F_BTI) && !exec_heap)
        protect_guard(&spt->plan);
    if (pie_place(&spt->plan, &spt->ext, &spt->mem, err) != 0 ||
            protect_check(&spt->plan, exec_heap, spt->mem.page, err) != 0 ||
            load_image(&spt->elf, &spt->plan, &spt->mem, protect_prot(exec_heap),
                    spt->options.copy_image, &mapped, err) != 0 ||
            pie_relocate(&spt->elf, &spt->plan, &spt->ext, &spt->mem, err) != 0 ||
            protect_apply(&spt->plan, exec_heap, &spt->mem, err) != 0)
        return err_prefix(err, spt->options.kernel);
    free(mapped.range);
    close(spt->elf.fd);
    return 0;
}

static void report(const struct spt *spt)
{
    const struct options *o = &spt->options;
    struct err line;

    if (!o->verbose)
        return;
    /* As for errors: a file name's control characters are not printed. */
    err_set(&line, "%s: %llu MiB of memory, entry 0x%llx%s, %u net and %u block devices",
            o->kernel, (unsigned long long)o->mem_mib,
            (unsigned long long)spt->plan.entry, pie_report(&spt->plan).text,
            spt->devices.n_net, spt->devices.n_block);
    fprintf(stderr, "%s: %s\n", name, line.text);
    devices_report(stderr, name, &spt->devices);
}

/* The guest's descriptors are those of its devices and of its waiting. */
static void raise_walls(const struct spt *spt)
{
    int keep[MFT_MAX_ENTRIES + 5] = {0, 1, 2, spt->waitset.epollfd, spt->waitset.timerfd};
    size_t n = 5 + devices_fds(&spt->devices, keep + 5);
    struct walls walls;

    walls_raise(&walls, keep, n);
    if (spt->options.verbose)
        walls_report(stderr, name, &walls);
}

int main(int argc, char **argv)
{
    static struct spt spt;
    static struct err err; /* large: what is called would be far down the stack */

    (void)argc;
    if (startup_process(&err) != 0 ||
            options_parse(&spt.options, TENDER_SPT, argv, &err) != 0)
        die(&err);
    int answered = options_answer(&spt.options, TENDER_SPT);
    if (answered != 0)
        return answered > 0 ? 0 : 1;
    if (sandbox_check_personality(&err) != 0 ||
            startup_image(&spt.elf, &spt.manifest, &spt.ext, TENDER_SPT, &spt.options,
                    &err) != 0 ||
            devices_attach(&spt.devices, &spt.manifest, &spt.options, true, &err) != 0 ||
            make_memory(&spt, &err) != 0 ||
            answer_ext(&spt, &err) != 0 ||
            make_island(&spt, argv, &err) != 0 ||
            load(&spt, &err) != 0 ||
            waitset_open(&spt.waitset, &spt.devices, &err) != 0 ||
            boot_write(&spt, &err) != 0)
        die(&err);
    report(&spt);
    if (spt.options.show_policy)
        return policy_show(&spt, stdout) == 0 ? 0 : 1;
    raise_walls(&spt);
    if (policy_make(&spt, spt.island.scratch->code, &spt.island.scratch->filter, &err) != 0)
        die(&err);
    island_leave(&spt.island, &spt.mem, &spt.vdso, &spt.devices.maps.range, spt.plan.entry,
            SPT_BOOT_INFO_BASE, spt.options.verbose);
}
