/* SPDX-License-Identifier: ISC */
#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "mft_abi.h"
#include "version.h"

#define DEFAULT_MEM_MIB 512

/* An option's argument: how it is written after the option's name. */
enum form {
    FLAG,        /* --name */
    VALUE,       /* --mem=N */
    ACCEL,       /* --net-accel=vhost */
    DEVICE,      /* --name:NAME=VALUE or --name=VALUE */
    DEVICE_FLAG, /* --name:NAME or --name */
};

/* An option word, taken apart. */
struct parsed {
    const char *word;
    char name[MFT_NAME_SIZE]; /* of the device, "" if none is given */
    const char *value;        /* "" if the form has none */
};

/* Words are in place: nothing has to relocate them. */
struct option_row {
    char usage[28]; /* as in --help; begins with the name */
    char help[68];
    enum form form;
    unsigned targets; /* TENDER_HVT | TENDER_SPT */
    union {
        size_t flag;             /* FLAG: offset of the bool in struct options */
        enum device_option what; /* DEVICE, DEVICE_FLAG */
    };
};

#define BOTH (TENDER_HVT | TENDER_SPT)

int parse_u64(const char *text, uint64_t max, uint64_t *value)
{
    uint64_t v = 0;

    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        if (__builtin_mul_overflow(v, 10U, &v) ||
                __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v) || v > max)
            return -1;
    }
    *value = v;
    return 0;
}

static int take_mem(struct options *o, const char *value, struct err *err)
{
    /* In bytes it must fit into 63 bits. */
    if (parse_u64(value, UINT64_MAX >> 21, &o->mem_mib) != 0 || o->mem_mib == 0)
        return err_set(err, "Malformed argument to --mem: '%s' is not a number of MiB from 1 up",
                value);
    return 0;
}

static int take_net_accel(struct options *o, const char *value, struct err *err)
{
    if (strcmp(value, "vhost") != 0)
        return err_set(err, "Malformed argument to --net-accel: '%s' is not vhost", value);
    o->net_vhost = true;
    return 0;
}

/* Letters and digits, 1 to 67: the names a manifest can have. */
static bool is_device_name(const char *s, size_t n)
{
    if (n < 1 || n > MFT_NAME_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z') ||
                    (s[i] >= 'a' && s[i] <= 'z')))
            return false;
    return true;
}

static int take_device(struct options *o, const struct option_row *row,
        const struct parsed *p, struct err *err)
{
    struct device_setting *s;

    s = realloc(o->settings, (o->n_settings + 1) * sizeof *s);
    if (!s)
        return err_errno(err, "could not read options");
    o->settings = s;
    s += o->n_settings++;
    *s = (struct device_setting){
            .what = row->what, .word = p->word, .usage = row->usage, .value = p->value};
    memcpy(s->name, p->name, sizeof p->name);
    return 0;
}

#define FLAG_AT(field) .form = FLAG, .flag = offsetof(struct options, field)
#define DEVICE_OF(option) .form = DEVICE, .what = option
#define DEVICE_FLAG_OF(option) .form = DEVICE_FLAG, .what = option

