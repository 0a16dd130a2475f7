/* The ids of an account's events, in order of arrival: they identify a repeated event as a duplicate. Equals
 * `scoring.state.event_ids`: the same ids are known, in the same chunks, and the same are dropped when there are too many. */
#include "ids.h"

#include <string.h>

#define CHUNK_MAX 4096
#define IDS_MAX ((int64_t)1 << 22)
#define BLOCK_DAYS 8
#define LOOKED_AT_MAX 8192 /* of so many restored ids each is kept once: SMALL_MAX of scoring.state.event_ids */
#define FEW 64 /* ids that are looked through, without a table */

static int64_t last_day_of(int64_t period) { return period >= 0 ? period : -period * BLOCK_DAYS - 1; }

int64_t ids_go(const Plan *plan, int64_t period) {
    int64_t span = plan->dedupe_span;
    if (period < 0) span = greatest(span, greatest(plan->span, plan->totals_span));
    return (last_day_of(period) + 1) * plan->buckets_a_day + span;
}

/* The size of a chunk that comes after `count` ids: a sixteenth of them, rounded down to a power of 2. */
static int64_t size_after(const Plan *plan, int64_t count) {
    int64_t size = count < 16 ? 0 : (int64_t)1 << (63 - __builtin_clzll((uint64_t)count / 16));
    return greatest(plan->chunk_min, least(CHUNK_MAX, size));
}

/* Forgets the first chunk. */
static void drop_first(EventIds *ids) {
    Chunk *first = &ids->closed[0];
    for (uint32_t place = 0; place < first->ids.length; place++) unlearn(ids, first->ids.prints[place]);
    ids->count -= first->ids.length;
    give_memory(first->ids.prints);
    ids->closed_length--;
    memmove(first, first + 1, ids->closed_length * sizeof(Chunk));
}

/* Closes the open chunk. Drops the first ones when there would be too many ids. */
static void close_chunk(EventIds *ids) {
    fit_list(&ids->open);
    MAKE_ROOM(ids->closed, ids->closed_length, ids->closed_room, 2);
    ids->closed[ids->closed_length++] = (Chunk){ids->next_number++, ids->open};
    ids->open = (IdList){0};
    while (ids->count > IDS_MAX - CHUNK_MAX) drop_first(ids);
}

static bool is_there(const EventIds *ids, uint64_t print) {
    if (ids->known) return is_known(ids, print);
    for (uint32_t number = 0; number < ids->closed_length; number++)
        if (is_listed(&ids->closed[number].ids, print)) return true;
    return is_listed(&ids->open, print);
}

static void learn_all(EventIds *ids) {
    for (uint32_t number = 0; number < ids->closed_length; number++)
        for (uint32_t place = 0; place < ids->closed[number].ids.length; place++)
            learn(ids, ids->closed[number].ids.prints[place]);
    for (uint32_t place = 0; place < ids->open.length; place++) learn(ids, ids->open.prints[place]);
}

void add_chunk(EventIds *ids, uint32_t number, IdList list) {
    uint32_t place = ids->closed_length;
    while (place && ids->closed[place - 1].number >= number) place--;
    if (ids->next_number <= number) ids->next_number = number + 1;
    if (place < ids->closed_length && ids->closed[place].number == number) {
        give_memory(ids->closed[place].ids.prints);
        ids->closed[place].ids = list;
        return;
    }
    MAKE_ROOM(ids->closed, ids->closed_length, ids->closed_room, 2);
    memmove(&ids->closed[place + 1], &ids->closed[place], (ids->closed_length - place) * sizeof(Chunk));
    ids->closed[place] = (Chunk){number, list};
    ids->closed_length++;
}

/* Learns a list's ids, the latest first; removes those that are known already. */
static void learn_latest(EventIds *ids, IdList *list) {
    for (uint32_t place = list->length; place-- > 0;) {
        if (is_known(ids, list->prints[place]))
            remove_listed(list, place);
        else
            learn(ids, list->prints[place]);
    }
    if (!list->length) fit_list(list);
}

static void drop_empty(EventIds *ids) {
    uint32_t kept = 0;
    for (uint32_t number = 0; number < ids->closed_length; number++)
        if (ids->closed[number].ids.length) ids->closed[kept++] = ids->closed[number];
    ids->closed_length = kept;
}

void ids_restore(EventIds *ids) {
    int64_t count = ids->open.length;
    for (uint32_t number = 0; number < ids->closed_length; number++) count += ids->closed[number].ids.length;
    free_known(ids);
    if (count) expect_known(ids, (uint32_t)count);
    if (count > LOOKED_AT_MAX) {
        learn_all(ids);
        ids->count = count;
        return;
    }
    learn_latest(ids, &ids->open);
    for (uint32_t number = ids->closed_length; number-- > 0;) learn_latest(ids, &ids->closed[number].ids);
    drop_empty(ids);
    ids->count = ids->known_length;
    if (ids->count <= FEW) free_known(ids);
}

bool ids_put(const Plan *plan, EventIds *ids, int64_t period, uint64_t print, int64_t *dropped) {
    if (is_there(ids, print)) return false;
    int64_t before = ids->count++;
    put_in_list(&ids->open, period, print);
    if (ids->known)
        learn(ids, print);
    else if (ids->count > FEW)
        learn_all(ids);
    if (ids->open.length >= plan->chunk_min && ids->open.length >= size_after(plan, ids->count - ids->open.length))
        close_chunk(ids);
    *dropped += before + 1 - ids->count;
    return true;
}

void ids_forget_gone(const Plan *plan, EventIds *ids, int64_t bucket) {
    forget_listed(plan, ids, &ids->open, bucket);
    uint32_t kept = 0;
    for (uint32_t number = 0; number < ids->closed_length; number++) {
        forget_listed(plan, ids, &ids->closed[number].ids, bucket);
        if (ids->closed[number].ids.length) ids->closed[kept++] = ids->closed[number];
    }
    ids->closed_length = kept;
    if (kept) {
        tighten_known(ids);
        return;
    }
    give_memory(ids->closed);
    ids->closed = NULL;
    ids->closed_room = 0;
    free_known(ids);
}

int64_t ids_next_gone(const Plan *plan, const EventIds *ids) {
    int64_t next = list_next_gone(plan, &ids->open);
    for (uint32_t number = 0; number < ids->closed_length; number++)
        next = least(next, list_next_gone(plan, &ids->closed[number].ids));
    return next;
}

void ids_free(EventIds *ids) {
    for (uint32_t number = 0; number < ids->closed_length; number++) give_memory(ids->closed[number].ids.prints);
    give_memory(ids->closed);
    give_memory(ids->open.prints);
    free_known(ids);
    *ids = (EventIds){0};
}

int64_t ids_count(const EventIds *ids) { return ids->count; }

bool ids_are_full(const EventIds *ids) { return ids->count > IDS_MAX - 2 * CHUNK_MAX; }
