/* SPDX-License-Identifier: ISC */
/*
 * helper.c: what the system tests need and a shell can't do. Runs on the host.
 *
 *   helper edit IN OUT OP...       copy an image, changed
 *   helper segments IN OUT N       copy an image, with N more segments of a page
 *   helper stdout MODE CMD...      run CMD with a pipe as standard output
 *   helper hold-tap NAME CMD...    run CMD while this process has the tap open
 *   helper fd-tap NAME FD CMD...   run CMD with the tap open as descriptor FD
 *   helper frames FD FILE CMD...   run CMD with a socket FD as network, list its frames
 *   helper fd-socket TYPE FD CMD... run CMD with a socket as descriptor FD, whose other end
 *                                  sends a frame, nothing, a frame, and is closed
 *   helper bad-wire NAME FD PERCENT CMD...
 *                                  run CMD with a socket FD as network, a bad wire to the tap
 *   helper calls FILE CMD...       run CMD, note its system calls in FILE
 *   helper use-offloads NAME       use the tap as an owner that takes offloads, and leave
 *   helper offloads NAME           0 if the tap's frames come with checksums, else 1
 *   helper find PID TEXT           0 if TEXT is in memory that the process can read, else 1
 *   helper clocks KIND SECONDS STEP DISK CMD...
 *                                  compare the clocks of the guest "clocks" with ours
 *   helper outer ERRNO CMD...      run CMD under a filter: what raises walls fails, and unshare
 *   helper refuse CALL ERRNO CMD... run CMD under a filter in which this one fails
 *   helper numbered DISK STDOUT    0 if all that blk_numbered has said it wrote is there
 */
#include <elf.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "elf_abi.h"
#include "ext_abi.h"
#include "mft_abi.h"

/*
 * edit. An OP is truncate=SIZE, or BASE+OFFSET/WIDTH=VALUE: write WIDTH bytes,
 * little endian, at an offset from
 *   file       the start of the file
 *   load0...   the program header of the first PT_LOAD, ...
 *   note0...   the program header of the first PT_NOTE, ...
 *   abi, mft, ext   the note itself
 *   rela       the table of relocations, as the note ext says
 */
struct bytes {
    uint8_t *p;
    size_t size;
};

static struct bytes read_file(const char *path)
{
    struct bytes b;
    struct stat st;
    int fd = open(path, O_RDONLY);

    if (fd < 0 || fstat(fd, &st) < 0)
        error(2, errno, "%s", path);
    b.size = (size_t)st.st_size;
    b.p = malloc(b.size + 1);
    if (!b.p || read(fd, b.p, b.size) != (ssize_t)b.size)
        error(2, errno, "%s", path);
    close(fd);
    return b;
}

/* Our own images are good: no checks. */
static size_t find_phdr(const struct bytes *b, uint32_t type, unsigned n)
{
    const Elf64_Ehdr *eh = (const void *)b->p;

    for (size_t i = 0; i < eh->e_phnum; i++) {
        size_t at = eh->e_phoff + i * sizeof(Elf64_Phdr);
        if (((const Elf64_Phdr *)(const void *)(b->p + at))->p_type == type && n-- == 0)
            return at;
    }
    error(2, 0, "no such program header");
    abort();
}

static size_t find_note(const struct bytes *b, uint32_t type)
{
    for (unsigned n = 0;; n++) {
        const Elf64_Phdr *ph = (const void *)(b->p + find_phdr(b, PT_NOTE, n));
        if (((const Elf64_Nhdr *)(const void *)(b->p + ph->p_offset))->n_type == type)
            return ph->p_offset;
    }
}

/* Linked addresses are in segments. */
static size_t find_table(const struct bytes *b)
{
    struct ext1_pie pie;

    memcpy(&pie, b->p + find_note(b, EXT1_NOTE_TYPE) + SOLO5_NOTE_DESC_OFFSET, sizeof pie);
    for (unsigned n = 0;; n++) {
        const Elf64_Phdr *ph = (const void *)(b->p + find_phdr(b, PT_LOAD, n));
        if (pie.rela >= ph->p_vaddr && pie.rela - ph->p_vaddr < ph->p_filesz)
            return ph->p_offset + (pie.rela - ph->p_vaddr);
    }
}

