/* SPDX-License-Identifier: ISC */
/*
 * hooks_none.c: solo5-hvt.
 */
#include "hooks.h"

const struct options_more hooks_options = {.program = "solo5-hvt"};

int hooks_start(struct err *err)
{
    (void)err;
    return 0;
}

int hooks_show_policy(const struct hvt *hvt)
{
    return policy_show(hvt, stdout);
}

int hooks_confine(const struct hvt *hvt, struct err *err)
{
    return policy_install(hvt, err);
}

void hooks_end(const struct hvt *hvt, int status)
{
    (void)hvt, (void)status;
}
