/* The ids of an account's events, by period: they identify a repeated event as a duplicate. Equals
 * `scoring.state.event_ids`: the same ids are known, in the same chunks, and the same are dropped when there are too many.
 * Which message brought an id (`origin`) is not kept yet: records will need it. */
#include "ids.h"

#include <string.h>

#define CHUNK_MIN 64
#define CHUNK_MAX 4096
#define IDS_MAX ((int64_t)1 << 22)
#define BLOCK_DAYS 8

static int64_t last_day_of(int64_t period) { return period >= 0 ? period : -period * BLOCK_DAYS - 1; }

int64_t ids_go(const Plan *plan, int64_t period) {
    int64_t span = plan->dedupe_span;
    if (period < 0) span = greatest(span, greatest(plan->span, plan->totals_span));
    return (last_day_of(period) + 1) * plan->buckets_a_day + span;
}

/* The size of a chunk that is started when its period has `count` ids: a sixteenth of them, rounded down to a power of 2. */
static int64_t size_after(int64_t count) {
    int64_t size = count < 16 ? 0 : (int64_t)1 << (63 - __builtin_clzll((uint64_t)count / 16));
    return greatest(CHUNK_MIN, least(CHUNK_MAX, size));
}

static Period *period_of(EventIds *ids, int64_t period) {
    for (uint32_t number = ids->length; number; number--)
        if (ids->periods[number - 1].period == period) return &ids->periods[number - 1];
    return NULL;
}

static Period *make_period(EventIds *ids, int64_t period) {
    Period *held = period_of(ids, period);
    if (held) return held;
    MAKE_ROOM(ids->periods, ids->length, ids->room, 2);
    ids->periods[ids->length] = (Period){.period = period};
    return &ids->periods[ids->length++];
}

static Chunk *add_chunk(Period *period, uint32_t number) {
    MAKE_ROOM(period->chunks, period->length, period->room, 1);
    period->chunks[period->length] = (Chunk){.number = number};
    return &period->chunks[period->length++];
}

void ids_close(EventIds *ids) {
    if (!ids->is_open) return;
    Period *period = period_of(ids, ids->open_period);
    Chunk *last = &period->chunks[period->length - 1];
    period->count += ids->open.length - last->length;
    *last = ids->open;
    ids->is_open = false;
}

/* Forgets the first chunk of a period. */
static void drop_chunk(EventIds *ids, Period *period) {
    Chunk *chunk = &period->chunks[0];
    for (uint32_t place = 0; place < chunk->length; place++) unlearn(ids, chunk->prints[place]);
    ids->count -= chunk->length;
    period->count -= chunk->length;
    give_memory(chunk->prints);
    period->length--;
    memmove(chunk, chunk + 1, period->length * sizeof(Chunk));
}

static void remove_period(EventIds *ids, Period *period) {
    give_memory(period->chunks);
    ids->length--;
    memmove(period, period + 1, (size_t)(&ids->periods[ids->length] - period) * sizeof(Period));
}

/* Forgets the first chunk of the oldest period; of two that end on one day, of the one that was begun first. */
static void forget_first(EventIds *ids) {
    Period *oldest = &ids->periods[0];
    for (uint32_t number = 1; number < ids->length; number++) {
        Period *each = &ids->periods[number];
        if (last_day_of(each->period) < last_day_of(oldest->period)) oldest = each;
    }
    drop_chunk(ids, oldest);
    if (!oldest->length) remove_period(ids, oldest);
}

/* Opens the chunk for the next id of a period: its last one, or a new one when that is full. */
static void open_chunk(EventIds *ids, int64_t number) {
    ids_close(ids);
    while (ids->count > IDS_MAX - CHUNK_MAX) forget_first(ids);
    Period *period = make_period(ids, number);
    Chunk *last = period->length ? &period->chunks[period->length - 1] : NULL;
    int64_t limit = last ? size_after(period->count - last->length) : 0;
    if (!last || limit <= last->length) {
        last = add_chunk(period, last ? last->number + 1 : 0);
        limit = size_after(period->count);
    }
    ids->is_open = true;
    ids->open = *last;
    ids->open_period = number;
    ids->open_limit = (uint32_t)limit;
}