static size_t find_base(const struct bytes *b, const char *name, char **end)
{
    *end = (char *)name + strcspn(name, "+");
    if (strncmp(name, "file", 4) == 0)
        return 0;
    if (strncmp(name, "load", 4) == 0)
        return find_phdr(b, PT_LOAD, (unsigned)strtoul(name + 4, NULL, 10));
    if (strncmp(name, "note", 4) == 0)
        return find_phdr(b, PT_NOTE, (unsigned)strtoul(name + 4, NULL, 10));
    if (strncmp(name, "abi", 3) == 0)
        return find_note(b, ABI1_NOTE_TYPE);
    if (strncmp(name, "mft", 3) == 0)
        return find_note(b, MFT1_NOTE_TYPE);
    if (strncmp(name, "ext", 3) == 0)
        return find_note(b, EXT1_NOTE_TYPE);
    if (strncmp(name, "rela", 4) == 0)
        return find_table(b);
    error(2, 0, "unknown place: %s", name);
    abort();
}

static void apply(struct bytes *b, const struct bytes *orig, const char *op)
{
    char *p;

    if (strncmp(op, "truncate=", 9) == 0) {
        b->size = strtoul(op + 9, NULL, 0);
        if (b->size > orig->size)
            error(2, 0, "%s: longer than the file", op);
        return;
    }
    size_t at = find_base(orig, op, &p);
    if (*p != '+')
        error(2, 0, "%s: +OFFSET/WIDTH=VALUE expected", op);
    at += strtoul(p + 1, &p, 0);
    size_t width = *p == '/' ? strtoul(p + 1, &p, 0) : 0;
    if (*p != '=' || width < 1 || width > 8 || at + width > orig->size)
        error(2, 0, "%s: +OFFSET/WIDTH=VALUE expected", op);
    uint64_t value = strtoull(p + 1, &p, 0);
    if (*p)
        error(2, 0, "%s: not a number", op);
    memcpy(b->p + at, &value, width);
}

static int do_edit(char **args)
{
    struct bytes b = read_file(args[0]), orig = read_file(args[0]);
    int fd = open(args[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);

    for (char **op = args + 2; *op; op++)
        apply(&b, &orig, *op);
    if (fd < 0 || write(fd, b.p, b.size) != (ssize_t)b.size)
        error(2, errno, "%s", args[1]);
    return 0;
}

/*
 * segments. Behind the image, every other one is read-only: each is a mapping of its own. The new
 * program headers and what they all load is at the end of the file.
 */
static Elf64_Phdr page_segment(const Elf64_Phdr *last, size_t i, uint64_t file_offset)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), far = 1 << 20;
    const uint64_t start = (last->p_vaddr + last->p_memsz + far - 1) & ~(far - 1);
    const uint64_t at = start + i * page;

    return (Elf64_Phdr){.p_type = PT_LOAD,
            .p_flags = i % 2 ? PF_R : PF_R | PF_W,
            .p_offset = file_offset,
            .p_vaddr = at,
            .p_paddr = at,
            .p_filesz = page,
            .p_memsz = page,
            .p_align = page};
}

static int do_segments(char **args)
{
    struct bytes b = read_file(args[0]);
    Elf64_Ehdr *eh = (void *)b.p;
    const uint64_t data = (b.size + 0xffff) & ~UINT64_C(0xffff), headers = data + 0x10000;
    const size_t more = strtoul(args[2], NULL, 10), old = eh->e_phnum;
    Elf64_Phdr *ph = calloc(old + more, sizeof *ph);
    const Elf64_Phdr *last = NULL;
    int fd = open(args[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);

    if (!ph || old + more >= PN_XNUM)
        error(2, 0, "%s: too many", args[2]);
    memcpy(ph, b.p + eh->e_phoff, old * sizeof *ph);
    for (size_t i = 0; i < old; i++)
        if (ph[i].p_type == PT_LOAD)
            last = &ph[i];
    if (!last)
        error(2, 0, "%s: no segment", args[0]);
    for (size_t i = 0; i < more; i++)
        ph[old + i] = page_segment(last, i, data);
    eh->e_phoff = headers;
    eh->e_phnum = (Elf64_Half)(old + more);
    const size_t size = (old + more) * sizeof *ph;
    if (fd < 0 || pwrite(fd, b.p, b.size, 0) != (ssize_t)b.size ||
            pwrite(fd, ph, size, (off_t)headers) != (ssize_t)size)
        error(2, errno, "%s", args[1]);
    return 0;
}

static void run(char **cmd)
{
    execvp(cmd[0], cmd);
    error(2, errno, "%s", cmd[0]);
}

static void set_nonblock(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0)
        error(2, errno, "fcntl");
}

