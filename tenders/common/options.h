/* SPDX-License-Identifier: ISC */
/*
 * options.h: the command line of both tenders, from one table.
 *
 *     solo5-TARGET [OPTIONS] [--] KERNEL [ARGS]
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

enum tender_target { TENDER_HVT = 1, TENDER_SPT = 2 };

/* What a device option says; each is kept as given until the manifest is known. */
enum device_option {
    OPT_NET,
    OPT_NET_MAC,
    OPT_BLOCK,
    OPT_BLOCK_SECTOR_SIZE,
    OPT_BLOCK_RO,
    OPT_BLOCK_NOLOCK,
    DEVICE_OPTIONS
};

struct device_setting {
    enum device_option what;
    const char *word;  /* as on the command line, for messages */
    const char *usage; /* how to write it with a name */
    char name[68];     /* "" for the short form */
    const char *value; /* "" for an option that has none */
};

/* An option that one program has beyond the tender's: --name, or --name=VALUE. */
struct options_extra {
    const char *usage; /* as in --help; begins with the name */
    const char *help;
    bool value;
    int (*set)(const char *value, struct err *err);
};

struct options_more {
    const char *program; /* the name in --help, --version and messages */
    const struct options_extra *rows;
    size_t n;
};

struct options {
    const struct options_more *more; /* to be set before parsing, or NULL */
    uint64_t mem_mib;  /* --mem, default 512, not 0 */
    bool huge_pages;   /* --hugepages */
    bool exec_heap;    /* --x-exec-heap */
    bool no_net_ring;  /* --no-net-ring (hvt) */
    bool net_vhost;    /* --net-accel=vhost (hvt) */
    bool copy_image;   /* --copy-image */
    bool show_policy;  /* --show-policy */
    bool verbose;      /* -v */
    bool help;         /* --help: nothing else was checked */
    bool version;      /* --version: nothing else was checked */
    size_t n_settings;
    struct device_setting *settings; /* in order of appearance */
    const char *kernel;              /* file name, NULL with help or version */
    char **args;                     /* of the guest, NULL-terminated */
};

/* Parse argv of the tender TARGET. Pointers into ARGV are kept, and O->more. */
int options_parse(struct options *o, enum tender_target target, char **argv,
        struct err *err);
void options_free(struct options *o);

/*
 * Answer --help (on stdout) and --version (on stderr). Returns 1 if one of them was
 * asked for, 0 if not, -1 if it could not be written.
 */
int options_answer(const struct options *o, enum tender_target target);

/* "solo5-hvt" or "solo5-spt". */
const char *options_tender_name(enum tender_target target);

/*
 * Parse a decimal number without sign, blanks or trailing text, at most MAX.
 * Returns 0, or -1 without a sentence.
 */
int parse_u64(const char *text, uint64_t max, uint64_t *value);

/*
 * Join ARGS with single spaces into BUF of SIZE bytes, NUL included. An error if
 * they don't fit.
 */
int cmdline_join(char *buf, size_t size, char *const *args, struct err *err);

#endif /* OPTIONS_H */
