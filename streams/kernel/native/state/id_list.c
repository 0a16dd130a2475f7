/* Ids in order of arrival: `Chunk` of `scoring.state.event_ids`. */
#include "ids.h"

#include <string.h>

#define ID_BYTES (sizeof(uint64_t) + sizeof(int32_t) + 1)

/* The first byte of each id, to look through: one in 256 others has the same. */
static uint8_t *tags_of(const IdList *list) { return (uint8_t *)(periods_of(list) + list->room); }

static uint8_t tag_of(uint64_t print) { return (uint8_t)(print >> 56); }

bool is_listed(const IdList *list, uint64_t print) {
    if (!list->length) return false;
    const uint8_t *tags = tags_of(list), *end = tags + list->length;
    for (const uint8_t *at = tags; (at = memchr(at, tag_of(print), (size_t)(end - at))); at++)
        if (list->prints[at - tags] == print) return true;
    return false;
}

static void set_room(IdList *list, uint32_t room) {
    IdList moved = {list->length, room, grow_memory(NULL, room, ID_BYTES)};
    if (list->length) {
        memcpy(moved.prints, list->prints, list->length * sizeof(uint64_t));
        memcpy(periods_of(&moved), periods_of(list), list->length * sizeof(int32_t));
        memcpy(tags_of(&moved), tags_of(list), list->length);
    }
    give_memory(list->prints);
    *list = moved;
}

void expect_ids(IdList *list, uint32_t more) {
    if (list->room - list->length < more) set_room(list, list->length + more);
}

void put_in_list(IdList *list, int64_t period, uint64_t print) {
    if (period < INT32_MIN || period > INT32_MAX) fault("an id lies outside of the years that days can number");
    if (list->length == list->room) set_room(list, list->room > 1 ? list->room + list->room / 2 : 3);
    list->prints[list->length] = print;
    periods_of(list)[list->length] = (int32_t)period;
    tags_of(list)[list->length++] = tag_of(print);
}

void fit_list(IdList *list) {
    if (list->length < list->room && list->length) set_room(list, list->length);
    if (list->length) return;
    give_memory(list->prints);
    *list = (IdList){0};
}

void forget_listed(const Plan *plan, EventIds *ids, IdList *list, int64_t bucket) {
    if (!list->length) return;
    uint32_t kept = 0;
    int32_t *periods = periods_of(list), period = periods[0];
    uint8_t *tags = tags_of(list);
    bool has_gone = ids_go(plan, period) <= bucket;
    for (uint32_t place = 0; place < list->length; place++) {
        if (periods[place] != period) {
            period = periods[place];
            has_gone = ids_go(plan, period) <= bucket;
        }
        if (has_gone) {
            unlearn(ids, list->prints[place]);
            continue;
        }
        list->prints[kept] = list->prints[place];
        periods[kept] = periods[place];
        tags[kept++] = tags[place];
    }
    ids->count -= list->length - kept;
    list->length = kept;
    if (!kept) fit_list(list);
}

void remove_listed(IdList *list, uint32_t place) {
    uint32_t behind = --list->length - place;
    int32_t *periods = periods_of(list);
    uint8_t *tags = tags_of(list);
    memmove(&list->prints[place], &list->prints[place + 1], behind * sizeof *list->prints);
    memmove(&periods[place], &periods[place + 1], behind * sizeof *periods);
    memmove(&tags[place], &tags[place + 1], behind);
}

int64_t list_next_gone(const Plan *plan, const IdList *list) {
    if (!list->length) return FAR;
    const int32_t *periods = periods_of(list);
    int64_t next = ids_go(plan, periods[0]);
    for (uint32_t place = 1; place < list->length; place++)
        if (periods[place] != periods[place - 1]) next = least(next, ids_go(plan, periods[place]));
    return next;
}
