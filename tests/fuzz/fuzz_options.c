/* SPDX-License-Identifier: ISC */
/*
 * Command lines: the input's first byte chooses the tender and its options, the rest are the
 * words, each ended by a NUL.
 *
 * links: tenders/common/options.c tenders/common/err.c
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "mft_abi.h"
#include "options.h"
#include "words.h"

static struct err err;
static unsigned extra_seen;

static int set_extra(const char *value, struct err *e)
{
    extra_seen++;
    return *value == '!' ? err_set(e, "refused") : 0;
}

static const struct options_extra extra_rows[] = {
        {"--extra=VALUE", "", true, set_extra},
        {"--extra-flag", "", false, set_extra},
};
static const struct options_more extra = {"solo5-fuzz", extra_rows, 2};

/* Does P point at or into a word in front of LAST? */
static bool is_within(const char *p, char **argv, char **last)
{
    for (; argv < last; argv++)
        if (p >= *argv && p <= *argv + strlen(*argv))
            return true;
    return false;
}

static void check_name(const struct device_setting *s)
{
    size_t n = strnlen(s->name, sizeof s->name);

    MUST(n <= MFT_NAME_MAX);
    MUST(strspn(s->name, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == n);
}

static void check_setting(const struct device_setting *s, char **argv, char **kernel)
{
    bool flag = s->what == OPT_BLOCK_RO || s->what == OPT_BLOCK_NOLOCK;

    check_name(s);
    MUST(s->what < DEVICE_OPTIONS);
    MUST(is_within(s->word, argv, kernel) && strncmp(s->word, s->usage, 5) == 0);
    MUST(flag ? *s->value == 0 : *s->value && is_within(s->value, argv, kernel));
    /* The word is its parts: --option, :name, =value. */
    char whole[16384];
    int n = snprintf(whole, sizeof whole, "%.*s%s%s%s%s", (int)strcspn(s->word, ":="), s->word,
            *s->name ? ":" : "", s->name, flag ? "" : "=", s->value);
    MUST(n >= (int)sizeof whole || strcmp(whole, s->word) == 0);
}

/* Joined with single spaces, or refused because they don't fit. */
static void check_join(char **args, size_t room)
{
    char *buf = malloc(room);
    size_t need = 1;

    MUST(buf);
    for (size_t i = 0; args[i]; i++)
        need += strlen(args[i]) + (i > 0);
    bool good = cmdline_join(buf, room, args, &err) == 0;
    MUST(good == (need <= room));
    MUST(!good || strlen(buf) == need - 1);
    const char *at = buf;
    for (size_t i = 0; good && args[i]; at += strlen(args[i++])) {
        at += i > 0;
        MUST(memcmp(at, args[i], strlen(args[i])) == 0);
    }
    free(buf);
}

/* Where the words that are options end: the first that isn't one, or what follows "--". */
static char **find_kernel(char **argv)
{
    for (argv += *argv != NULL; *argv && **argv == '-'; argv++)
        if (strcmp(*argv, "--") == 0)
            return argv + 1;
    return argv;
}

/* What it prints goes nowhere, that it does is all. */
static void check_answer(const struct options *o, enum tender_target target)
{
    static FILE *nowhere;
    FILE *out = stdout, *errors = stderr;

    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    MUST(nowhere);
    stdout = stderr = nowhere;
    int answered = options_answer(o, target);
    stdout = out;
    stderr = errors;
    MUST(answered == (o->help || o->version));
}

static void check_accepted(const struct options *o, enum tender_target target, char **argv)
{
    char **kernel = find_kernel(argv);

    MUST(o->mem_mib > 0 && o->mem_mib <= UINT64_MAX >> 21);
    MUST(!o->no_net_ring || target == TENDER_HVT);
    for (size_t i = 0; i < o->n_settings; i++) {
        check_setting(&o->settings[i], argv, kernel);
        MUST(i == 0 || o->settings[i].word > o->settings[i - 1].word);
    }
    check_answer(o, target);
    if (o->help || o->version) {
        MUST(!o->kernel);
        return;
    }
    MUST(*kernel && o->kernel == *kernel && o->args == kernel + 1);
    check_join(o->args, 8192);
    check_join(o->args, 1 + strlen(o->kernel));
}

static void try_words(char **argv, enum tender_target target, bool more)
{
    struct options o = {.more = more ? &extra : NULL};

    extra_seen = 0;
    if (options_parse(&o, target, argv, &err) == 0) {
        check_accepted(&o, target, argv);
        options_free(&o);
    } else {
        MUST(*err.text && !strchr(err.text, '\n'));
        MUST(!o.settings && o.n_settings == 0);
    }
    MUST(more || extra_seen == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *argv[WORDS_MAX + 1];

    if (size < 1)
        return -1;
    char *text = copy_words(bytes + 1, size - 1, argv);
    try_words(argv, bytes[0] & 1 ? TENDER_HVT : TENDER_SPT, bytes[0] & 2);
    free(text);
    return 0;
}
