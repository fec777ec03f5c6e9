/* SPDX-License-Identifier: ISC */
/*
 * target.h: seam between the bindings and what they run on. hvt/target.c has at most one
 * hypercall per function, spt/target.c one system call; clocks mostly have none.
 *
 * Arguments have been checked when they come here: handles name a device of the
 * right type, frames have a legal length, and what is moved on a block device are 1 to
 * SOLO5_BLOCK_MAX bytes, whole blocks within it.
 */
#ifndef TARGET_H
#define TARGET_H

#include "bindings.h"

/* What every target's boot information says. */
struct target_boot {
    uint64_t mem_size;
    const char *cmdline;
    const struct mft *manifest;
};

/* Called first of all. Nothing else here works before. */
void target_init(const void *boot_info, struct target_boot *boot);

/* Says at debug level what target_init() found out. */
void target_report(void);

/* Values an attacker does not know, as far as the target has any. */
#define TARGET_ENTROPY_WORDS 4
void target_entropy(uint64_t word[TARGET_ENTROPY_WORDS]);

void target_exit(int status, const void *cookie) __attribute__((noreturn));

void target_console_write(const char *buf, size_t size);

solo5_time_t target_clock_monotonic(void);
solo5_time_t target_clock_wall(void);

/* Has the clock reached DEADLINE? Where asking it is dear, only if that is not known yet. */
bool target_reached(solo5_time_t deadline);

/*
 * Wait until a network device can be read, and return which, or until DEADLINE,
 * and return 0. May return 0 early: wait again.
 */
solo5_handle_set_t target_wait(solo5_time_t deadline);

solo5_result_t target_block_write(solo5_handle_t handle, solo5_off_t offset,
        const uint8_t *buf, size_t size);
solo5_result_t target_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf,
        size_t size);

/* Only if EXT_F_BLOCK_FLUSH is in force. */
solo5_result_t target_block_flush(solo5_handle_t handle);

solo5_result_t target_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size);
solo5_result_t target_net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
        size_t *read_size);

solo5_result_t target_set_tls_base(uintptr_t base);

#endif /* TARGET_H */
