/* SPDX-License-Identifier: ISC */
#include "attack.h"

void attack_run(const struct attack *table, const char *name)
{
    for (; table->name; table++) {
        if (strcmp(table->name, name) != 0)
            continue;
        table->run();
        put(table->name);
        put(": goes on\n");
        solo5_exit(SOLO5_EXIT_SUCCESS);
    }
}
