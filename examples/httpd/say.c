/* SPDX-License-Identifier: ISC */
#include "say.h"

#include <string.h>

#include "solo5.h"
#include "text.h"

void say(const char *s)
{
    solo5_console_write(s, strlen(s));
}

void say_number(uint64_t v)
{
    char digits[20];
    struct text t = {.at = digits, .size = sizeof digits};

    text_number(&t, v, 10, 1);
    solo5_console_write(digits, t.used);
}
