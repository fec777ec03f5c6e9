/* SPDX-License-Identifier: ISC */
/* say.h: words for the console. */
#ifndef HTTPD_SAY_H
#define HTTPD_SAY_H

#include <stdint.h>

void say(const char *s);
void say_number(uint64_t v);

#endif /* HTTPD_SAY_H */
