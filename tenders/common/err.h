/* SPDX-License-Identifier: ISC */
/*
 * err.h: how code below main() reports a failure: it returns -1 (or NULL) and
 * leaves one sentence, without prefix and newline, in the caller's struct err.
 * Nothing below main() prints or exits.
 */
#ifndef ERR_H
#define ERR_H

struct err {
    char text[8192]; /* room for the longest path or list of names, and the reason */
};

/* Set the sentence. Control characters in it are replaced by '?'. Returns -1. */
int err_set(struct err *err, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* The same, followed by ": " and the text of errno. Returns -1. */
int err_errno(struct err *err, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Put WHAT and ": " in front of it. Returns -1. */
int err_prefix(struct err *err, const char *what);

/*
 * As err_set(), of PARTS up to a NULL. It calls nothing and may run in a handler of signals; what
 * needs no printf(3) as long as all goes well starts faster.
 */
void err_join(struct err *err, const char *const *parts);

#endif /* ERR_H */
