/* SPDX-License-Identifier: ISC */
#include "../vdso.h"

const struct vdso_name vdso_clock = {"__vdso_clock_gettime", "LINUX_2.6"};
