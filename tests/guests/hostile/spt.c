/* SPDX-License-Identifier: ISC */
/*
 * spt: attacks on solo5-spt, one for each name.
 *   call NUMBER VECTOR    any system call, with plausible arguments: vectors, below
 *   named NAME            one of the rows below, with its own
 *   row NAME SIGNAL       what the handler of this signal may ask for: see own_row()
 */
#include "spt.h"

#include "ext_abi.h"
#include "mft_abi.h"
#include "spt_abi.h"

#define BAD_ADDRESS (-14) /* EFAULT */
#define INVALID (-22)     /* EINVAL */
#define AT_CWD ((uint64_t)-100)
#define DISK_FD 10

static const struct spt_boot_info *const boot = (const void *)SPT_BOOT_INFO_BASE;
static uint64_t mem_size;

static uint8_t buffer[65536] __attribute__((aligned(4096)));
static const uint8_t constant[4096] __attribute__((aligned(4096))) = {1};

static uint64_t at(const void *p)
{
    return (uintptr_t)p;
}

static uint64_t text(void)
{
    return (uintptr_t)solo5_app_main & ~(uint64_t)0xfff;
}

static void report(long result)
{
    put("result=");
    put_hex((uint64_t)result);
    put("\n");
}

/*
 * By number
 */
static void call_number(uint64_t nr, uint64_t vector)
{
    const uint64_t vectors[][6] = {
            {1, at(buffer), 64, 0, 0, 0},
            {DISK_FD, at(buffer), 512, 0, 0, 0},
            {(uint32_t)boot->epollfd, at(buffer), 1, 0, 0, 0},
            {(uint32_t)boot->timerfd, 0, at(buffer), 0, 0, 0},
            {0, 0, 0, 0, 0, 0},
            {at("/proc/self/mem"), 2, 0, 0, 0, 0},
    };

    CHECK(vector < COUNT(vectors));
    report(cpu_syscall_6(nr, vectors[vector]));
}

/*
 * By name
 */
