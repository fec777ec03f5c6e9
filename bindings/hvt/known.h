/* SPDX-License-Identifier: ISC */
/* The extensions that the bindings know, as a number that linker scripts can read. */
#define EXT_KNOWN 0x91b