/* Whether the latest chunk takes one more id of a period. It is opened again when it was put back. */
static bool goes_on(EventIds *ids, int64_t number) {
    if (number != ids->open_period || !ids->open_limit) return false;
    if (ids->is_open) return ids->open.length < ids->open_limit;
    Period *period = period_of(ids, number);
    if (!period || period->chunks[period->length - 1].length >= ids->open_limit) return false;
    ids->open = period->chunks[period->length - 1];
    return ids->is_open = true;
}

/* Puts an id that is not known into the chunk of its period. */
static void put_in_chunk(EventIds *ids, int64_t number, uint64_t print) {
    Chunk *open = &ids->open;
    if (!goes_on(ids, number)) open_chunk(ids, number);
    if (open->length == open->room) {
        open->room = (uint32_t)least(open->room ? 2 * open->room : 7, ids->open_limit);
        open->prints = grow_memory(open->prints, open->room, sizeof(uint64_t));
    }
    open->prints[open->length++] = print;
    ids->count++;
    learn(ids, print);
}

/* Makes chunks of the few. */
static void become_many(EventIds *ids) {
    uint64_t *few = ids->few;
    const int32_t *periods = few_periods(ids);
    uint32_t length = ids->few_length;
    ids->few = NULL;
    ids->few_length = ids->few_room = 0;
    ids->count = 0;
    for (uint32_t place = 0; place < length; place++) put_in_chunk(ids, periods[place], few[place]);
    give_memory(few);
}

bool ids_put(EventIds *ids, int64_t number, uint64_t print, int64_t *dropped) {
    if (!ids->length && ids->few_length < FEW_IDS_MAX) {
        if (is_among_few(ids, print)) return false;
        put_among_few(ids, number, print);
        return true;
    }
    if (ids->few_length) {
        if (is_among_few(ids, print)) return false;
        become_many(ids);
    } else if (is_known(ids, print)) {
        return false;
    }
    int64_t before = ids->count;
    put_in_chunk(ids, number, print);
    *dropped += before + 1 - ids->count;
    return true;
}

void ids_restore(EventIds *ids, int64_t number, uint32_t chunk_number, const uint64_t *prints, uint32_t length) {
    ids_close(ids);
    ids->open_limit = 0;
    Period *period = make_period(ids, number);
    Chunk *chunk = add_chunk(period, chunk_number);
    chunk->prints = grow_memory(NULL, length, sizeof(uint64_t));
    chunk->length = chunk->room = length;
    memcpy(chunk->prints, prints, length * sizeof(uint64_t));
    period->count += length;
    ids->count += length;
    for (uint32_t place = 0; place < length; place++)
        if (!is_known(ids, prints[place])) learn(ids, prints[place]);
}

static void forget(EventIds *ids, Period *period) {
    if (period->count == ids->count) { /* all of them: none needs to be found again */
        ids->known_length = 0;
        tighten_known(ids);
    }
    while (period->length) drop_chunk(ids, period);
    remove_period(ids, period);
}

void ids_forget_gone(const Plan *plan, EventIds *ids, int64_t bucket) {
    if (ids->few_length) forget_few(plan, ids, bucket);
    if (!ids->length) return;
    ids_close(ids);
    for (uint32_t number = ids->length; number; number--)
        if (ids_go(plan, ids->periods[number - 1].period) <= bucket) forget(ids, &ids->periods[number - 1]);
    tighten_known(ids);
    if (!ids->length) ids_free(ids); /* few again */
}

int64_t ids_next_gone(const Plan *plan, const EventIds *ids) {
    int64_t next = ids->few_length ? few_next_gone(plan, ids) : FAR;
    for (uint32_t number = 0; number < ids->length; number++)
        next = least(next, ids_go(plan, ids->periods[number].period));
    return next;
}

void ids_free(EventIds *ids) {
    ids_close(ids);
    for (uint32_t number = 0; number < ids->length; number++) {
        Period *period = &ids->periods[number];
        for (uint32_t chunk = 0; chunk < period->length; chunk++) give_memory(period->chunks[chunk].prints);
        give_memory(period->chunks);
    }
    give_memory(ids->periods);
    give_memory(ids->known);
    give_memory(ids->few);
    *ids = (EventIds){0};
}

int64_t ids_count(const EventIds *ids) { return ids->count; }

bool ids_are_full(const EventIds *ids) { return ids->count > IDS_MAX - 2 * CHUNK_MAX; }
