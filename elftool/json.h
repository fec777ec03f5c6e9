/* SPDX-License-Identifier: ISC */
/*
 * json.h: the manifest as its author writes it, and as the query commands print
 * it.
 */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdio.h>

#include "err.h"
#include "manifest.h"

/* The largest source; 63 devices need less than a hundredth of it. */
#define JSON_SOURCE_MAX (1U << 20)

/* Make a manifest of LEN bytes of JSON. Sentences name the offending entry. */
int json_to_manifest(struct manifest *m, const char *text, size_t len, struct err *err);

/* Print TEXT as a JSON string: whatever it holds, what comes out is one. */
void json_print_string(FILE *out, const char *text);

#endif /* JSON_H */
