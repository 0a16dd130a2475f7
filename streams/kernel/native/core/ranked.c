/* See ranked.h. */
#include "ranked.h"

#include <string.h>

#include "exact.h"

#define TIMES_BITS 16
#define TIMES_MASK (((uint64_t)1 << TIMES_BITS) - 1)

static uint64_t run_of(int64_t number) {
    if (number < 0 || number >> (64 - TIMES_BITS)) fault("a total of days is too great to be ranked");
    return (uint64_t)number << TIMES_BITS;
}

/* The place of the first run whose number is at least that of `run`, which counts nothing. */
static uint32_t place_of_run(const Ranked *ranked, uint64_t run) {
    uint32_t low = 0, high = ranked->length;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (ranked->runs[middle] < run) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const Ranked *ranked, uint32_t place, uint64_t run) {
    return place < ranked->length && (ranked->runs[place] & ~TIMES_MASK) == run;
}

void ranked_add(Ranked *ranked, int64_t number) {
    uint64_t run = run_of(number);
    uint32_t place = place_of_run(ranked, run);
    if (is_at(ranked, place, run)) {
        if ((ranked->runs[place] & TIMES_MASK) == TIMES_MASK) fault("too many totals of days are ranked");
        ranked->runs[place]++;
        return;
    }
    MAKE_ROOM(ranked->runs, ranked->length, ranked->room, 2);
    uint64_t *at = ranked->runs + place;
    memmove(at + 1, at, (ranked->length - place) * sizeof *at);
    *at = run + 1;
    ranked->length++;
}

void ranked_take(Ranked *ranked, int64_t number) {
    uint64_t run = run_of(number);
    uint32_t place = place_of_run(ranked, run);
    if (!is_at(ranked, place, run)) fault("a cache of daily totals is wrong");
    uint64_t *at = ranked->runs + place;
    if ((--*at & TIMES_MASK) != 0) return;
    ranked->length--;
    memmove(at, at + 1, (ranked->length - place) * sizeof *at);
}

int64_t ranked_at(const Ranked *ranked, int64_t place) {
    const uint64_t *run = ranked->runs;
    for (; place >= (int64_t)(*run & TIMES_MASK); run++) place -= (int64_t)(*run & TIMES_MASK);
    return (int64_t)(*run >> TIMES_BITS);
}

void ranked_fill(Ranked *ranked, int64_t *numbers, uint32_t length) {
    if (length > TIMES_MASK) fault("too many totals of days are ranked");
    sort_numbers(numbers, length);
    ranked->length = 0;
    for (uint32_t each = 0; each < length; each++) {
        if (each && numbers[each] == numbers[each - 1]) {
            ranked->runs[ranked->length - 1]++;
            continue;
        }
        MAKE_ROOM(ranked->runs, ranked->length, ranked->room, 2);
        ranked->runs[ranked->length++] = run_of(numbers[each]) + 1;
    }
}

Ranked ranked_copy(const Ranked *ranked) {
    Ranked copy = {ranked->length, ranked->length, NULL};
    if (!copy.length) return copy;
    copy.runs = grow_memory(NULL, copy.length, sizeof *copy.runs);
    memcpy(copy.runs, ranked->runs, copy.length * sizeof *copy.runs);
    return copy;
}
