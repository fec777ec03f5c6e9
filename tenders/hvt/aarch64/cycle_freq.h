/* SPDX-License-Identifier: ISC */
/*
 * cycle_freq.h: the frequency of the counter that guests read, CNTVCT_EL0.
 *
 * CNTFRQ_EL0 is what the firmware wrote there, and some firmware wrote nothing or
 * something wrong. Then the device tree says it, in the property clock-frequency of
 * the timer's node (kernel: bindings/timer/arm,arch_timer.yaml), and the kernel
 * believes the tree. So must we, or the guest's clock would run at another speed.
 */
#ifndef HVT_AARCH64_CYCLE_FREQ_H
#define HVT_AARCH64_CYCLE_FREQ_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * Hz from the flattened tree BLOB, or from the tree unpacked as folders and files
 * under DIR. Both give the same: 0 if the tree says nothing, or enabled timer nodes
 * disagree.
 */
uint64_t cycle_freq_fdt(const void *blob, size_t size);
uint64_t cycle_freq_dir(const char *dir);

/*
 * What the tree under SYS (/sys/firmware) says: the file fdt, which is root's, else
 * the folders devicetree/base; else REGISTER_HZ.
 */
int cycle_freq(const char *sys, uint64_t register_hz, uint64_t *hz, struct err *err);

#endif /* HVT_AARCH64_CYCLE_FREQ_H */
