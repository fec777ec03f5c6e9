/* SPDX-License-Identifier: ISC */
/*
 * startup.h: what both tenders do first and alike.
 */
#ifndef STARTUP_H
#define STARTUP_H

#include "ext.h"
#include "image.h"
#include "manifest.h"
#include "options.h"

/*
 * Make sure that descriptors 0, 1 and 2 are open (on /dev/null if they were
 * closed: a disk must never become standard output), ignore SIGPIPE and
 * SIGXFSZ and of the other signals at most those that end or stop a process from a terminal,
 * block none. Before anything else is opened.
 */
int startup_process(struct err *err);

/*
 * Open the image o->kernel, check that it is one for TARGET and this CPU, and
 * read its manifest and its extensions. Sentences begin with the file's name.
 */
int startup_image(struct elf *elf, struct manifest *m, struct ext *ext,
        enum tender_target target, const struct options *o, struct err *err);

#endif /* STARTUP_H */
