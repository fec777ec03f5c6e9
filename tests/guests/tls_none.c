/* SPDX-License-Identifier: ISC */
/*
 * tls_none: no thread-local variables; the calls work all the same. "bad-base":
 * a base address that the CPU can't hold.
 */
#include "cpu.h"
#include "lib.h"

static char block[1024];

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    CHECK(solo5_tls_size() > 0 && solo5_tls_size() <= sizeof block);
    CHECK(solo5_tls_init((uintptr_t)block) == SOLO5_R_OK);
    CHECK(solo5_set_tls_base(solo5_tls_tp_offset((uintptr_t)block)) == SOLO5_R_OK);
#ifdef CPU_BAD_TLS_BASE
    if (strcmp(info->cmdline, "bad-base") == 0) {
        CHECK(solo5_set_tls_base(CPU_BAD_TLS_BASE) == SOLO5_R_EINVAL);
        put("refused\n");
    }
#endif
    return success();
}
