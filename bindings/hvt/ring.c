/* SPDX-License-Identifier: ISC */
#include "ring.h"

struct ring_frames ring_frames;

/* A slot and its buffer follow from the index. */
_Static_assert(HVT_RING_SLOTS % RING_WINDOW == 0, "indices wrap around for both alike");

/*
 * Tenders up to release 0.10.1 know nothing of it. Of their boot information, the
 * beginning of the manifest is here: its version 1 looks like the feature, the name of
 * its first entry, which is empty, like no ring.
 */
struct hvt_ring *ring_offered(const struct hvt_boot_info *info)
{
    if (!(info->host_features & HVT_FEATURE_RING_IO) || info->net_ring == 0)
        return NULL;
    return (struct hvt_ring *)(uintptr_t)info->net_ring;
}
