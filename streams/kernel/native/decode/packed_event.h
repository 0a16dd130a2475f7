/* An event that Python decoded, as bytes: see streams/kernel/effects.py. */
#ifndef VITALS_PACKED_EVENT_H
#define VITALS_PACKED_EVENT_H

#include "../fold/effects.h"
#include "../plan/plan.h"


enum { HAS_ID = 1, ID_IS_ITS_OWN = 2, TILE_HOLDS_IT = 4, TOTALS_HOLD_IT = 8, ALL_FLAGS = 15 };

/* The bytes of an event: a head, its effects, then their texts, all little-endian; see streams/kernel/effects.py. */
typedef struct {
    int64_t at_ms;
    uint64_t id_print;
    int64_t origin, times;
    uint64_t print;
    uint32_t flags, rank, name, user, effects, texts;
} PackedHead;

typedef struct {
    uint32_t kind, number, rank, text;
    int64_t amount;
    uint64_t key;
    double value;
} PackedEffect;

_Static_assert(sizeof(PackedHead) == 64 && sizeof(PackedEffect) == 40, "as streams/kernel/effects.py writes them");

typedef struct {
    FoldEvent event;
    Effect *effects; /* owned, with room for more than the latest event has */
    uint32_t room;
} PackedEvent;

/* Fills `packed` from bytes, into which its texts point. Nothing is trusted. Returns an error, NULL for none. */
const char *unpack_event(const Plan *plan, const uint8_t *bytes, size_t length, PackedEvent *packed);
void packed_event_free(PackedEvent *packed);

#endif
