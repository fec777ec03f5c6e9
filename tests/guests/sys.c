/* SPDX-License-Identifier: ISC */
/*
 * sys: on spt, a system call of its own instead of one of the bindings'. The
 * arguments say which. One that is allowed prints its result.
 */
#include "cpu.h"
#include "lib.h"

static const struct call {
    const char *name;
    long nr;
} calls[] = {
        {"read", CPU_NR_READ},
        {"write", CPU_NR_WRITE},
        {"mprotect", CPU_NR_MPROTECT},
        {"pread64", CPU_NR_PREAD64},
        {"pwrite64", CPU_NR_PWRITE64},
        {"fdatasync", CPU_NR_FDATASYNC},
        {"epoll_ctl", CPU_NR_EPOLL_CTL},
        {"getpid", CPU_NR_GETPID},
        {"openat", CPU_NR_OPENAT},
        {"rt_sigreturn", CPU_NR_RT_SIGRETURN},
        {"ppoll", CPU_NR_PPOLL},
        {"rt_sigaction", CPU_NR_RT_SIGACTION},
        {"tgkill", CPU_NR_TGKILL},
        {"rt_sigprocmask", CPU_NR_RT_SIGPROCMASK},
        {"clock_gettime", CPU_NR_CLOCK_GETTIME},
        {"x32_write", CPU_NR_WRITE | 0x40000000},
};

static uint8_t buf[1 << 20];

static uint64_t argument(const char *s)
{
    if (strcmp(s, "buf") == 0)
        return (uint64_t)buf;
    return *s ? to_u64(s) : 0;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct args a;

    args_split(&a, info->cmdline);
    if (strcmp(a.v[0], "compat") == 0) {
        cpu_syscall_compat(argument(a.v[1]), argument(a.v[2]));
        FAIL("it came back");
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(a.v[0], calls[i].name) != 0)
            continue;
        long ret = cpu_syscall(calls[i].nr, argument(a.v[1]), argument(a.v[2]),
                argument(a.v[3]), argument(a.v[4]));
        put("result=");
        put_u64((uint64_t)ret);
        put("\n");
        return SOLO5_EXIT_SUCCESS;
    }
    FAIL("unknown call");
}