static void call_named(const char *name)
{
    const uint64_t self[1] = {at(buffer)};
    const struct {
        const char *name;
        uint64_t a[6];
    } rows[] = {
            /* itself, its parent, others */
            {"ptrace", {0}}, /* PTRACE_TRACEME */
            {"kill", {1, 9}},
            {"tkill", {1, 9}},
            {"tgkill", {1, 1, 15}},
            {"rt_sigqueueinfo", {1, 15, at(buffer)}},
            {"process_vm_readv", {1, at(self), 1, at(self), 1, 0}},
            {"process_vm_writev", {1, at(self), 1, at(self), 1, 0}},
            {"pidfd_open", {1, 0}},
            {"pidfd_getfd", {3, 0, 0}},
            {"pidfd_send_signal", {3, 9, 0, 0}},
            {"kcmp", {1, 1, 0, 0, 0}},
            /* new processes, threads, programs */
            {"clone", {17, 0, 0, 0, 0}},
            {"clone3", {at(buffer), 88}},
            {"execve", {at("/bin/sh"), at(self), 0}},
            {"execveat", {AT_CWD, at("/bin/sh"), at(self), 0, 0}},
            {"unshare", {0x10000000}},
            {"setns", {3, 0}},
            /* files, /proc */
            {"openat", {AT_CWD, at("/proc/self/mem"), 2, 0}},
            {"openat2", {AT_CWD, at("/proc/self/maps"), at(buffer), 24}},
            {"open_by_handle_at", {AT_CWD, at(buffer), 0}},
            {"readlinkat", {AT_CWD, at("/proc/self/exe"), at(buffer), 64}},
            {"statx", {AT_CWD, at("/"), 0, 0xfff, at(buffer)}},
            {"unlinkat", {AT_CWD, at("canary"), 0}},
            {"renameat2", {AT_CWD, at("canary"), AT_CWD, at("gone"), 0}},
            {"ftruncate", {DISK_FD, 0}},
            {"fallocate", {DISK_FD, 3, 0, 8192}},
            {"mount", {at("/"), at("/"), 0, 4096, 0}},
            {"chdir", {at("/")}},
            {"memfd_create", {at("x"), 0}},
            /* descriptors */
            {"close", {2}},
            {"dup3", {1, 0, 0}},
            {"fcntl", {DISK_FD, 2, 0}},
            {"ioctl", {DISK_FD, 0x1277, at(buffer)}},
            {"socket", {1, 1, 0}},
            {"sendmsg", {1, at(buffer), 0}},
            {"io_uring_setup", {8, at(buffer)}},
            {"epoll_create1", {0}},
            {"splice", {DISK_FD, 0, 1, 0, 512, 0}},
            {"copy_file_range", {DISK_FD, 0, 1, 0, 512, 0}},
            {"preadv2", {DISK_FD, at(self), 1, 0, 0, 0}},
            {"pwritev2", {DISK_FD, at(self), 1, 0, 0, 0}},
            /* memory */
            {"mmap", {0, 4096, 7, 0x22, (uint64_t)-1, 0}},
            {"mprotect", {text(), 4096, 7}},
            {"pkey_mprotect", {text(), 4096, 7, 0}},
            {"munmap", {text(), 4096}},
            {"mremap", {at(buffer), 4096, 8192, 1, 0}},
            {"remap_file_pages", {at(buffer), 4096, 0, 0, 0}},
            {"brk", {0}},
            {"madvise", {text(), 4096, 4}},
            {"mlock", {at(buffer), 4096}},
            {"userfaultfd", {0}},
            {"shmget", {0, 4096, 0x3ff}},
            /* signals, threads' areas, what waits */
            {"rt_sigaction", {11, at(buffer), 0, 8}},
            {"rt_sigprocmask", {0, at(constant), 0, 8}},
            {"rt_sigreturn", {0}},
            {"sigaltstack", {at(buffer), 0}},
            {"rseq", {at(buffer), 32, 0, 0x53053053}},
            {"set_robust_list", {at(buffer), 24}},
            {"futex", {at(buffer), 0, 0, 0, 0, 0}},
            {"timer_create", {1, 0, at(buffer)}},
            {"setitimer", {0, at(buffer), 0}},
            {"nanosleep", {at(buffer), 0}},
            /* itself, in the kernel's eyes */
            {"prctl", {4, 1}},
            {"seccomp", {1, 0, at(buffer)}},
            {"personality", {0x0400000}},
            {"setuid", {0}},
            {"capset", {at(buffer), at(buffer)}},
            {"prlimit64", {0, 4, at(buffer), 0}},
            {"setpriority", {0, 0, (uint64_t)-20}},
            /* the kernel */
            {"bpf", {0, at(buffer), 64}},
            {"perf_event_open", {at(buffer), 0, (uint64_t)-1, (uint64_t)-1, 0}},
            {"init_module", {at(buffer), 64, at("")}},
            {"kexec_load", {0, 0, 0, 0}},
            {"reboot", {0xfee1dead, 672274793, 0, 0}},
            {"add_key", {at("user"), at("x"), at(buffer), 1, (uint64_t)-1}},
            {"syslog", {3, at(buffer), 64}},
            {"clock_settime", {0, at(buffer)}},
            {"getrandom", {at(buffer), 64, 0}},
            {"uname", {at(buffer)}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        for (const struct number *n = cpu_numbers; n->name; n++)
            if (strcmp(n->name, name) == 0)
                report(cpu_syscall_6(n->nr, rows[i].a));
        return;
    }
    FAIL("unknown name");
}

/*
 * Calls that are allowed, with pointers where nothing is or may be written: the kernel says
 * no, and nothing is changed.
 */
static void unreadable(uint64_t p)
{
    CHECK(call(CPU_NR_WRITE, 1, p, 8, 0) == BAD_ADDRESS);
    CHECK(call(CPU_NR_PWRITE64, DISK_FD, p, 512, 0) == BAD_ADDRESS);
    CHECK(call(number("timerfd_settime"), (uint32_t)boot->timerfd, 0, p, 0) == BAD_ADDRESS);
}

static void unwritable(uint64_t p)
{
    long r = call(CPU_NR_PREAD64, DISK_FD, p, 512, 0);

    CHECK(r == BAD_ADDRESS);
    CHECK(call(CPU_NR_CLOCK_GETTIME, 0, p, 0, 0) == BAD_ADDRESS);
    /* Without an address for it, the old time is not asked for. */
    CHECK(call(number("timerfd_settime"), (uint32_t)boot->timerfd, 0, at(buffer) + 4096, p) ==
            (p ? BAD_ADDRESS : 0));
}

static void pointers(void)
{
    const uint64_t nowhere[] = {0, 1, 0xffff, mem_size, mem_size + 4096, UINT64_C(1) << 32,
            UINT64_C(1) << 46, UINT64_C(1) << 47, UINT64_C(1) << 55, UINT64_C(1) << 63,
            UINT64_MAX - 4095, UINT64_MAX};
    const uint64_t protected[] = {text(), (uintptr_t)constant, (uintptr_t)constant + 4088};

    for (size_t i = 0; i < COUNT(nowhere); i++) {
        unreadable(nowhere[i]);
        unwritable(nowhere[i]);
    }
    for (size_t i = 0; i < COUNT(protected); i++)
        unwritable(protected[i]);
    CHECK(constant[0] == 1 && constant[4095] == 0);
}

/* How many events, which time: any number. */
static void numbers(void)
{
    const uint64_t epoll = (uint32_t)boot->epollfd, timer = (uint32_t)boot->timerfd;
    static const int64_t times[][4] = {
            {0, 0, 0, 1}, {0, 0, INT64_MAX, 0}, {1, -1, 1, 1}, {0, 1, 0, 1}, {-1, 0, 0, 0},
            {0, 0, 0, 0}};
    static const uint64_t counts[] = {1, 2, 64, 0x7fffffff / 16, UINT64_C(1) << 32 | 1};
    const uint64_t wait = number("epoll_pwait"), set = number("timerfd_settime");

    CHECK(call(wait, epoll, at(buffer), 0, 0) == INVALID);
    CHECK(call(wait, epoll, at(buffer), (uint64_t)-1, 0) == INVALID);
    for (size_t i = 0; i < COUNT(times); i++)
        for (uint64_t flags = 0; flags < 4; flags++)
            call(set, timer, flags, at(times[i]), 0);
    for (size_t i = 0; i < COUNT(counts); i++)
        CHECK(call(wait, epoll, at(buffer), counts[i], 0) >= 0);
    CHECK(call(CPU_NR_WRITE, 1, at(buffer), 0, 0) == 0);
}

/*
 * Spins: SIGTERM ends them, wherever the stack is
 */
static void spin_no_stack(void)
{
    put("waiting\n");
    cpu_spin_at(0);
}

static void spin_odd_stack(void)
{
    put("waiting\n");
    cpu_spin_at(at(buffer) + 4096 + 3);
}

static void spin_high_stack(void)
{
    put("waiting\n");
    cpu_spin_at((uint64_t)-16);
}

static void spin_oddly(void)
{
    put("waiting\n");
    cpu_spin_oddly();
}

/* The disk says where: the case found it out from outside. */
static void wait_for_range(uint64_t range[2])
{
    do {
        call(CPU_NR_PREAD64, DISK_FD, at(buffer), 512, 0);
        memcpy(range, buffer, 16);
    } while (range[1] == 0);
}

/* What the tender's handler of signals has: its stack. */
static void scribble(void)
{
    uint64_t range[2];

    put("ready\n");
    wait_for_range(range);
    memset(OPAQUE((void *)range[0]), 0xff, range[1]);
    put("waiting\n");
    cpu_spin_at(0);
}

static void scribble_pointers(void)
{
    uint64_t range[2];

    put("ready\n");
    wait_for_range(range);
    for (uint64_t i = 0; i < range[1] / 8; i++)
        ((volatile uint64_t *)OPAQUE((void *)range[0]))[i] = range[0] + i * 8;
    put("waiting\n");
    cpu_spin_at(range[0] + range[1] / 2);
}

/* It asks ppoll(2) about stderr there, which is full. What if stdout were asked about? */
static void scribble_poll(void)
{
    uint64_t range[2];

    put("ready\n");
    wait_for_range(range);
    *(volatile uint64_t *)OPAQUE((void *)range[0]) = UINT64_C(4) << 32 | 1; /* POLLOUT */
    put("waiting\n");
    cpu_spin_at(0);
}

static void signal_stack(void)
{
    uint64_t range[2];

    put("ready\n");
    wait_for_range(range);
    put("waiting\n");
    cpu_spin_at(range[0] + 64);
}

/*
 * The mapped disk
 */
static const struct ext_info *const ext = (const void *)EXT_INFO_BASE;

static uint64_t map(void)
{
    CHECK(ext->magic == EXT_MAGIC && (ext->features & EXT_F_BLOCK_MAP) && ext->block_map[1]);
    return ext->block_map[1];
}

/* Behind the last whole page. */
static uint64_t map_end(void)
{
    const struct mft *m = boot->mft;

    return map() + (m->e[1].u.block_basic.capacity & ~(ext->block_page - 1));
}

static void map_write(void)
{
    *(volatile uint8_t *)OPAQUE((void *)map()) = 1;
}

static void map_execute(void)
{
    ((void (*)(void))OPAQUE((void *)map()))();
}

static void map_behind(void)
{
    CHECK(*(const volatile uint8_t *)OPAQUE((void *)(map_end() - 1)) == 0xa5);
    put("last byte\n");
    (void)*(const volatile uint8_t *)OPAQUE((void *)map_end());
}

/* The kernel can't write there for it, and reads what the guest can. */
static void map_buffers(void)
{
    unwritable(map());
    unwritable(map_end() - 512);
    unwritable(map_end());
    CHECK(call(CPU_NR_PWRITE64, DISK_FD, map(), 512, 0) == 512);
    CHECK(call(CPU_NR_PWRITE64, DISK_FD, map_end(), 512, 0) == BAD_ADDRESS);
}

/* The case cuts the file. */
static uint64_t lost_byte(void)
{
    uint64_t byte = map();

    put("ready\n");
    while (call(CPU_NR_PREAD64, DISK_FD, at(buffer), 512, 0) > 0)
        continue;
    put("waiting\n");
    return byte;
}

static void map_wild(void)
{
    cpu_touch(lost_byte(), 0x1234);
}

static void map_wild_data(void)
{
    cpu_touch(lost_byte(), at(buffer));
}

static void map_wild_map(void)
{
    uint64_t byte = lost_byte();

    cpu_touch(byte, byte);
}

static void map_wild_kernel(void)
{
    cpu_touch(lost_byte(), UINT64_C(1) << 63 | 1);
}

static void map_no_stack(void)
{
    cpu_touch_no_stack(lost_byte());
}

static void map_again(void)
{
    cpu_touch_again(lost_byte());
}

static void map_keeps(void)
{
    CHECK(cpu_touch_keeps(lost_byte()) == 0);
}

/* By a system call: an error, and no signal. */
static void map_lost_buffer(void)
{
    CHECK(call(CPU_NR_WRITE, 1, lost_byte(), 8, 0) == BAD_ADDRESS);
}

/*
 * The read-only page before that: the tender's struct island_fixed (tenders/spt/island.h), which is
 * found by its text.
 */
struct fixed {
    int64_t at_once[2];
    uint64_t default_action[4], mask[2], length[2];
    char text[2][40];
    int64_t pid;
};

static const struct fixed *find_fixed(uint64_t stack)
{
    static const char text[] = "solo5-spt: Exiting on signal 2\n";

    for (uint64_t p = stack - 4096; p < stack - sizeof text; p++)
        if (memcmp(OPAQUE((const void *)p), text, sizeof text) == 0)
            return (const void *)(p - offsetof(struct fixed, text));
    FAIL("no constants");
}

/* What comes back is 0, but for the message. */
static void own_row(const char *name, uint64_t signal)
{
    uint64_t range[2];
    const uint64_t i = signal == 2 ? 0 : 1;

    put("ready\n");
    wait_for_range(range);
    const struct fixed *f = find_fixed(range[0]);
    const struct {
        const char *name;
        uint64_t a[6];
    } rows[] = {
            {"ppoll", {range[0], 1, at(f->at_once), 0}},
            {"write", {2, at(f->text[i]), f->length[i]}},
            {"rt_sigaction", {signal, at(f->default_action), 0, 8}},
            {"rt_sigprocmask", {1, at(&f->mask[i]), 0, 8}},
            {"tgkill", {(uint64_t)f->pid, (uint64_t)f->pid, signal}},
    };

    for (size_t r = 0; r < COUNT(rows); r++)
        if (strcmp(rows[r].name, name) == 0)
            CHECK(cpu_syscall_6(number(name), rows[r].a) >= 0);
    put("waiting\n");
    cpu_spin_at(0);
}

/* Nothing of what the tender has done there is left. */
static void stack_zeros(void)
{
    uint64_t range[2];

    put("ready\n");
    wait_for_range(range);
    for (uint64_t i = 0; i < range[1] / 8; i++)
        CHECK(((const uint64_t *)OPAQUE((void *)range[0]))[i] == 0);
}

static void fixed_range(uint64_t range[2])
{
    put("ready\n");
    wait_for_range(range);
    range[0] = (uintptr_t)find_fixed(range[0]);
}

static void fixed_write(void)
{
    uint64_t range[2];

    fixed_range(range);
    *(volatile uint64_t *)OPAQUE((void *)range[0]) = 1;
}

/* By the kernel's hand. */
static void fixed_calls(void)
{
    uint64_t range[2];

    fixed_range(range);
    unwritable(range[0]);
    unwritable(range[0] + offsetof(struct fixed, default_action));
    put("waiting\n");
    cpu_spin_at(0);
}

/* All that is allowed and comes back, in turns. */
static void storm(void)
{
    put("waiting\n");
    for (;;) {
        solo5_yield(solo5_clock_monotonic() + 1, NULL);
        solo5_yield(0, NULL);
        call(CPU_NR_WRITE, 1, at(buffer), 0, 0);
        call(CPU_NR_PREAD64, DISK_FD, at(buffer), 512, 0);
        call(CPU_NR_PWRITE64, DISK_FD, at(buffer), 512, 0);
    }
}

static const struct attack attacks[] = {
        {"pointers", pointers},
        {"numbers", numbers},
        {"spin-no-stack", spin_no_stack},
        {"spin-odd-stack", spin_odd_stack},
        {"spin-high-stack", spin_high_stack},
        {"spin-oddly", spin_oddly},
        {"scribble", scribble},
        {"scribble-pointers", scribble_pointers},
        {"scribble-poll", scribble_poll},
        {"signal-stack", signal_stack},
        {"map-write", map_write},
        {"map-execute", map_execute},
        {"map-behind", map_behind},
        {"map-buffers", map_buffers},
        {"map-wild", map_wild},
        {"map-wild-data", map_wild_data},
        {"map-wild-map", map_wild_map},
        {"map-wild-kernel", map_wild_kernel},
        {"map-no-stack", map_no_stack},
        {"map-again", map_again},
        {"map-keeps", map_keeps},
        {"map-lost-buffer", map_lost_buffer},
        {"stack-zeros", stack_zeros},
        {"fixed-write", fixed_write},
        {"fixed-calls", fixed_calls},
        {"storm", storm},
        {NULL, NULL},
};

int solo5_app_main(const struct solo5_start_info *info)
{
    struct args a;

    mem_size = info->heap_start + info->heap_size;
    args_split(&a, info->cmdline);
    attack_run(attacks, a.v[0]);
    attack_run(cpu_single, a.v[0]);
    if (strcmp(a.v[0], "call") == 0)
        call_number(to_u64(a.v[1]), to_u64(a.v[2]));
    else if (strcmp(a.v[0], "named") == 0)
        call_named(a.v[1]);
    else if (strcmp(a.v[0], "row") == 0)
        own_row(a.v[1], to_u64(a.v[2]));
    else
        FAIL("unknown attack");
    return SOLO5_EXIT_SUCCESS;
}
