/* Values with numbers in a hash table with open places. The dicts `value_counts` of `scoring.state.account`. */
#include "value_counts.h"

#include <string.h>

#define FEWEST 4 /* places of the smallest table */

uint64_t spread_multiplier = 0x9E3779B97F4A7C15ULL;

void spread_by(uint64_t multiplier) { spread_multiplier = multiplier | 1; }

static uint32_t *numbers_of(const ValueCounts *counts) { return (uint32_t *)(counts->values + counts->room); }

/* The place of a value, or the free place where it belongs. */
static uint32_t place_of_value(const ValueCounts *counts, uint64_t value) {
    const uint32_t *numbers = numbers_of(counts);
    uint32_t place = spread(value, counts->room);
    while (numbers[place] && counts->values[place] != value) place = (place + 1) & (counts->room - 1);
    return place;
}

static void rebuild(ValueCounts *counts, uint32_t room) {
    ValueCounts grown = {counts->length, room, take_memory(room, sizeof(uint64_t) + sizeof(uint32_t))};
    for (uint32_t each = 0; each < counts->room; each++) {
        if (!numbers_of(counts)[each]) continue;
        uint32_t place = place_of_value(&grown, counts->values[each]);
        grown.values[place] = counts->values[each];
        numbers_of(&grown)[place] = numbers_of(counts)[each];
    }
    give_memory(counts->values);
    *counts = grown;
}

bool value_enters(ValueCounts *counts, uint64_t value) {
    if (counts->length + 1 > counts->room - counts->room / 4) rebuild(counts, counts->room ? 2 * counts->room : FEWEST);
    uint32_t place = place_of_value(counts, value);
    counts->values[place] = value;
    if (numbers_of(counts)[place]++) return false;
    counts->length++;
    return true;
}

/* Frees a place: values after it that are not in their own place move up. */
static void free_place(ValueCounts *counts, uint32_t place) {
    uint32_t *numbers = numbers_of(counts);
    uint32_t mask = counts->room - 1;
    for (uint32_t next = (place + 1) & mask; numbers[next]; next = (next + 1) & mask) {
        uint32_t own = spread(counts->values[next], counts->room);
        if (((next - own) & mask) < ((next - place) & mask)) continue;
        counts->values[place] = counts->values[next];
        numbers[place] = numbers[next];
        place = next;
    }
    numbers[place] = 0;
}

void value_leaves(ValueCounts *counts, uint64_t value) {
    uint32_t place = counts->room ? place_of_value(counts, value) : 0;
    if (!counts->room || !numbers_of(counts)[place]) fault("a value left a window that did not hold it");
    if (--numbers_of(counts)[place]) return;
    free_place(counts, place);
    counts->length--;
    if (counts->room > FEWEST && counts->length < counts->room / 8) rebuild(counts, counts->room / 2);
}

ValueCounts value_counts_copy(const ValueCounts *counts) {
    ValueCounts copy = *counts;
    if (!counts->room) return copy;
    size_t bytes = counts->room * (sizeof(uint64_t) + sizeof(uint32_t));
    copy.values = grow_memory(NULL, bytes, 1);
    memcpy(copy.values, counts->values, bytes);
    return copy;
}

void value_counts_free(ValueCounts *counts) {
    give_memory(counts->values);
    *counts = (ValueCounts){0};
}
