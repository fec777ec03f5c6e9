/* SPDX-License-Identifier: ISC */
/*
 * solo5-spt from its first line to where its guest begins. Every call fails once, in every way
 * (faults.h).
 *
 * links: tenders/spt/boot.c tenders/spt/policy.c tenders/spt/protect.c tenders/spt/signals.c
 * links: tenders/common/guest_mem.c tenders/common/devices.c tenders/common/attach_net.c
 * links: tenders/common/attach_block.c tenders/common/ext.c tenders/common/manifest.c
 * links: tenders/common/image.c tenders/common/options.c tenders/common/waitset.c
 * links: tenders/common/sandbox.c tenders/common/filter.c tenders/common/err.c
 * links: tenders/common/startup.c tenders/common/block_map.c
 * links: tenders/common/load.c tenders/common/pie.c tenders/spt/vdso.c
 *
 * wraps: open fcntl ioctl fstat fstatfs lseek fdatasync getsockopt socketpair epoll_create1
 * wraps: epoll_ctl epoll_pwait timerfd_create timerfd_settime ppoll mmap mprotect madvise malloc
 * wraps: calloc realloc prctl personality sigaction sigaltstack close read write pread pwrite recv
 * wraps: getrandom syscall exit
 */
#include "faults.h"

#include "spt_abi.h"
#include "walls.h"

int tender(int argc, char **argv);
#define main tender
#include "../../tenders/spt/main.c"
#undef main

void walls_raise(struct walls *w, int *keep, size_t n)
{
    (void)keep, (void)n;
    *w = (struct walls){{0}};
}

void walls_report(FILE *out, const char *prefix, const struct walls *w)
{
    (void)out, (void)prefix, (void)w;
}

void policy_cpu(struct sandbox *sb)
{
    (void)sb;
}

const struct vdso_name vdso_clock = {"clock_gettime", "LINUX_2.6"};

long raw_call(long nr, long a, long b, long c, long d)
{
    return __real_syscall(nr, a, b, c, d, 0, 0);
}

void resume(const mcontext_t *at)
{
    (void)at;
    end(106);
    __builtin_unreachable();
}

/* The island of a process that stays as it is. */
int island_open(struct island *is, char *const *argv, struct err *err)
{
    static struct {
        struct island_fixed fixed;
        struct island_scratch scratch;
        char stack[64 << 10];
    } all;

    (void)argv, (void)err;
    *is = (struct island){.fixed = &all.fixed, .scratch = &all.scratch, .stack_size = sizeof all};
    return 0;
}

int island_seal(const struct island *is, struct err *err)
{
    (void)is, (void)err;
    return 0;
}

/* In the place of the guest: is all there that it needs? */
void island_leave(struct island *is, const struct guest_mem *mem, const struct vdso *vdso,
        const struct guest_mem_range *maps, uint64_t entry, uint64_t boot_info, bool verbose)
{
    const struct spt_boot_info *bi = (const void *)(uintptr_t)boot_info;
    const struct ext_info *ext = (const void *)EXT_INFO_BASE;
    const uint8_t *disk = (const void *)(uintptr_t)ext->block_map[2];
    struct err err;

    (void)vdso, (void)verbose;
    faults->running = true;
    if (mem->size != 4 << 20 || entry != image.eh.e_entry || strcmp(bi->cmdline, "one") != 0)
        end(101);
    if (memcmp((const void *)(uintptr_t)image.ph[0].p_vaddr, image.text, sizeof image.text) != 0)
        end(102);
    if ((maps->end != 0) != ((ext->features & EXT_F_BLOCK_MAP) != 0) ||
            (maps->end != 0) != (disk != NULL))
        end(104);
    if (disk && ((uintptr_t)disk != maps->start || maps->end - maps->start != DISK_SIZE ||
                        disk[0] != 0 || disk[DISK_SIZE - 1] != 0))
        end(105);
    if (is->scratch->filter.program.len == 0 || sandbox_start(&is->scratch->filter, &err) != 0)
        end(103);
    end(7);
    __builtin_unreachable();
}

static void check(int status)
{
    /* What the island says in the real one's place. */
    if (status == 103 && strcmp(faults->name, "syscall") == 0)
        return;
    check_end(status, "solo5-spt: ");
}

static void nothing_fails(void **state)
{
    (void)state;
    assert_int_equal(run_with((struct faults){0}, tender), 7);
    assert_true(faults->calls > 40);
}

static void each_call_fails(void **state)
{
    (void)state;
    fail_all(tender, check);
}

static int setup(void **state)
{
    fake_make(&image);
    image.abi.info.abi_target = SPT_ABI_TARGET;
    for (size_t i = 0; i < 5; i++)
        image.ph[i].p_flags |= PF_R;
    fake_ext(&image, EXT_F_BLOCK_FLUSH | EXT_F_NET_FORGET | EXT_F_RANDOM | EXT_F_CLOCK_VDSO |
                    EXT_F_BLOCK_MAP,
            0);
    return faults_setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(nothing_fails),
            cmocka_unit_test(each_call_fails),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
