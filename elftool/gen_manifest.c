/* SPDX-License-Identifier: ISC */
/*
 * gen_manifest.c: the C file that puts a manifest's note into an image.
 *
 * OUTPUT appears whole or not at all: a partial file would look up to date to
 * make.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elftool.h"
#include "json.h"

#define STDIO_NAME "-"

/*
 * Read all of SOURCE, at most one byte more than a source may have. The caller
 * frees the text.
 */
static char *read_source(const char *source, size_t *len, struct err *err)
{
    bool is_stdin = strcmp(source, STDIO_NAME) == 0;
    FILE *in = is_stdin ? stdin : fopen(source, "re");
    char *text = malloc(JSON_SOURCE_MAX + 1);

    if (!in) {
        err_errno(err, "could not open");
    } else if (!text) {
        err_errno(err, "could not read");
    } else {
        *len = fread(text, 1, JSON_SOURCE_MAX + 1, in);
        if (!ferror(in)) {
            if (!is_stdin)
                fclose(in);
            return text;
        }
        err_errno(err, "could not read");
    }
    if (in && !is_stdin)
        fclose(in);
    free(text);
    return NULL;
}

static const char *type_macro(mft_type_t type)
{
    return type == MFT_DEV_NET_BASIC ? "MFT_DEV_NET_BASIC" : "MFT_DEV_BLOCK_BASIC";
}

/* Names are letters and digits: they need no escapes in C. */
static void print_c(FILE *out, const struct manifest *m)
{
    unsigned i;

    fprintf(out,
            "/* Made by solo5-elftool gen-manifest, don't edit. */\n"
            "\n"
            "#define MFT_ENTRIES %u\n"
            "#include \"mft_abi.h\"\n"
            "\n"
            "MFT1_NOTE_DECLARE_BEGIN\n"
            "{\n"
            "    .version = MFT_VERSION, .entries = %u,\n"
            "    .e = {\n"
            "        { .name = \"\", .type = MFT_RESERVED_FIRST },\n",
            m->entries, m->entries);
    for (i = 1; i < m->entries; i++)
        fprintf(out, "        { .name = \"%s\", .type = %s },\n", m->e[i].name,
                type_macro(m->e[i].type));
    fputs("    }\n"
          "}\n"
          "MFT1_NOTE_DECLARE_END\n",
            out);
}

/* The same into a file that is open already; closes it. */
static int print_and_close(FILE *out, const struct manifest *m, struct err *err)
{
    print_c(out, m);
    if (fflush(out) != 0 || ferror(out)) {
        err_errno(err, "could not write");
        fclose(out);
        return -1;
    }
    if (fclose(out) != 0)
        return err_errno(err, "could not write");
    return 0;
}

/* What an ordinary creat() would have given; mkstemp() gives 0600. */
static int set_mode(int fd)
{
    mode_t mask = umask(0);

    umask(mask);
    return fchmod(fd, 0666 & ~mask);
}

/* Write a new file next to PATH, then put it in its place. */
static int replace(const char *path, const struct manifest *m, struct err *err)
{
    char *temp;
    FILE *out;
    int fd;

    if (asprintf(&temp, "%s.XXXXXX", path) < 0)
        return err_set(err, "could not write: out of memory");
    fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0) {
        err_errno(err, "could not create");
        free(temp);
        return -1;
    }
    out = set_mode(fd) == 0 ? fdopen(fd, "w") : NULL;
    if (!out) {
        err_errno(err, "could not write");
        close(fd);
    } else if (print_and_close(out, m, err) == 0) {
        if (rename(temp, path) == 0) {
            free(temp);
            return 0;
        }
        err_errno(err, "could not rename to it");
    }
    unlink(temp);
    free(temp);
    return -1;
}

/* A terminal, a pipe, /dev/null: nothing that could be replaced. */
static int write_special(const char *path, const struct manifest *m, struct err *err)
{
    FILE *out = fopen(path, "we");

    if (!out)
        return err_errno(err, "could not open");
    return print_and_close(out, m, err);
}

static int write_output(const char *output, const struct manifest *m, struct err *err)
{
    struct stat st;
    char *real;
    int rc;

    if (strcmp(output, STDIO_NAME) == 0) {
        print_c(stdout, m);
        return 0; /* main() flushes and checks */
    }
    if (stat(output, &st) < 0)
        return replace(output, m, err);
    if (!S_ISREG(st.st_mode))
        return write_special(output, m, err);
    real = realpath(output, NULL); /* replace what a link points to, not the link */
    if (!real)
        return err_errno(err, "could not find");
    rc = replace(real, m, err);
    free(real);
    return rc;
}

int gen_manifest(const char *source, const char *output, struct err *err)
{
    struct manifest m;
    struct err why;
    size_t len = 0;
    char *text = read_source(source, &len, &why);
    int rc;

    if (!text)
        return err_set(err, "%s: %s", source, why.text);
    rc = json_to_manifest(&m, text, len, &why);
    free(text);
    if (rc < 0)
        return err_set(err, "%s: %s", source, why.text);
    if (write_output(output, &m, &why) < 0)
        return err_set(err, "%s: %s", output, why.text);
    return 0;
}
