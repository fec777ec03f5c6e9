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

#include <stdint.h>

#include "err.h"

/*
 * What the tree says that the kernel shows as folders and files in SYS/devicetree/base (SYS is
 * /sys/firmware): its node "timer", if that is a timer in use, else all such nodes, wherever they
 * are. If nothing, or if those disagree: REGISTER_HZ.
 */
int cycle_freq(const char *sys, uint64_t register_hz, uint64_t *hz, struct err *err);

#endif /* HVT_AARCH64_CYCLE_FREQ_H */