/* To the last byte, or a short write would still fit. */
static void fill(int fd)
{
    static const char zeros[4096];
    size_t n = sizeof zeros;

    while (n > 0) {
        if (write(fd, zeros, n) < 0)
            n /= 2;
    }
}

/* A process that keeps the reading end open, unread, while there are writers. */
static void hold_reader(int r, int w)
{
    struct pollfd p = {.fd = r, .events = 0};
    pid_t pid = fork();

    if (pid < 0)
        error(2, errno, "fork");
    if (pid > 0)
        return;
    close(w);
    while (poll(&p, 1, -1) < 0)
        continue;
    _exit(0);
}

static int do_stdout(char **args)
{
    const char *mode = args[0];
    int p[2];

    if (pipe(p) < 0)
        error(2, errno, "pipe");
    signal(SIGPIPE, SIG_DFL);
    if (strcmp(mode, "broken-pipe") != 0) {
        set_nonblock(p[1], true);
        fill(p[1]);
        set_nonblock(p[1], strcmp(mode, "full-pipe-nonblock") == 0);
        hold_reader(p[0], p[1]);
    }
    close(p[0]);
    if (dup2(p[1], 1) < 0)
        error(2, errno, "dup2");
    close(p[1]);
    run(args + 1);
    return 2;
}

static int open_tap(const char *name)
{
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};

    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0)
        error(2, errno, "%s", name);
    return fd;
}

/* Of a child, as a shell would see it. */
static int status_of(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, 0) < 0)
        error(2, errno, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int do_hold_tap(char **args)
{
    open_tap(args[0]);
    pid_t pid = fork();
    if (pid < 0)
        error(2, errno, "fork");
    if (pid == 0)
        run(args + 1);
    return status_of(pid);
}

static int do_fd_tap(char **args)
{
    if (dup2(open_tap(args[0]), atoi(args[1])) < 0)
        error(2, errno, "dup2");
    run(args + 2);
    return 2;
}

/* CMD with a socket as descriptor FD. Returns the other end, and the process in *PID. */
static int start_with_socket(int type, const char *fd, char **cmd, pid_t *pid)
{
    int pair[2];

    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) < 0)
        error(2, errno, "socketpair");
    *pid = fork();
    if (*pid < 0)
        error(2, errno, "fork");
    if (*pid == 0) {
        if (dup2(pair[0], atoi(fd)) < 0)
            error(2, errno, "dup2");
        run(cmd);
    }
    close(pair[0]);
    return pair[1];
}

static int do_fd_socket(char **args)
{
    static const char frame[60];
    pid_t pid;
    int s = start_with_socket(strcmp(args[0], "dgram") == 0 ? SOCK_DGRAM : SOCK_SEQPACKET,
            args[1], args + 2, &pid);

    if (send(s, frame, sizeof frame, 0) < 0 || send(s, frame, 0, 0) < 0 ||
            send(s, frame, sizeof frame, 0) < 0)
        error(2, errno, "send");
    close(s);
    return status_of(pid);
}

/*
 * bad-wire. Of the frames, in either direction, PERCENT are lost, as many come twice, as many
 * come after the next one, and as many have one wrong bit.
 */
struct wire {
    int from, to;
    unsigned percent;
    uint8_t late[65536]; /* a frame that waits for the next one */
    size_t late_size;
};

static unsigned dice(void)
{
    static uint32_t state = 1;

    state = state * 1664525 + 1013904223;
    return state >> 8;
}

