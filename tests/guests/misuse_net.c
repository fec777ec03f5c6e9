/* SPDX-License-Identifier: ISC */
/* misuse_net: misuse.c with a manifest that has a network, too. */
#include "misuse.c"
