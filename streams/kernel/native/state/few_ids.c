/* The ids of an account that has few: one list, looked through from end to end. Most accounts never have more. */
#include "ids.h"

#include <string.h>

#define ID_BYTES (sizeof(uint64_t) + sizeof(int32_t) + 1)

/* The first byte of each id, to look through: one in 256 others has the same. */
static uint8_t *tags_of(const EventIds *ids) { return (uint8_t *)(few_periods(ids) + ids->few_room); }

static uint8_t tag_of(uint64_t print) { return (uint8_t)(print >> 56); }

bool is_among_few(const EventIds *ids, uint64_t print) {
    if (!ids->few_length) return false;
    const uint8_t *tags = tags_of(ids), *end = tags + ids->few_length;
    for (const uint8_t *at = tags; (at = memchr(at, tag_of(print), (size_t)(end - at))); at++)
        if (ids->few[at - tags] == print) return true;
    return false;
}

/* Room for half as many more. */
static void grow(EventIds *ids) {
    EventIds before = *ids;
    uint32_t room = ids->few_room ? ids->few_room + ids->few_room / 2 : 3;
    ids->few_room = room < FEW_IDS_MAX ? room : FEW_IDS_MAX;
    ids->few = grow_memory(NULL, ids->few_room, ID_BYTES);
    if (!before.few) return;
    memcpy(ids->few, before.few, ids->few_length * sizeof(uint64_t));
    memcpy(few_periods(ids), few_periods(&before), ids->few_length * sizeof(int32_t));
    memcpy(tags_of(ids), tags_of(&before), ids->few_length);
    give_memory(before.few);
}

void put_among_few(EventIds *ids, int64_t period, uint64_t print) {
    if (period < INT32_MIN || period > INT32_MAX) fault("an id lies outside of the years that days can number");
    if (ids->few_length == ids->few_room) grow(ids);
    ids->few[ids->few_length] = print;
    few_periods(ids)[ids->few_length] = (int32_t)period;
    tags_of(ids)[ids->few_length++] = tag_of(print);
    ids->count++;
}

void forget_few(const Plan *plan, EventIds *ids, int64_t bucket) {
    uint32_t kept = 0;
    int32_t *periods = few_periods(ids), period = 0;
    bool has_gone = ids_go(plan, period) <= bucket;
    for (uint32_t place = 0; place < ids->few_length; place++) {
        if (periods[place] != period) {
            period = periods[place];
            has_gone = ids_go(plan, period) <= bucket;
        }
        if (has_gone) continue;
        ids->few[kept] = ids->few[place];
        periods[kept] = periods[place];
        tags_of(ids)[kept++] = tags_of(ids)[place];
    }
    ids->few_length = kept;
    ids->count = kept;
    if (kept) return;
    give_memory(ids->few);
    ids->few = NULL;
    ids->few_room = 0;
}

int64_t few_next_gone(const Plan *plan, const EventIds *ids) {
    int64_t next = FAR;
    const int32_t *periods = few_periods(ids);
    for (uint32_t place = 0; place < ids->few_length; place++)
        if (!place || periods[place] != periods[place - 1]) next = least(next, ids_go(plan, periods[place]));
    return next;
}