/* Where checksums find it: in packets of IPv4, but not in their Ethernet header. */
static void damage(uint8_t *frame, size_t size)
{
    if (size > 34 && frame[12] == 0x08 && frame[13] == 0x00)
        frame[14 + dice() % (size - 14)] ^= (uint8_t)(1 << dice() % 8);
}

/* What the other end has no room for is lost, too. */
static void put(const struct wire *w, const uint8_t *frame, size_t size)
{
    if (write(w->to, frame, size) < 0 && errno != EAGAIN && errno != EIO && errno != EPIPE)
        error(2, errno, "bad wire");
}

static void pass(struct wire *w, uint8_t *frame, size_t size)
{
    switch (dice() % 100 / w->percent) {
    case 0:
        return;
    case 1:
        put(w, frame, size);
        break;
    case 2:
        if (w->late_size)
            break;
        memcpy(w->late, frame, size);
        w->late_size = size;
        return;
    case 3:
        damage(frame, size);
        break;
    }
    put(w, frame, size);
    if (w->late_size)
        put(w, w->late, w->late_size);
    w->late_size = 0;
}

/* False at the end. */
static bool carry(struct wire *w)
{
    static uint8_t frame[65536];
    ssize_t n = read(w->from, frame, sizeof frame);

    if (n > 0)
        pass(w, frame, (size_t)n);
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static int do_bad_wire(char **args)
{
    static struct wire out, in;
    pid_t pid;
    int tap = open_tap(args[0]), percent = atoi(args[2]);
    int s = start_with_socket(SOCK_SEQPACKET, args[1], args + 3, &pid);
    struct pollfd p[] = {{.fd = s, .events = POLLIN}, {.fd = tap, .events = POLLIN}};

    if (percent < 1)
        error(2, 0, "at least one of a hundred frames");
    /* Signals are for CMD, whose end is ours. */
    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    set_nonblock(s, true);
    set_nonblock(tap, true);
    out = (struct wire){.from = s, .to = tap, .percent = (unsigned)percent};
    in = (struct wire){.from = tap, .to = s, .percent = (unsigned)percent};
    while (poll(p, 2, -1) > 0) {
        if (p[0].revents && !carry(&out))
            break;
        if (p[1].revents && !carry(&in))
            break;
    }
    return status_of(pid);
}

/* What a stopped process is about to do: the call's name and its third argument. */
static void note_call(FILE *out, pid_t pid)
{
    static const struct {
        uint64_t nr;
        const char *name;
    } calls[] = {
            {SYS_read, "read"},
            {SYS_write, "write"},
            {SYS_pread64, "pread64"},
            {SYS_pwrite64, "pwrite64"},
            {SYS_fdatasync, "fdatasync"},
            {SYS_timerfd_settime, "timerfd_settime"},
            {SYS_epoll_pwait, "epoll_pwait"},
            {SYS_epoll_ctl, "epoll_ctl"},
            {SYS_clock_gettime, "clock_gettime"},
            {SYS_ioctl, "ioctl"},
            {SYS_futex, "futex"},
            {SYS_ppoll, "ppoll"},
            {SYS_rt_sigaction, "rt_sigaction"},
            {SYS_rt_sigprocmask, "rt_sigprocmask"},
            {SYS_tgkill, "tgkill"},
            {SYS_exit_group, "exit_group"},
            {SYS_sigaltstack, "sigaltstack"}, /* of a sanitizer, if there is one */
            {SYS_seccomp, "seccomp"},
#ifdef SYS_arch_prctl
            {SYS_arch_prctl, "arch_prctl"},
#endif
    };
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) <= 0 ||
            info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (calls[i].nr == info.entry.nr) {
            fprintf(out, "%s %llu\n", calls[i].name, (unsigned long long)info.entry.args[2]);
            return;
        }
    }
    fprintf(out, "number-%llu\n", (unsigned long long)info.entry.nr);
}

/*
 * Each call is two changes from one process to the other and back. On one CPU nobody has to be
 * woken, which in an emulated machine is several times as fast.
 */
static void stay_on_this_cpu(void)
{
    cpu_set_t this;

    CPU_ZERO(&this);
    CPU_SET((unsigned)sched_getcpu(), &this);
    if (sched_setaffinity(0, sizeof this, &this) != 0)
        error(2, errno, "sched_setaffinity");
}

