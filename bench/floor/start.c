/* SPDX-License-Identifier: ISC */
/*
 * start ROUNDS -- KEY COMMAND... [-- KEY COMMAND...]...: run all commands in turn, ROUNDS
 * times. How long each takes, from before its start to after its end: "KEY LEAST MEDIAN" in
 * picoseconds. A command's status must be 0; its output goes to /dev/null.
 *
 * The kernel frees much of what a process had at a tick of its timer, which then falls into what
 * runs next. So before each command there is time for that, and each round begins elsewhere between
 * two ticks: all commands meet as many of them, and none meets one always.
 */
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "floor.h"

extern char **environ;

#define MAX_COMMANDS 16

static struct {
    char **argv; /* key and command, the list ends in NULL */
    uint64_t sample[MAX_ROUNDS];
} commands[MAX_COMMANDS];

static unsigned split(char **argv)
{
    unsigned n = 0;

    for (; *argv && n < MAX_COMMANDS; argv++)
        if (strcmp(*argv, "--") == 0) {
            *argv = NULL;
            commands[n++].argv = argv + 1;
        }
    return n;
}

/* Two ticks of 250 Hz, and a part of one that is another in each of many rounds. */
static void settle(unsigned round)
{
    const struct timespec ts = {.tv_nsec = 8000000 + round * 610000 % 4000000};

    nanosleep(&ts, NULL);
}

static uint64_t run(char **argv, const posix_spawn_file_actions_t *files)
{
    uint64_t begin = floor_now();
    int status = 1;
    pid_t pid;

    if (posix_spawn(&pid, argv[0], files, NULL, argv, environ) == 0)
        waitpid(pid, &status, 0);
    uint64_t end = floor_now();
    if (status != 0) {
        fprintf(stderr, "start: %s: status 0x%x\n", argv[0], (unsigned)status);
        exit(1);
    }
    return (end - begin) * 1000;
}

int main(int argc, char **argv)
{
    struct bench b = {.now = floor_now, .write = floor_write};
    posix_spawn_file_actions_t files;
    unsigned n = split(argv);

    floor_require(argc > 1 && n > 0, "ROUNDS -- KEY COMMAND...");
    bench_options(&b, argv[1]);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    for (unsigned r = 0; r <= b.rounds; r++)
        for (unsigned i = 0; i < n; i++) {
            settle(r);
            commands[i].sample[r > 0 ? r - 1 : 0] = run(commands[i].argv + 1, &files);
        }
    for (unsigned i = 0; i < n; i++) {
        sort(commands[i].sample, b.rounds);
        bench_print(&b, commands[i].argv[0], commands[i].sample[0],
                commands[i].sample[b.rounds / 2]);
    }
    return 0;
}
