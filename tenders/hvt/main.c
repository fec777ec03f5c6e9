/* SPDX-License-Identifier: ISC */
/*
 * solo5-hvt: run one unikernel in a virtual machine of its own.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch.h"
#include "hooks.h"
#include "layout.h"
#include "pie.h"
#include "startup.h"

static const char *name(void)
{
    return hooks_options.program;
}

/*
 * Without what the C library does at the end: under LD_DEBUG it writes then, as the filter does
 * not allow. Nothing is lost, stderr has no buffer and stdout is not used any more.
 */
static _Noreturn void leave(int status)
{
    _exit(status);
}

/* Without stdio: not every C library's ends in write(2), and the filter knows no other call. */
static __attribute__((noinline)) void die(const struct err *err)
{
    struct err line; /* large, and so not to be a part of main()'s frame */
    const char *p = line.text;

    err_join(&line, (const char *const[]){name(), ": ", err->text, NULL});
    size_t len = strlen(p);
    line.text[len++] = '\n';
    for (ssize_t n = 1; len > 0 && n > 0; len -= (size_t)n) {
        n = write(STDERR_FILENO, p, len);
        p += n;
    }
    leave(1);
}

/* Of the host's mapping: never executable, and the tender reads code for the guest. */
static int host_prot(const struct elf_segment *s)
{
    return PROT_READ | (s->prot & PROT_WRITE);
}

static int load(struct hvt *hvt, struct err *err)
{
    if (ext_check_memory(&hvt->ext, &hvt->mem, err) != 0 ||
            elf_plan(&hvt->elf, HVT_GUEST_MIN_BASE, hvt->mem.size, &hvt->plan, err) != 0 ||
            pie_place(&hvt->plan, &hvt->ext, &hvt->mem, err) != 0 ||
            load_image(&hvt->elf, &hvt->plan, &hvt->mem, host_prot, hvt->options.copy_image,
                    &hvt->mapped, err) != 0 ||
            pie_relocate(&hvt->elf, &hvt->plan, &hvt->ext, &hvt->mem, err) != 0)
        return err_prefix(err, hvt->options.kernel);
    close(hvt->elf.fd);
    return 0;
}

/* Who may do what with memory: the host's mapping and the guest's page tables. */
static int protect(struct hvt *hvt, struct err *err)
{
    if (hvt->options.exec_heap)
        fprintf(stderr, "%s: WARNING: Using executable heap (--x-exec-heap)\n", name());
    if (memmap_make(&hvt->map, &hvt->plan, &hvt->mem, hvt->options.exec_heap, err) != 0 ||
            memmap_protect_host(&hvt->map, &hvt->mem, err) != 0 ||
            memmap_forbid(&hvt->map, &hvt->mem, err) != 0)
        return err_prefix(err, hvt->options.kernel);
    /* What a guest writes and then executes may come from a compiler that knows no pads. */
    hvt->map.guarded = (hvt->ext.features & EXT_F_BTI) && !hvt->options.exec_heap;
    if (arch_tables(hvt->mem.host, &hvt->map, err) != 0)
        return err_prefix(err, hvt->options.kernel);
    return 0;
}

/* In force is what the image knows and the machine can. */
static void settle_signing(struct hvt *hvt)
{
    hvt->vm.signs = hvt->vm.signs && (hvt->ext.features & EXT_F_PAC);
    if (!hvt->vm.signs)
        hvt->ext.features &= ~EXT_F_PAC;
}

static void report(const struct hvt *hvt)
{
    const struct options *o = &hvt->options;
    struct err line;

    if (!o->verbose)
        return;
    /* As for errors: a file name's control characters are not printed. */
    err_set(&line,
            "%s: %llu MiB of memory, entry 0x%llx%s, counter at %llu Hz, %u net and %u block "
            "devices%s",
            o->kernel, (unsigned long long)o->mem_mib,
            (unsigned long long)hvt->plan.entry, pie_report(&hvt->plan).text,
            (unsigned long long)hvt->cycle_hz,
            hvt->devices.n_net, hvt->devices.n_block, hvt->ring_gpa ? ", net ring" : "");
    fprintf(stderr, "%s: %s\n", name(), line.text);
    devices_report(stderr, name(), &hvt->devices);
    if (o->net_vhost && !hvt->has_vhost)
        fprintf(stderr, "%s: note: the image has no use for --net-accel=vhost\n", name());
}

int main(int argc, char **argv)
{
    /*
     * Without a value: it is not in the file. In as few pages as can be, and those to itself: the
     * last is seldom touched.
     */
    static struct pages {
        struct hvt hvt;
    } __attribute__((aligned(4096))) pages;
    struct hvt *const hvt = &pages.hvt;
    static struct err err; /* large: what is called would be far down the stack */

    (void)argc;
    hvt->console = STDOUT_FILENO;
    hvt->options.more = &hooks_options;
    if (startup_process(&err) != 0 ||
            options_parse(&hvt->options, TENDER_HVT, argv, &err) != 0)
        die(&err);
    int answered = options_answer(&hvt->options, TENDER_HVT);
    if (answered != 0)
        return answered > 0 ? 0 : 1;
    if (sandbox_check_personality(&err) != 0 || hooks_start(&err) != 0 ||
            startup_image(&hvt->elf, &hvt->manifest, &hvt->ext, TENDER_HVT, &hvt->options,
                    &err) != 0 ||
            devices_attach(&hvt->devices, &hvt->manifest, &hvt->options, false, &err) != 0 ||
            boot_memory(hvt, &err) != 0 ||
            load(hvt, &err) != 0 ||
            protect(hvt, &err) != 0 ||
            vm_create(&hvt->vm, &hvt->mem, &err) != 0)
        die(&err);
    settle_signing(hvt);
    ring_start(hvt);
    block_map_open(&hvt->devices);
    if (vhost_start(hvt, &err) != 0 ||
            vm_cycle_hz(&hvt->vm, &hvt->cycle_hz, &err) != 0 ||
            waitset_open(&hvt->waitset, &hvt->devices, &err) != 0 ||
            boot_write(hvt, &err) != 0 ||
            vm_reset(&hvt->vm, hvt->plan.entry, &err) != 0)
        die(&err);
    vm_seal(&hvt->vm);
    report(hvt);
    if (signals_install(&err) != 0 || sigbus_install(hvt, &err) != 0)
        die(&err);
    if (hvt->options.show_policy)
        return hooks_show_policy(hvt) == 0 ? 0 : 1;
    if (hooks_confine(hvt, &err) != 0)
        die(&err);

    int status = hvt_run(hvt, &err);
    hooks_end(hvt, status);
    if (status < 0)
        die(&err);
    leave(status);
}