static int do_calls(char **args)
{
    stay_on_this_cpu();
    FILE *out = fopen(args[0], "w");
    int status, pass_on = 0;
    pid_t pid = fork();

    if (!out || pid < 0)
        error(2, errno, "%s", args[0]);
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        run(args + 1);
    }
    if (waitpid(pid, &status, 0) < 0 ||
            ptrace(PTRACE_SETOPTIONS, pid, NULL,
                    (void *)(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD)) < 0)
        error(2, errno, "ptrace");
    while (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)pass_on) == 0 &&
            waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        pass_on = 0;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80))
            note_call(out, pid);
        else if (WSTOPSIG(status) != SIGTRAP) /* else it is after execve() */
            pass_on = WSTOPSIG(status);
    }
    fclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Room for all that comes before anyone reads it. */
static void big_queue(int fd)
{
    int size = 1 << 26;

    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
        error(2, errno, "SO_SNDBUFFORCE");
}

/* Until the other end is closed; a line each: length, and the number at offset 14. */
static void record_frames(int fd, FILE *out)
{
    uint8_t frame[65536];
    ssize_t n;

    while ((n = recv(fd, frame, sizeof frame, 0)) > 0) {
        uint32_t number = 0;
        if (n >= 18)
            memcpy(&number, frame + 14, sizeof number);
        fprintf(out, "%zd %u\n", n, number);
    }
    if (fclose(out) != 0)
        error(2, errno, "frames");
}

static int do_frames(char **args)
{
    FILE *out = fopen(args[1], "w");
    int s[2];

    if (!out || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s) < 0)
        error(2, errno, "%s", args[1]);
    pid_t pid = fork();
    if (pid < 0)
        error(2, errno, "fork");
    if (pid == 0) {
        big_queue(s[0]);
        close(s[1]);
        if (dup2(s[0], atoi(args[0])) < 0)
            error(2, errno, "dup2");
        close(s[0]);
        run(args + 2);
    }
    close(s[0]);
    record_frames(s[1], out);
    return status_of(pid);
}

/* Is TEXT in [START, END) of the process? It may be across two pieces that are read. */
static bool is_in(int mem, uint64_t start, uint64_t end, const char *text)
{
    static char buf[1 << 20];
    size_t len = strlen(text);

    for (uint64_t at = start; at < end; at += sizeof buf - len) {
        size_t want = end - at < sizeof buf ? end - at : sizeof buf;
        ssize_t n = pread(mem, buf, want, (off_t)at);
        if (n > 0 && memmem(buf, (size_t)n, text, len))
            return true;
    }
    return false;
}

static int do_find(char **args)
{
    char name[64], line[512];
    unsigned long long start, end;
    bool found = false;

    snprintf(name, sizeof name, "/proc/%s/maps", args[0]);
    FILE *maps = fopen(name, "r");
    snprintf(name, sizeof name, "/proc/%s/mem", args[0]);
    int mem = open(name, O_RDONLY);
    if (!maps || mem < 0)
        error(2, errno, "%s", name);
    while (fgets(line, sizeof line, maps)) {
        char r;
        if (sscanf(line, "%llx-%llx %c", &start, &end, &r) == 3 && r == 'r' &&
                is_in(mem, start, end, args[1])) {
            printf("%s", line);
            found = true;
        }
    }
    return found ? 0 : 1;
}

static int do_use_offloads(char **args)
{
    int fd = open_tap(args[0]);

    if (ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) < 0)
        error(2, errno, "TUNSETOFFLOAD");
    return 0;
}

static int do_offloads(char **args)
{
    struct ethtool_value v = {.cmd = ETHTOOL_GTXCSUM};
    struct ifreq ifr = {.ifr_data = (void *)&v};
    int sock = socket(AF_INET, SOCK_DGRAM, 0);

    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", args[0]);
    if (sock < 0 || ioctl(sock, SIOCETHTOOL, &ifr) < 0)
        error(2, errno, "%s", args[0]);
    printf("%u\n", v.data);
    return 0;
}

