/* The ids of an account that has few: one list, looked through from end to end. Most accounts never have more. */
#include "ids.h"

#include <string.h>

bool is_among_few(const EventIds *ids, uint64_t print) {
    for (uint32_t place = 0; place < ids->few_length; place++)
        if (ids->few[place] == print) return true;
    return false;
}

/* Room for half as many more, in numbers that fill malloc's blocks. */
static void grow(EventIds *ids) {
    uint32_t before = ids->few_room, room = ((before + before / 2 + 1) & ~3U) + 2;
    if (room > FEW_IDS_MAX) room = FEW_IDS_MAX;
    ids->few = grow_memory(ids->few, room, sizeof(uint64_t) + sizeof(int32_t));
    memmove(ids->few + room, ids->few + before, ids->few_length * sizeof(int32_t));
    ids->few_room = room;
}

void put_among_few(EventIds *ids, int64_t period, uint64_t print) {
    if (period < INT32_MIN || period > INT32_MAX) fault("an id lies outside of the years that days can number");
    if (ids->few_length == ids->few_room) grow(ids);
    ids->few[ids->few_length] = print;
    few_periods(ids)[ids->few_length++] = (int32_t)period;
    ids->count++;
}

void forget_few(const Plan *plan, EventIds *ids, int64_t bucket) {
    uint32_t kept = 0;
    int32_t *periods = few_periods(ids);
    for (uint32_t place = 0; place < ids->few_length; place++) {
        if (ids_go(plan, periods[place]) <= bucket) continue;
        ids->few[kept] = ids->few[place];
        periods[kept++] = periods[place];
    }
    ids->few_length = kept;
    ids->count = kept;
    if (kept) return;
    give_memory(ids->few);
    ids->few = NULL;
    ids->few_room = 0;
}
