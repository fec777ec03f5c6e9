/* SPDX-License-Identifier: ISC */
#include "target.h"

solo5_time_t solo5_clock_monotonic(void)
{
    return target_clock_monotonic();
}

solo5_time_t solo5_clock_wall(void)
{
    return target_clock_wall();
}

/*
 * The host waits by its own clock. The guest's decides when the deadline has come,
 * so that a caller never sees a time before it. Without networks only time can be waited for.
 */
void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set)
{
    solo5_handle_set_t ready = 0;
    bool wait = manifest_has_networks() || !target_reached(deadline);

    while (wait) {
        ready = target_wait(deadline);
        wait = ready == 0 && !target_reached(deadline);
    }
    if (ready_set)
        *ready_set = ready;
}