static const struct option_row table[] = {
        {"--mem=N", .form = VALUE, .targets = BOTH,
                .help = "guest memory in MiB (default 512)"},
        {"--net:NAME=IFACE | @FD", DEVICE_OF(OPT_NET), .targets = BOTH,
                .help = "attach tap interface IFACE, or the open tap FD, as network NAME"},
        {"--net-mac:NAME=MAC", DEVICE_OF(OPT_NET_MAC), .targets = BOTH,
                .help = "its hardware address (default: random)"},
        {"--block:NAME=PATH | @FD", DEVICE_OF(OPT_BLOCK), .targets = BOTH,
                .help = "attach file or block device PATH, or the open FD, as block NAME"},
        {"--block-sector-size:NAME=N", DEVICE_OF(OPT_BLOCK_SECTOR_SIZE), .targets = BOTH,
                .help = "its block size in bytes (default 512)"},
        {"--block-ro:NAME", DEVICE_FLAG_OF(OPT_BLOCK_RO), .targets = BOTH,
                .help = "read-only: its writes fail"},
        {"--block-nolock:NAME", DEVICE_FLAG_OF(OPT_BLOCK_NOLOCK), .targets = BOTH,
                .help = "don't lock it against other processes (not recommended)"},
        {"--hugepages", FLAG_AT(huge_pages), .targets = BOTH,
                .help = "memory in huge pages: faster if large, used in steps of 2 MiB"},
        {"--x-exec-heap", FLAG_AT(exec_heap), .targets = BOTH,
                .help = "let the guest execute its heap and stack (not recommended)"},
        {"--no-net-ring", FLAG_AT(no_net_ring), .targets = TENDER_HVT,
                .help = "don't offer the net ring: each frame is a call of its own"},
        {"--net-accel=vhost", .form = ACCEL, .targets = TENDER_HVT,
                .help = "let the kernel move frames of taps by itself (/dev/vhost-net)"},
        {"--copy-image", FLAG_AT(copy_image), .targets = BOTH,
                .help = "read the image instead of sharing its file's pages"},
        {"--show-policy", FLAG_AT(show_policy), .targets = BOTH,
                .help = "print what the guest may ask of the kernel, and don't start it"},
        {"-v", FLAG_AT(verbose), .targets = BOTH,
                .help = "say what is set up, on standard error"},
        {"--help", FLAG_AT(help), .targets = BOTH,
                .help = "this text"},
        {"--version", FLAG_AT(version), .targets = BOTH,
                .help = "print versions"},
};

const char *options_tender_name(enum tender_target target)
{
    return target == TENDER_HVT ? "solo5-hvt" : "solo5-spt";
}

static const char *program_name(const struct options *o, enum tender_target target)
{
    return o->more ? o->more->program : options_tender_name(target);
}

static void usage_line(FILE *out, const char *usage, const char *help)
{
    fprintf(out, "  %-28s %s\n", usage, help);
}

static void print_usage(FILE *out, const struct options *o, enum tender_target target)
{
    const char *name = program_name(o, target);

    fprintf(out,
            "Usage: %s [OPTIONS] [--] KERNEL [ARGS]\n\n"
            "Run the unikernel in file KERNEL with ARGS on its command line. All devices\n"
            "that its manifest declares must be attached; :NAME may be left out where it\n"
            "declares one device of that kind.\n\nOptions:\n",
            name);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].targets & target)
            usage_line(out, table[i].usage, table[i].help);
    for (size_t i = 0; o->more && i < o->more->n; i++)
        usage_line(out, o->more->rows[i].usage, o->more->rows[i].help);
    fprintf(out, "\nSee man %s.\n", name);
}

static void print_version(FILE *out, const struct options *o, enum tender_target target)
{
    fprintf(out, "%s tender, version %s\nABI version 2\n", program_name(o, target),
            SOLO5_VERSION);
}

int options_answer(const struct options *o, enum tender_target target)
{
    FILE *out = o->help ? stdout : stderr;

    if (!o->help && !o->version)
        return 0;
    if (o->help)
        print_usage(out, o, target);
    else
        print_version(out, o, target);
    return fflush(out) == 0 ? 1 : -1;
}

static int unknown(const char *arg, struct err *err)
{
    return err_set(err, "Invalid option: `%s'. See --help.", arg);
}

/* "OPTION", "OPTION:NAME", then "=VALUE": what follows the option's own name. */
static int take_apart(struct parsed *p, enum form form, const char *usage, const char *rest,
        struct err *err)
{
    bool has_name = form == DEVICE || form == DEVICE_FLAG;
    bool has_value = form == VALUE || form == ACCEL || form == DEVICE;

