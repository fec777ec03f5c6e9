/* SPDX-License-Identifier: ISC */
/*
 * solo5-hvt: run one unikernel in a virtual machine of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "arch.h"
#include "hvt.h"
#include "layout.h"
#include "startup.h"

static const char *const name = "solo5-hvt";

static void die(const struct err *err)
{
    fprintf(stderr, "%s: %s\n", name, err->text);
    exit(1);
}

/* --help and --version are answered and done. */
static void answer(const struct options *o)
{
    if (o->help)
        options_usage(stdout, TENDER_HVT);
    else if (o->version)
        options_version(stderr, TENDER_HVT);
    else
        return;
    exit(0);
}

static int make_memory(struct hvt *hvt, struct err *err)
{
    uint64_t size;

    if (boot_mem_size(hvt->options.mem_mib, &size, err) != 0)
        return -1;
    if (size != hvt->options.mem_mib << 20)
        fprintf(stderr, "%s: WARNING: adjusting memory to %llu bytes, --mem counts in steps "
                        "of 2 MiB\n",
                name, (unsigned long long)size);
    return guest_mem_alloc(&hvt->mem, size, err);
}

static int load_image(struct hvt *hvt, struct err *err)
{
    struct err why;

    if (elf_plan(&hvt->elf, HVT_GUEST_MIN_BASE, hvt->mem.size, &hvt->plan, &why) != 0 ||
            elf_load(&hvt->elf, &hvt->plan, hvt->mem.host, 0, &why) != 0)
        return err_set(err, "%s: %s", hvt->options.kernel, why.text);
    close(hvt->elf.fd);
    return 0;
}

/* Who may do what with memory: the host's mapping and the guest's page tables. */
static int protect(struct hvt *hvt, struct err *err)
{
    struct err why;

    if (hvt->options.exec_heap)
        fprintf(stderr, "%s: WARNING: Using executable heap (--x-exec-heap)\n", name);
    if (memmap_make(&hvt->map, &hvt->plan, hvt->mem.size, hvt->mem.page,
                hvt->options.exec_heap, &why) != 0 ||
            memmap_protect_host(&hvt->map, &hvt->mem, &why) != 0 ||
            arch_tables(hvt->mem.host, &hvt->map, &why) != 0)
        return err_set(err, "%s: %s", hvt->options.kernel, why.text);
    return 0;
}

static void report(const struct hvt *hvt)
{
    const struct options *o = &hvt->options;

    if (!o->verbose)
        return;
    fprintf(stderr,
            "%s: %s: %llu MiB of memory, entry 0x%llx, counter at %llu Hz, %u net and %u "
            "block devices\n",
            name, o->kernel, (unsigned long long)(hvt->mem.size >> 20),
            (unsigned long long)hvt->plan.entry, (unsigned long long)hvt->cycle_hz,
            hvt->devices.n_net, hvt->devices.n_block);
    for (unsigned i = 1; i < hvt->manifest.entries; i++) {
        const struct device *d = &hvt->devices.d[i];
        if (d->type == MFT_DEV_NET_BASIC)
            fprintf(stderr, "%s: net '%s': mtu %u\n", name, d->name, d->mtu);
        if (d->type == MFT_DEV_BLOCK_BASIC)
            fprintf(stderr, "%s: block '%s': %llu bytes in blocks of %u\n", name, d->name,
                    (unsigned long long)d->capacity, d->block_size);
    }
}

int main(int argc, char **argv)
{
    static struct hvt hvt = {.console = STDOUT_FILENO};
    struct err err;

    (void)argc;
    if (startup_process(&err) != 0 ||
            options_parse(&hvt.options, TENDER_HVT, argv, &err) != 0)
        die(&err);
    answer(&hvt.options);
    if (sandbox_check_personality(&err) != 0 ||
            startup_image(&hvt.elf, &hvt.manifest, TENDER_HVT, &hvt.options, &err) != 0 ||
            devices_attach(&hvt.devices, &hvt.manifest, &hvt.options, false, &err) != 0 ||
            make_memory(&hvt, &err) != 0 ||
            load_image(&hvt, &err) != 0 ||
            protect(&hvt, &err) != 0 ||
            vm_create(&hvt.vm, &hvt.mem, &err) != 0 ||
            vm_cycle_hz(&hvt.vm, &hvt.cycle_hz, &err) != 0 ||
            waitset_open(&hvt.waitset, &hvt.devices, &err) != 0 ||
            boot_write(&hvt, &err) != 0 ||
            vm_reset(&hvt.vm, hvt.plan.entry, &err) != 0)
        die(&err);
    vm_seal(&hvt.vm);
    report(&hvt);
    if (signals_install(&err) != 0 || policy_install(&hvt, &err) != 0)
        die(&err);

    int status = hvt_run(&hvt, &err);
    if (status < 0)
        die(&err);
    return status;
}
