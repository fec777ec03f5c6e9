/* SPDX-License-Identifier: ISC */
/*
 * helper.c: what the system tests need and a shell can't do. Runs on the host.
 *
 *   helper edit IN OUT OP...       copy an image, changed
 *   helper stdout MODE CMD...      run CMD with a pipe as standard output
 *   helper hold-tap NAME CMD...    run CMD while this process has the tap open
 *   helper fd-tap NAME FD CMD...   run CMD with the tap open as descriptor FD
 *   helper use-offloads NAME       use the tap as an owner that takes offloads, and leave
 *   helper offloads NAME           0 if the tap's frames come with checksums, else 1
 */
#include <elf.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elf_abi.h"
#include "mft_abi.h"

/*
 * edit. An OP is truncate=SIZE, or BASE+OFFSET/WIDTH=VALUE: write WIDTH bytes,
 * little endian, at an offset from
 *   file       the start of the file
 *   load0...   the program header of the first PT_LOAD, ...
 *   note0...   the program header of the first PT_NOTE, ...
 *   abi, mft   the note itself
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

static int do_hold_tap(char **args)
{
    int status;

    open_tap(args[0]);
    pid_t pid = fork();
    if (pid < 0)
        error(2, errno, "fork");
    if (pid == 0)
        run(args + 1);
    if (waitpid(pid, &status, 0) < 0)
        error(2, errno, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int do_fd_tap(char **args)
{
    if (dup2(open_tap(args[0]), atoi(args[1])) < 0)
        error(2, errno, "dup2");
    run(args + 2);
    return 2;
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

static const struct command {
    const char *name;
    int min_args;
    int (*run)(char **args);
} commands[] = {
        {"edit", 2, do_edit},
        {"stdout", 2, do_stdout},
        {"hold-tap", 2, do_hold_tap},
        {"fd-tap", 3, do_fd_tap},
        {"use-offloads", 1, do_use_offloads},
        {"offloads", 1, do_offloads},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (argc >= 2 + commands[i].min_args && strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argv + 2);
    }
    error(2, 0, "unknown command or too few arguments");
}