    if (has_name && *rest == ':') {
        size_t n = strcspn(++rest, "=");
        if (!is_device_name(rest, n))
            return err_set(err,
                    "Invalid option: `%s': a device name has 1 to 67 letters and "
                    "digits. See --help.",
                    p->word);
        memcpy(p->name, rest, n);
        rest += n;
    }
    if (*rest == ':' || (form == FLAG && *rest))
        return unknown(p->word, err);
    if (has_value ? *rest != '=' || !rest[1] : *rest != 0)
        return err_set(err, "Invalid option: `%s': write %s. See --help.", p->word, usage);
    p->value = has_value ? rest + 1 : "";
    return 0;
}

/* USAGE begins with a name: is it the LEN bytes of WORD? */
static bool is_named(const char *usage, const char *word, size_t len)
{
    return strcspn(usage, ":=") == len && memcmp(usage, word, len) == 0;
}

/* An option word whose first LEN bytes are no row's name. */
static int parse_extra(const struct options *o, const char *word, size_t len,
        struct err *err)
{
    const struct options_extra *e = o->more ? o->more->rows : NULL;
    size_t left = o->more ? o->more->n : 0;

    for (; left > 0 && !is_named(e->usage, word, len); left--)
        e++;
    if (left == 0)
        return unknown(word, err);

    struct parsed p = {.word = word};
    if (take_apart(&p, e->value ? VALUE : FLAG, e->usage, word + len, err) != 0)
        return -1;
    return e->set(p.value, err);
}

static int take(struct options *o, const struct option_row *row, const struct parsed *p,
        struct err *err)
{
    switch (row->form) {
    case FLAG:
        *(bool *)((char *)o + row->flag) = true;
        return 0;
    case VALUE:
        return take_mem(o, p->value, err);
    case ACCEL:
        return take_net_accel(o, p->value, err);
    default:
        return take_device(o, row, p, err);
    }
}

static int parse_option(struct options *o, enum tender_target target, const char *word,
        struct err *err)
{
    size_t len = strcspn(word, ":=");
    const struct option_row *row = NULL;
    struct parsed p = {.word = word};

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (is_named(table[i].usage, word, len))
            row = &table[i];
    if (!row)
        return parse_extra(o, word, len, err);
    if (!(row->targets & target))
        return err_set(err, "Invalid option: `%s': only %s has it. See --help.", word,
                options_tender_name((enum tender_target)row->targets));
    if (take_apart(&p, row->form, row->usage, word + len, err) != 0)
        return -1;
    return take(o, row, &p, err);
}

int options_parse(struct options *o, enum tender_target target, char **argv,
        struct err *err)
{
    *o = (struct options){.more = o->more, .mem_mib = DEFAULT_MEM_MIB};

    if (*argv)
        argv++;
    for (; *argv && **argv == '-'; argv++) {
        if (strcmp(*argv, "--") == 0) {
            argv++;
            break;
        }
        if (parse_option(o, target, *argv, err) != 0) {
            options_free(o);
            return -1;
        }
        if (o->help || o->version)
            return 0;
    }
    if (!*argv) {
        options_free(o);
        return err_set(err, "Missing KERNEL operand. See --help.");
    }
    o->kernel = *argv;
    o->args = argv + 1;
    return 0;
}

void options_free(struct options *o)
{
    free(o->settings);
    o->settings = NULL;
    o->n_settings = 0;
}

int cmdline_join(char *buf, size_t size, char *const *args, struct err *err)
{
    size_t used = 0;

    buf[0] = 0;
    for (size_t i = 0; args[i]; i++) {
        size_t len = strlen(args[i]);
        if (len + (i > 0) >= size - used)
            return err_set(err, "Guest command line too long (max=%zu characters)",
                    size - 1);
        if (i > 0)
            buf[used++] = ' ';
        memcpy(buf + used, args[i], len + 1);
        used += len;
    }
    return 0;
}
