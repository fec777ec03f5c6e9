/* SPDX-License-Identifier: ISC */
/*
 * main.c: solo5-elftool, the tool for manifests and images at build time.
 */
#include <stdio.h>
#include <string.h>

#include "elftool.h"
#include "version.h"

static int run_gen_manifest(char **args, struct err *err)
{
    return gen_manifest(args[0], args[1], err);
}

static int run_query_manifest(char **args, struct err *err)
{
    return query_manifest(args[0], err);
}

static int run_query_abi(char **args, struct err *err)
{
    return query_abi(args[0], err);
}

static const struct command {
    const char *name;
    int n_args;
    const char *synopsis;
    const char *what;
    int (*run)(char **args, struct err *err);
} commands[] = {
        {"gen-manifest", 2, "gen-manifest SOURCE OUTPUT",
                "make the C file OUTPUT from the JSON manifest SOURCE",
                run_gen_manifest},
        {"query-manifest", 1, "query-manifest BINARY",
                "print the manifest of an image as JSON", run_query_manifest},
        {"query-abi", 1, "query-abi BINARY",
                "print the target and ABI version of an image as JSON", run_query_abi},
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

static void print_version(FILE *out)
{
    fprintf(out, "solo5-elftool %s\n", SOLO5_VERSION);
}

static void print_usage(FILE *out)
{
    size_t i;

    print_version(out);
    fputs("\nUsage: solo5-elftool COMMAND ...\n\nCommands:\n", out);
    for (i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-28s %s\n", commands[i].synopsis, commands[i].what);
    fputs("\nSOURCE and OUTPUT may be -, standard input and output.\n"
          "--help prints this text, --version the first line of it.\n",
            out);
}

/* Output that did not reach its file is a failure, too. */
static int flush_stdout(struct err *err)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return err_errno(err, "standard output: could not write");
    return 0;
}

int main(int argc, char **argv)
{
    const struct command *c = commands;
    struct err err;
    int rc = 0;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_usage(stdout);
    } else if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        print_version(stdout);
    } else {
        while (c < commands + N_COMMANDS &&
                (argc != 2 + c->n_args || strcmp(argv[1], c->name) != 0))
            c++;
        if (c == commands + N_COMMANDS) {
            print_usage(stderr);
            return 1;
        }
        rc = c->run(argv + 2, &err);
    }
    if (rc == 0)
        rc = flush_stdout(&err);
    if (rc == 0)
        return 0;
    fprintf(stderr, "solo5-elftool: %s\n", err.text);
    return 1;
}
