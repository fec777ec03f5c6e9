/* SPDX-License-Identifier: ISC */
/*
 * elftool.h: the commands of solo5-elftool. Each returns 0, or -1 and a sentence
 * that begins with the name of the file it is about.
 */
#ifndef ELFTOOL_H
#define ELFTOOL_H

#include "err.h"

/* gen_manifest.c: JSON file SOURCE to C file OUTPUT; "-" is stdin, stdout. */
int gen_manifest(const char *source, const char *output, struct err *err);

/* query.c: print what the notes of an image say, for either CPU and any target. */
int query_manifest(const char *binary, struct err *err);
int query_abi(const char *binary, struct err *err);

#endif /* ELFTOOL_H */
