/* SPDX-License-Identifier: ISC */
/*
 * Devices and the wait set: a file is a disk, a socket pair is a network.
 *
 * links: tenders/common/devices.c tenders/common/attach_net.c
 * links: tenders/common/attach_block.c tenders/common/waitset.c
 * links: tenders/common/manifest.c tenders/common/image.c
 * links: tenders/common/options.c tenders/common/err.c
 */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "devices.h"
#include "waitset.h"

static struct err err;
static char dir[] = "/tmp/test-devices-XXXXXX";
static char disk[64], odd[64], empty[64], fifo[64];
static char fd_arg[4][16];

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(disk, sizeof disk, "%s/a disk", dir);
    snprintf(odd, sizeof odd, "%s/odd", dir);
    snprintf(empty, sizeof empty, "%s/empty", dir);
    snprintf(fifo, sizeof fifo, "%s/fifo", dir);
    close(open(empty, O_CREAT | O_RDWR, 0600));
    int fd = open(disk, O_CREAT | O_RDWR, 0600);
    int r = ftruncate(fd, 8192);
    close(fd);
    fd = open(odd, O_CREAT | O_RDWR, 0600);
    r |= ftruncate(fd, 1000);
    close(fd);
    return r | mkfifo(fifo, 0600);
}

static int teardown(void **state)
{
    (void)state;
    unlink(disk), unlink(odd), unlink(empty), unlink(fifo);
    return rmdir(dir);
}

/* A manifest with the devices of KINDS: 'n' and 'b', named n1, b2 ... by index. */
static struct manifest manifest_of(const char *kinds)
{
    struct manifest m;

    memset(&m, 0, sizeof m);
    m.version = MFT_VERSION;
    m.entries = (uint32_t)strlen(kinds) + 1;
    m.e[0].type = MFT_RESERVED_FIRST;
    for (uint32_t i = 1; i < m.entries; i++) {
        snprintf(m.e[i].name, MFT_NAME_SIZE, "%c%u", kinds[i - 1], i);
        m.e[i].type = kinds[i - 1] == 'n' ? MFT_DEV_NET_BASIC : MFT_DEV_BLOCK_BASIC;
    }
    return m;
}

static struct devices devs;
static struct manifest m;

/* Attach with the given words of a command line. */
static int attach(const char *kinds, ...)
{
    char *argv[32] = {(char *)"x"};
    struct options o;
    va_list ap;
    int n = 1;

    va_start(ap, kinds);
    while ((argv[n] = va_arg(ap, char *)))
        n++;
    va_end(ap);
    argv[n] = (char *)"kernel";
    assert_works(options_parse(&o, TENDER_SPT, argv, &err), err);
    m = manifest_of(kinds);
    int r = devices_attach(&devs, &m, &o, true, &err);
    options_free(&o);
    return r;
}

static void close_all(void)
{
    for (int i = 0; i < MFT_MAX_ENTRIES; i++)
        if (devs.d[i].type && devs.d[i].fd > 2)
            close(devs.d[i].fd);
}

static char *opt(const char *option, const char *value)
{
    static char words[8][128];
    static int next;
    char *w = words[next++ % 8];

    snprintf(w, sizeof words[0], "%s=%s", option, value);
    return w;
}

