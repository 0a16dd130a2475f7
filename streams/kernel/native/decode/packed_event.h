/* An event that Python decoded, as bytes: see streams/kernel/effects.py. */
#ifndef VITALS_PACKED_EVENT_H
#define VITALS_PACKED_EVENT_H

#include "../fold/effects.h"
#include "../plan/plan.h"

#define INSTANT_MAX (((int64_t)1 << 32) * 1000 - 1) /* of an event or a judgement: a bucket has 32 bits; February 2106 */

typedef struct {
    FoldEvent event;
    Effect *effects; /* owned, with room for more than the latest event has */
    uint32_t room;
} PackedEvent;

/* Fills `packed` from bytes, into which its texts point. Nothing is trusted. Returns an error, NULL for none. */
const char *unpack_event(const Plan *plan, const uint8_t *bytes, size_t length, PackedEvent *packed);
void packed_event_free(PackedEvent *packed);

#endif
