/* SPDX-License-Identifier: ISC */
/* yield_net: the same with a network on which nothing comes. */
#include "yield.c"