/*
 * clocks. Each question to the guest lies between two readings of our clocks, and so
 * does the answer: what the guest has read must be between them, or, for a clock
 * that has another origin, differ from ours by what a range says. No assumption is
 * made about how long anything takes; the shortest round trips say most.
 *
 * KIND  same: its clocks are CLOCK_MONOTONIC and CLOCK_REALTIME (spt)
 *       raw: its monotonic clock runs as fast as CLOCK_MONOTONIC_RAW, to 1 ms per minute
 *       (hvt), if the machine keeps its time by the CPU's counter; else see UNSTEADY_TRIES
 *       Its wall clock may be off by 1 ms, and ahead or behind by STEP for 100 ms after that.
 * STEP  seconds to set CLOCK_REALTIME ahead by, and back, in between; 0: not
 */
#define NS_PER_S INT64_C(1000000000)
#define ASK_MIN 200
#define ASK_MAX 5000
#define WALL_ERROR INT64_C(1000000)
#define FOLLOWS INT64_C(100000000)

struct moment {
    int64_t mono, raw, wall;
};

/* What the difference of the guest's clock to RAW can be. */
struct range {
    int64_t low, high;
};

struct clocks {
    int disk;
    FILE *answers;
    unsigned asked;
    bool same;
    int64_t last;    /* answer */
    int64_t stepped; /* what the guest may not have heard of yet */
};

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;

    if (clock_gettime(id, &ts) != 0)
        error(2, errno, "clock_gettime");
    return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static void question(struct clocks *c, uint8_t number)
{
    if (pwrite(c->disk, &number, 1, 0) != 1)
        error(2, errno, "the guest's disk");
}

static void expect_between(const char *what, int64_t before, int64_t value, int64_t after)
{
    if (before > value || value > after)
        error(1, 0, "%s: the guest says %lld, not between %lld and %lld", what,
                (long long)value, (long long)before, (long long)after);
}

static void expect_wall(const struct clocks *c, int64_t before, int64_t wall, int64_t after)
{
    int64_t off = c->same ? 0 : WALL_ERROR;

    if (c->stepped && llabs(wall - before) > llabs(c->stepped / 2))
        wall += c->stepped;
    expect_between("wall clock", before - off, wall, after + off);
}

static void ask(struct clocks *c, struct range *r)
{
    struct moment before, after;
    uint8_t number = (uint8_t)(1 + c->asked++ % 100);
    long long mono, wall;
    unsigned echo;

    before = (struct moment){.mono = read_clock(CLOCK_MONOTONIC),
            .wall = read_clock(CLOCK_REALTIME),
            .raw = read_clock(CLOCK_MONOTONIC_RAW)};
    question(c, number);
    if (fscanf(c->answers, "%u %lld %lld", &echo, &mono, &wall) != 3 || echo != number)
        error(1, 0, "no answer to question %u", c->asked);
    after.raw = read_clock(CLOCK_MONOTONIC_RAW);
    after.wall = read_clock(CLOCK_REALTIME);
    after.mono = read_clock(CLOCK_MONOTONIC);

    expect_wall(c, before.wall, wall, after.wall);
    if (c->same)
        expect_between("monotonic clock", before.mono, mono, after.mono);
    if (mono <= c->last)
        error(1, 0, "the monotonic clock went from %lld to %lld", (long long)c->last, mono);
    c->last = mono;
    if (mono - after.raw > r->low)
        r->low = mono - after.raw;
    if (mono - before.raw < r->high)
        r->high = mono - before.raw;
}

/* Ask until the difference is known to FINE ns, or often. */
static struct range ask_often(struct clocks *c, int64_t fine)
{
    struct range r = {INT64_MIN, INT64_MAX};

    for (unsigned i = 0; i < ASK_MIN || (i < ASK_MAX && r.high - r.low > fine); i++)
        ask(c, &r);
    return r;
}

static void set_wall(int64_t by)
{
    int64_t to = read_clock(CLOCK_REALTIME) + by * NS_PER_S;
    struct timespec ts = {.tv_sec = to / NS_PER_S, .tv_nsec = to % NS_PER_S};

    if (clock_settime(CLOCK_REALTIME, &ts) != 0)
        error(2, errno, "clock_settime");
}

