/* SPDX-License-Identifier: ISC */
/* guard.h: what lwIP leaves open to a hostile network. guard_segment() is in lwip/hooks.h. */
#ifndef HTTPD_GUARD_H
#define HTTPD_GUARD_H

#include <stdbool.h>

#define IPV6_MTU_MIN 1280 /* of any link: RFC 8200, 5 */

/* After each frame that lwIP had: true if it must have the same again. */
bool guard_after_frame(void);

/* There is no frame that lwIP has not had. */
void guard_all_read(void);

/* Before lwIP looks at its timers. */
void guard_before_timers(void);

#endif /* HTTPD_GUARD_H */