/* A socket pair's ends; the first as an option value @N. */
static char *pair(int which, int *other)
{
    int fd[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
    snprintf(fd_arg[which], sizeof fd_arg[which], "@%d", fd[0]);
    *other = fd[1];
    return fd_arg[which];
}

static void block(void **state)
{
    (void)state;
    assert_works(attach("b", opt("--block", disk), NULL), err);
    assert_int_equal(devs.d[1].capacity, 8192);
    assert_int_equal(devs.d[1].block_size, 512);
    assert_int_equal(m.e[1].u.block_basic.capacity, 8192);
    assert_int_equal(m.e[1].b.hostfd, devs.d[1].fd);
    assert_true(m.e[1].attached);
    assert_int_equal(devs.n_block, 1);
    assert_ptr_equal(devices_get(&devs, 1, MFT_DEV_BLOCK_BASIC), &devs.d[1]);
    assert_null(devices_get(&devs, 1, MFT_DEV_NET_BASIC));
    assert_null(devices_get(&devs, 0, MFT_DEV_BLOCK_BASIC));
    assert_null(devices_get(&devs, 64, MFT_DEV_BLOCK_BASIC));
    assert_null(devices_get(&devs, UINT64_MAX, MFT_DEV_BLOCK_BASIC));
    assert_true(fcntl(devs.d[1].fd, F_GETFD) & FD_CLOEXEC);
    close_all();

    assert_works(attach("b", opt("--block:b1", disk), opt("--block-sector-size", "8192"),
                         NULL),
            err);
    assert_int_equal(m.e[1].u.block_basic.block_size, 8192);
    close_all();
}

/* As when this program began: nothing that it has by then is closed by execve(2). */
static void inherit(int fd)
{
    assert_int_equal(fcntl(fd, F_SETFD, 0), 0);
}

static void block_by_descriptor(void **state)
{
    char arg[16];
    int fd = open(disk, O_RDWR);

    (void)state;
    snprintf(arg, sizeof arg, "@%d", fd);
    assert_works(attach("b", opt("--block", arg), NULL), err);
    assert_int_equal(devs.d[1].fd, fd);
    /* It is a device's now, or a file that the tender has opened itself, such as its image. */
    assert_fails(attach("b", opt("--block", arg), NULL), err, "not an open descriptor");
    inherit(fd);
    assert_fails(attach("bb", opt("--block:b1", arg), opt("--block:b2", arg), NULL), err,
            "same descriptor");
    close(fd);
    assert_fails(attach("b", opt("--block", arg), NULL), err, "not an open descriptor");
    assert_fails(attach("b", opt("--block", "@1"), NULL), err, "not an open descriptor");
    assert_fails(attach("b", opt("--block", "@x"), NULL), err, "not an open descriptor");
    fd = open(disk, O_RDONLY);
    snprintf(arg, sizeof arg, "@%d", fd);
    assert_fails(attach("b", opt("--block", arg), NULL), err,
            "not open for reading and writing at any place (--block-ro:b1 attaches");
    /* Nothing was changed on what was refused. */
    assert_false(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

/* How a device named b1 that can only be read is attached, or not. */
static void read_only_descriptors(void **state)
{
    static const struct {
        int mode;
        bool rw, ro;
    } rows[] = {
            {O_RDWR, true, true},
            {O_RDWR | O_APPEND, false, true},
            {O_RDONLY, false, true},
            {O_WRONLY, false, false},
            {O_PATH, false, false},
    };
    char arg[16];

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        int fd = open(disk, rows[i].mode);
        snprintf(arg, sizeof arg, "@%d", fd);
        int r = attach("b", opt("--block", arg), "--block-ro", NULL);
        inherit(fd);
        assert_int_equal(r, rows[i].ro ? 0 : -1);
        if (!rows[i].ro)
            assert_non_null(strstr(err.text, "not open for reading"));
        r = attach("b", opt("--block", arg), NULL);
        assert_int_equal(r, rows[i].rw ? 0 : -1);
        /* No hint where it would not help. */
        if (!rows[i].rw)
            assert_true(rows[i].ro == (strstr(err.text, "--block-ro:b1") != NULL));
        close(fd);
    }
}

static void read_only(void **state)
{
    (void)state;
    assert_int_equal(chmod(disk, 0400), 0);
    assert_works(attach("bb", opt("--block:b1", disk), "--block-ro:b1",
                         opt("--block:b2", disk), "--block-ro:b2", NULL),
            err);
    assert_true(devs.d[1].read_only && devs.d[2].read_only);
    assert_int_equal(fcntl(devs.d[1].fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_int_equal(devs.d[1].capacity, 8192);
    close_all();
    assert_int_equal(chmod(disk, 0600), 0);
    assert_works(attach("b", opt("--block", disk), NULL), err);
    assert_false(devs.d[1].read_only || devs.d[1].nolock);
    close_all();
    assert_fails(attach("b", opt("--block", dir), "--block-ro", NULL), err, "neither a file");
    assert_fails(attach("b", opt("--block", fifo), "--block-ro", NULL), err, "neither a file");
    assert_fails(attach("b", "--block-ro", NULL), err, "declared but not attached");
    assert_fails(attach("bb", opt("--block:b1", disk), opt("--block:b2", disk), "--block-ro",
                         NULL),
            err, "--block-ro: the manifest declares 2 devices of type BLOCK_BASIC, write "
                 "--block-ro:NAME with one of: b1, b2");
    assert_fails(attach("b", opt("--block", disk), "--block-ro:x", NULL), err,
            "Resource not declared in manifest: 'x' (--block-ro:x)");
}

/* The words of a command line for one block device, up to what HOW has of 'r', 'n'. */
static int attach_as(const char *how)
{
    char *ro = strchr(how, 'r') ? (char *)"--block-ro" : (char *)"-v";
    char *nolock = strchr(how, 'n') ? (char *)"--block-nolock" : (char *)"-v";

    return attach("b", opt("--block", disk), ro, nolock, NULL);
}

/* Who may have a file at the same time: what each holds is another open file. */
static void locks(void **state)
{
    static const struct {
        const char *first, *second;
        bool both;
    } rows[] = {
            {"", "", false},
            {"", "r", false},
            {"r", "", false},
            {"r", "r", true},
            {"n", "", true},
            {"", "n", true},
            {"", "nr", true},
            {"n", "n", true},
            {"r", "n", true},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        assert_works(attach_as(rows[i].first), err);
        int first = devs.d[1].fd;
        int r = attach_as(rows[i].second);
        assert_int_equal(r, rows[i].both ? 0 : -1);
        if (!rows[i].both) {
            assert_non_null(strstr(err.text, disk));
            assert_non_null(strstr(err.text, ": locked by another process; "
                                             "--block-nolock:b1 attaches it all the same"));
        }
        close_all();
        close(first);
        /* The lock went with the descriptor. */
        assert_works(attach_as(""), err);
        close_all();
    }
}

/* A process that is killed leaves no lock. */
static void lock_of_the_dead(void **state)
{
    int ready[2];
    char c;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (attach_as("") == 0 && write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_fails(attach_as(""), err, "locked by another process");
    assert_fails(attach_as("r"), err, "locked by another process");
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_works(attach_as(""), err);
    close_all();
    close(ready[0]), close(ready[1]);
}

/*
 * Two descriptors of one open file are one owner of its lock: what two tenders have
 * inherited, they share. The last one to close it gives the lock back.
 */
static void inherited_lock(void **state)
{
    char a[16], b[16];
    int fd = open(disk, O_RDWR), same = dup(fd);

    (void)state;
    snprintf(a, sizeof a, "@%d", fd);
    snprintf(b, sizeof b, "@%d", same);
    assert_works(attach("b", opt("--block", a), NULL), err);
    assert_works(attach("b", opt("--block", b), NULL), err);
    close(fd);
    assert_fails(attach_as(""), err, "locked by another process");
    close(same);
    assert_works(attach_as(""), err);
    close_all();
}

/* Two devices of a guest: what names a file twice is seen through links and copies. */
static void same_file(void **state)
{
    char other[64], copy[16], original[16];

    (void)state;
    snprintf(other, sizeof other, "%s/link", dir);
    assert_int_equal(link(disk, other), 0);
    assert_fails(attach("bb", opt("--block:b1", disk), opt("--block:b2", other), NULL), err,
            "link: locked by device 'b1' of this guest; --block-nolock:b2 attaches it");
    close_all();
    assert_fails(attach("bb", opt("--block:b1", disk), opt("--block:b2", other),
                         "--block-ro:b2", NULL),
            err, "locked by device 'b1'");
    close_all();
    assert_works(attach("bb", opt("--block:b1", disk), opt("--block:b2", other),
                         "--block-nolock:b2", NULL),
            err);
    close_all();
    assert_works(attach("bb", opt("--block:b1", disk), opt("--block:b2", other),
                         "--block-ro:b2", "--block-ro:b1", NULL),
            err);
    close_all();
    int fd = open(disk, O_RDWR);
    snprintf(original, sizeof original, "@%d", fd);
    snprintf(copy, sizeof copy, "@%d", dup(fd));
    assert_fails(attach("bb", opt("--block:b1", original), opt("--block:b2", copy), NULL), err,
            "locked by device 'b1'");
    inherit(fd);
    assert_fails(attach("bb", opt("--block:b1", original), opt("--block:b2", original),
                         "--block-nolock:b2", NULL),
            err, "same descriptor");
    close(fd), close(atoi(copy + 1));
    unlink(other);
}

static void bad_block(void **state)
{
    static const char *const sizes[] = {"521", "256", "0", "-512", "65536", "66048", "512x",
            "18446744073709552128"};

    (void)state;
    for (size_t i = 0; i < N_OF(sizes); i++)
        assert_fails(attach("b", opt("--block", disk), opt("--block-sector-size", sizes[i]),
                             NULL),
                err,
                "Block size must be a multiple of 2 greater than or equal 512");
    assert_fails(attach("b", opt("--block", odd), NULL), err,
            "b1: Backing storage size must be block aligned (512 bytes)");
    assert_fails(attach("b", opt("--block", empty), NULL), err,
            "b1: Backing storage must be at least 1 block (512 bytes) in size");
    assert_fails(attach("b", opt("--block", disk), opt("--block-sector-size", "16384"), NULL),
            err, "at least 1 block (16384 bytes)");
    assert_fails(attach("b", opt("--block", "/nowhere/x"), NULL), err,
            "Could not open block device: /nowhere/x: No such file or directory");
    assert_fails(attach("b", opt("--block", dir), NULL), err, "Is a directory");
    assert_fails(attach("b", opt("--block", fifo), NULL), err, "neither a file");
    assert_fails(attach("b", opt("--block", "/dev/null"), NULL), err, "neither a file");
}

static void names(void **state)
{
    (void)state;
    assert_fails(attach("bb", opt("--block", disk), NULL), err,
            "declares 2 devices of type BLOCK_BASIC");
    assert_non_null(strstr(err.text, "b1, b2"));
    assert_fails(attach("n", opt("--block", disk), NULL), err,
            "declares no device of type BLOCK_BASIC");
    assert_fails(attach("b", opt("--block:x", disk), NULL), err,
            "Resource not declared in manifest: 'x'");
    assert_fails(attach("b", opt("--net:b1", "tap0"), NULL), err,
            "Resource not declared in manifest: 'b1'");
    assert_fails(attach("b", opt("--block", disk), opt("--block:b1", odd), NULL), err,
            "Device 'b1' is attached twice");
    assert_fails(attach("bnb", opt("--block:b1", disk), NULL), err,
            "Device 'n2' of type NET_BASIC declared but not attached. Device 'b3' of type "
            "BLOCK_BASIC declared but not attached. All declared devices must be attached. "
            "See --help for syntax.");
    assert_fails(attach("b", NULL), err, "Device 'b1' of type BLOCK_BASIC declared");
    assert_fails(attach("b", opt("--block-sector-size", "512"), NULL), err,
            "declared but not attached");
}

static void net(void **state)
{
    int other;

    (void)state;
    assert_works(attach("n", opt("--net", pair(0, &other)), NULL), err);
    assert_int_equal(devs.d[1].mtu, 1500);
    assert_int_equal(m.e[1].u.net_basic.mtu, 1500);
    assert_int_equal(devs.d[1].mac[0] & 3, 2);
    assert_true(fcntl(devs.d[1].fd, F_GETFL) & O_NONBLOCK);
    close_all();
    close(other);

    assert_works(attach("n", opt("--net", pair(0, &other)),
                         opt("--net-mac:n1", "2:a:bB:0C:00:ff"), NULL),
            err);
    static const uint8_t want[6] = {2, 0xa, 0xbb, 0xc, 0, 0xff};
    assert_memory_equal(m.e[1].u.net_basic.mac, want, 6);
    close_all();
    close(other);
}

static void bad_net(void **state)
{
    static const char *const macs[] = {"", "1:2:3:4:5", "1:2:3:4:5:6:7", "1:2:3:4:5:",
            "001:2:3:4:5:6", "g:2:3:4:5:6", "1:2:3:4:5:6 ", "12-3-4-5-6-7", "3:0:0:0:0:0"};
    int other;

    (void)state;
    for (size_t i = 1; i < N_OF(macs); i++)
        assert_fails(attach("n", opt("--net", "@3"), opt("--net-mac", macs[i]), NULL), err,
                "Malformed argument to --net-mac");
    assert_fails(attach("n", opt("--net", "surelynotthere"), NULL), err,
            "Could not attach interface: surelynotthere: no such interface");
    assert_fails(attach("n", opt("--net", "tap%d"), NULL), err, "no such interface");
    assert_fails(attach("n", opt("--net", "sixteen_letters_"), NULL), err, "15 characters");
    assert_fails(attach("n", opt("--net", "./@x"), NULL), err, "@x: no such interface");
    assert_fails(attach("n", opt("--net", "@"), NULL), err, "not an open descriptor");
    assert_fails(attach("n", opt("--net", "@2"), NULL), err, "not an open descriptor");
    assert_fails(attach("n", opt("--net", "@999"), NULL), err, "not an open descriptor");
    int fd = open(disk, O_RDWR);
    snprintf(fd_arg[0], sizeof fd_arg[0], "@%d", fd);
    assert_fails(attach("n", opt("--net", fd_arg[0]), NULL), err, "neither a tap nor a socket");
    close(fd);
    pair(0, &other);
    assert_fails(attach("nn", opt("--net:n1", fd_arg[0]), opt("--net:n2", fd_arg[0]), NULL),
            err, "same descriptor");
    close(other);
    close(atoi(fd_arg[0] + 1));
}

static void not_frames(void **state)
{
    int fd[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    snprintf(fd_arg[0], sizeof fd_arg[0], "@%d", fd[0]);
    assert_fails(attach("n", opt("--net", fd_arg[0]), NULL), err, "stream socket");
    /* Nothing was changed on what was refused. */
    assert_false(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
    close(fd[0]), close(fd[1]);

    int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    assert_int_equal(bind(listener, &(struct sockaddr){.sa_family = AF_UNIX},
                             sizeof(sa_family_t)),
            0);
    assert_int_equal(listen(listener, 1), 0);
    snprintf(fd_arg[0], sizeof fd_arg[0], "@%d", listener);
    assert_fails(attach("n", opt("--net", fd_arg[0]), NULL), err, "listens");
    close(listener);

    int null = open("/dev/null", O_RDWR);
    snprintf(fd_arg[0], sizeof fd_arg[0], "@%d", null);
    assert_fails(attach("n", opt("--net", fd_arg[0]), NULL), err, "not a tap");
    close(null);
}

/* All 63 are named, and however long a path is, the reason is there. */
static void long_sentences(void **state)
{
    char kinds[64], path[4000];
    struct device dev = {.name = "b1", .block_size = 512};
    char name[MFT_NAME_SIZE];
    struct options o = {.n_settings = 0};

    (void)state;
    memset(kinds, 'b', 63);
    kinds[63] = 0;
    m = manifest_of(kinds);
    for (size_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        memset(m.e[i].name, 'n', MFT_NAME_MAX);
        m.e[i].name[0] = (char)('0' + i);
    }
    assert_fails(devices_attach(&devs, &m, &o, true, &err), err, "attached. Device 'onnn");
    assert_non_null(strstr(err.text, "attached. All declared devices must be attached. See "
                                     "--help for syntax."));
    memset(path, 'x', sizeof path);
    for (size_t i = 0; i < sizeof path; i += 100)
        path[i] = '/';
    path[sizeof path - 1] = 0;
    assert_fails(attach_block(&dev, path, &err), err, "x: No such file");
    /* The longest hint. */
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    dev.name = name;
    int fd = open(disk, O_RDONLY);
    snprintf(path, sizeof path, "@%d", fd);
    assert_fails(attach_block(&dev, path, &err), err, "nnn attaches it read-only)");
    close(fd);
}

static uint64_t now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void waiting(void **state)
{
    struct waitset ws;
    uint64_t ready;
    int a, b;

    (void)state;
    assert_works(attach("nbn", opt("--net:n1", pair(0, &a)), opt("--block", disk),
                         opt("--net:n3", pair(1, &b)), NULL),
            err);
    assert_works(waitset_open(&ws, &devs, &err), err);
    assert_int_equal(waitset_wait(&ws, 0, &ready), 0);
    assert_int_equal(ready, 0);
    uint64_t start = now();
    assert_int_equal(waitset_wait(&ws, 20000000, &ready), 0);
    assert_true(now() - start >= 20000000);
    /* An expiry nobody fetched does not end the next wait early. */
    start = now();
    assert_int_equal(waitset_wait(&ws, 1, &ready), 0);
    usleep(1000);
    assert_int_equal(waitset_wait(&ws, 20000000, &ready), 0);
    assert_true(now() - start >= 20000000);

    assert_int_equal(send(b, "x", 1, 0), 1);
    assert_int_equal(waitset_wait(&ws, UINT64_MAX, &ready), 1);
    assert_int_equal(ready, 1 << 3);
    assert_int_equal(send(a, "x", 1, 0), 1);
    /* Level-triggered, and a look is enough. */
    assert_int_equal(waitset_wait(&ws, 0, &ready), 2);
    assert_int_equal(ready, 1 << 1 | 1 << 3);
    close(ws.epollfd), close(ws.timerfd);
    close_all();
    close(a), close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(block),
            cmocka_unit_test(block_by_descriptor),
            cmocka_unit_test(bad_block),
            cmocka_unit_test(read_only_descriptors),
            cmocka_unit_test(read_only),
            cmocka_unit_test(locks),
            cmocka_unit_test(lock_of_the_dead),
            cmocka_unit_test(inherited_lock),
            cmocka_unit_test(same_file),
            cmocka_unit_test(names),
            cmocka_unit_test(net),
            cmocka_unit_test(bad_net),
            cmocka_unit_test(not_frames),
            cmocka_unit_test(long_sentences),
            cmocka_unit_test(waiting),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