/* Set ours, and see that the guest's follows: at once, or within the time. */
static void step_wall(struct clocks *c, int64_t by)
{
    struct range any = {INT64_MIN, INT64_MAX};
    int64_t start = read_clock(CLOCK_MONOTONIC);

    set_wall(by);
    c->stepped = c->same ? 0 : by * NS_PER_S;
    while (c->stepped && read_clock(CLOCK_MONOTONIC) - start < FOLLOWS)
        ask(c, &any);
    c->stepped = 0;
    ask_often(c, INT64_MAX);
}

static bool host_uses_counter(void)
{
    char name[32] = "";
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY);

    if (fd < 0 || read(fd, name, sizeof name - 1) < 0)
        error(2, errno, "current_clocksource");
    close(fd);
    printf("clock source: %s", name);
    return strcmp(name, "tsc\n") == 0 || strcmp(name, "arch_sys_counter\n") == 0;
}

/* How much further ahead the guest is after SECONDS, with steps of the wall clock in between. */
static struct range measure_drift(struct clocks *c, unsigned seconds, int64_t step, int64_t fine)
{
    int64_t start = read_clock(CLOCK_MONOTONIC_RAW);
    struct range a = ask_often(c, fine);

    if (step) {
        step_wall(c, step);
        step_wall(c, -step);
    }
    while (read_clock(CLOCK_MONOTONIC_RAW) - start < seconds * NS_PER_S)
        usleep(10000);
    struct range b = ask_often(c, fine);
    struct range drift = {b.low - a.high, b.high - a.low};

    printf("%u questions; after %u s the guest is between %lld and %lld ns ahead\n",
            c->asked, seconds, (long long)drift.low, (long long)drift.high);
    return drift;
}

/*
 * A host that does not trust its own counter (an x86_64 machine without an invariant TSC) knows
 * its frequency to 1 in 1000 only, and has KVM stop the guest's whenever its thread loses its
 * turn, and let it catch up later (Linux, arch/x86/kvm/x86.c, kvm_arch_vcpu_load()). What
 * that adds on a loaded machine is gone the next time, a wrong frequency is not.
 */
#define UNSTEADY_TRIES 8

/* Upside down: between questions it has moved that far, and was at both ends. */
static struct range upright(struct range r)
{
    return r.low > r.high ? (struct range){r.high, r.low} : r;
}

static bool exceeds(struct range drift, int64_t allowed)
{
    return drift.low > allowed || drift.high < -allowed;
}

static int compare_clocks(struct clocks *c, unsigned seconds, int64_t step)
{
    bool steady = host_uses_counter();
    int64_t allowed = seconds * NS_PER_S / (steady ? 60000 : 1000);
    int64_t fine = c->same ? INT64_MAX : allowed / 4;
    struct range drift = measure_drift(c, seconds, step, fine);

    if (c->same)
        return 0;
    for (int i = 1; !steady && i < UNSTEADY_TRIES && exceeds(upright(drift), allowed); i++)
        drift = measure_drift(c, seconds, 0, fine);
    if (!steady)
        drift = upright(drift);
    if (exceeds(drift, allowed))
        error(1, 0, "it may be %lld", (long long)allowed);
    if (seconds >= 60 && drift.high - drift.low > 2 * allowed)
        error(1, 0, "which is not well enough known");
    return 0;
}

static int do_clocks(char **args)
{
    struct clocks c = {.disk = open(args[3], O_RDWR), .same = strcmp(args[0], "same") == 0};
    int p[2], status;

    if (c.disk < 0 || pipe2(p, O_CLOEXEC) < 0)
        error(2, errno, "%s", args[3]);
    pid_t pid = fork();
    if (pid < 0)
        error(2, errno, "fork");
    if (pid == 0) {
        dup2(p[1], 1);
        run(args + 4);
    }
    close(p[1]);
    c.answers = fdopen(p[0], "r");
    int result = compare_clocks(&c, (unsigned)atoi(args[1]), atoi(args[2]));
    question(&c, 255);
    if (waitpid(pid, &status, 0) < 0)
        error(2, errno, "waitpid");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? result : 1;
}

/*
 * numbered DISK STDOUT: of each piece that blk_numbered has said is written, the file has that, or
 * what came after it, in every word. Prints how many there are.
 */
#define PIECE (64 << 10)

