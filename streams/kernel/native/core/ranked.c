/* Whole numbers in ascending order: the arrays of scoring.state.window_totals and scoring.state.use_days. */
#include "exact.h"

#include <stdlib.h>
#include <string.h>

static int by_number(const void *one, const void *other) {
    int64_t first = *(const int64_t *)one, second = *(const int64_t *)other;
    return (first > second) - (first < second);
}

void ranked_sort(Ranked *ranked) {
    if (ranked->length > 1) qsort(ranked->items, ranked->length, sizeof *ranked->items, by_number);
}

void ranked_add(Ranked *ranked, int64_t number) {
    MAKE_ROOM(ranked->items, ranked->length, ranked->room, 8);
    uint32_t place = place_in(ranked->items, ranked->length, number);
    int64_t *at = ranked->items + place;
    memmove(at + 1, at, (ranked->length - place) * sizeof *at);
    *at = number;
    ranked->length++;
}

void ranked_take(Ranked *ranked, int64_t number) {
    uint32_t place = place_in(ranked->items, ranked->length, number);
    if (place == ranked->length || ranked->items[place] != number) fault("a cache of daily totals is wrong");
    int64_t *at = ranked->items + place;
    ranked->length--;
    memmove(at, at + 1, (ranked->length - place) * sizeof *at);
}

void ranked_replace(Ranked *ranked, int64_t number, int64_t by) {
    if (number == by) return;
    uint32_t from = place_in(ranked->items, ranked->length, number);
    if (from == ranked->length || ranked->items[from] != number) fault("a cache of daily totals is wrong");
    int64_t *items = ranked->items;
    uint32_t to = place_in(items, ranked->length, by);
    if (to > from) {
        to--; /* the number itself goes */
        memmove(items + from, items + from + 1, (to - from) * sizeof *items);
    } else {
        memmove(items + to + 1, items + to, (from - to) * sizeof *items);
    }
    items[to] = by;
}

void ranked_copy(Ranked *copy, const Ranked *ranked) {
    copy->length = copy->room = ranked->length;
    copy->items = take_memory(ranked->length, sizeof *ranked->items);
    if (ranked->length) memcpy(copy->items, ranked->items, ranked->length * sizeof *ranked->items);
}