/* The last line may lack its end. */
static bool next_number(FILE *f, uint64_t *n)
{
    char line[64];

    while (fgets(line, sizeof line, f))
        if (strchr(line, '\n') && sscanf(line, "%" SCNu64, n) == 1)
            return true;
    return false;
}

/* The piece after the last acknowledged one may be half written. */
static bool piece_is_good(const uint64_t *word, uint64_t acknowledged, uint64_t pending)
{
    for (size_t i = 0; i < PIECE / 8; i++)
        if (word[i] != acknowledged && word[i] != pending)
            return false;
    return true;
}

static int do_numbered(char **args)
{
    static uint64_t acknowledged[1024], word[PIECE / 8];
    int fd = open(args[0], O_RDONLY);
    FILE *f = fopen(args[1], "r");
    uint64_t n, last = 0, bad = 0;

    if (fd < 0 || !f)
        error(2, errno, "%s, %s", args[0], args[1]);
    uint64_t pieces = (uint64_t)lseek(fd, 0, SEEK_END) / PIECE;
    if (pieces == 0 || pieces > 1024)
        error(2, 0, "%s: its size", args[0]);
    while (next_number(f, &n)) {
        acknowledged[n % pieces] = n;
        last = n;
    }
    for (uint64_t p = 0; p < pieces; p++) {
        if (acknowledged[p] == 0)
            continue;
        uint64_t pending = (last + 1) % pieces == p ? last + 1 : acknowledged[p];
        if (pread(fd, word, PIECE, (off_t)(p * PIECE)) != PIECE ||
                !piece_is_good(word, acknowledged[p], pending)) {
            printf("piece %" PRIu64 " lacks %" PRIu64 "\n", p, acknowledged[p]);
            bad++;
        }
    }
    printf("%" PRIu64 " acknowledged\n", last);
    return bad != 0;
}

static void filter_and_run(struct sock_filter *code, size_t n, char **cmd)
{
    const struct sock_fprog prog = {(unsigned short)n, code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0)
        error(2, errno, "seccomp");
    run(cmd);
}

/* What a container's sandbox may do to ours. */
static int do_outer(char **args)
{
    const uint32_t answer = SECCOMP_RET_ERRNO | (uint32_t)strtoul(args[0], NULL, 10);
    struct sock_filter code[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_capset, 6, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 5, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 4, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 3, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_add_rule, 2, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_restrict_self, 1, 0),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            BPF_STMT(BPF_RET | BPF_K, answer),
    };

    filter_and_run(code, sizeof code / sizeof code[0], args + 1);
    return 2;
}

static int do_refuse(char **args)
{
    static const struct {
        const char *name;
        uint32_t nr;
    } calls[] = {{"munmap", SYS_munmap}, {"personality", SYS_personality}};
    struct sock_filter code[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 0, 1),
            BPF_STMT(BPF_RET | BPF_K,
                    SECCOMP_RET_ERRNO | (uint32_t)strtoul(args[1], NULL, 10)),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, args[0]) == 0)
            code[1].k = calls[i].nr;
    if (code[1].k == UINT32_MAX)
        error(2, 0, "unknown call: %s", args[0]);
    filter_and_run(code, sizeof code / sizeof code[0], args + 2);
    return 2;
}

static const struct command {
    const char *name;
    int min_args;
    int (*run)(char **args);
} commands[] = {
        {"edit", 2, do_edit},
        {"segments", 3, do_segments},
        {"stdout", 2, do_stdout},
        {"hold-tap", 2, do_hold_tap},
        {"fd-tap", 3, do_fd_tap},
        {"fd-socket", 3, do_fd_socket},
        {"bad-wire", 4, do_bad_wire},
        {"calls", 2, do_calls},
        {"frames", 3, do_frames},
        {"find", 2, do_find},
        {"use-offloads", 1, do_use_offloads},
        {"offloads", 1, do_offloads},
        {"clocks", 5, do_clocks},
        {"numbered", 2, do_numbered},
        {"outer", 2, do_outer},
        {"refuse", 3, do_refuse},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (argc >= 2 + commands[i].min_args && strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argv + 2);
    }
    error(2, 0, "unknown command or too few arguments");
}
