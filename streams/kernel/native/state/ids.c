/* The ids of an account's events, by period: they identify a repeated event as a duplicate. Equals
 * `scoring.state.event_ids`: the same ids are known, and the same are dropped when there are too many.
 *
 * Few ids are looked for one by one in their chunks; many have a hash table besides. The prints are keyed, so nobody can
 * choose ids that collide. Which message brought an id (`origin`) is not kept yet: records will need it. */
#include "ids.h"

#include <string.h>

#define CHUNK_MIN 64
#define CHUNK_MAX 4096
#define IDS_MAX ((int64_t)1 << 22)
#define BLOCK_DAYS 8
#define FEW 16 /* ids without a hash table */

int64_t last_day_of(int64_t period) { return period >= 0 ? period : -period * BLOCK_DAYS - 1; }

/* --- the ids that are known --- */

static uint32_t place_of_print(const EventIds *ids, uint64_t print) {
    uint32_t mask = ids->known_room - 1;
    uint32_t place = (uint32_t)print & mask;
    while (ids->known[place] && ids->known[place] != print) place = (place + 1) & mask;
    return place;
}

static bool is_in_chunks(const EventIds *ids, uint64_t print) {
    for (uint32_t period = 0; period < ids->length; period++) {
        const Period *each = &ids->periods[period];
        for (uint32_t chunk = 0; chunk < each->length; chunk++)
            for (uint32_t place = 0; place < each->chunks[chunk].length; place++)
                if (each->chunks[chunk].prints[place] == print) return true;
    }
    return false;
}

static bool is_known(const EventIds *ids, uint64_t print) {
    if (!ids->known) return is_in_chunks(ids, print);
    return print ? ids->known[place_of_print(ids, print)] != 0 : ids->knows_zero;
}

static void learn(EventIds *ids, uint64_t print) {
    if (print)
        ids->known[place_of_print(ids, print)] = print;
    else
        ids->knows_zero = true;
}

/* Makes the hash table of all ids in the chunks. */
static void make_known(EventIds *ids, uint32_t room) {
    give_memory(ids->known);
    ids->known = take_memory(room, sizeof(uint64_t));
    ids->known_room = room;
    for (uint32_t period = 0; period < ids->length; period++) {
        const Period *each = &ids->periods[period];
        for (uint32_t chunk = 0; chunk < each->length; chunk++)
            for (uint32_t place = 0; place < each->chunks[chunk].length; place++)
                learn(ids, each->chunks[chunk].prints[place]);
    }
}

/* Learns an id that was put into its chunk, and counts it. */
static void note_known(EventIds *ids, uint64_t print) {
    ids->count++;
    if (!ids->known && ids->count <= FEW) return;
    if (!ids->known || ids->count > ids->known_room - ids->known_room / 4)
        make_known(ids, ids->known ? 2 * ids->known_room : 4 * FEW);
    else
        learn(ids, print);
}

static void unlearn(EventIds *ids, uint64_t print) {
    if (!print) {
        ids->knows_zero = false;
        return;
    }
    uint32_t place = place_of_print(ids, print), mask = ids->known_room - 1;
    if (!ids->known[place]) return;
    for (uint32_t next = (place + 1) & mask; ids->known[next]; next = (next + 1) & mask) {
        uint32_t own = (uint32_t)ids->known[next] & mask;
        if (((next - own) & mask) < ((next - place) & mask)) continue;
        ids->known[place] = ids->known[next];
        place = next;
    }
    ids->known[place] = 0;
}

/* Makes the hash table as small as its ids, after some were dropped. */
static void tighten(EventIds *ids) {
    if (!ids->known || ids->count > ids->known_room / 8) return;
    uint32_t room = ids->known_room;
    while (room > 4 * FEW && ids->count <= room / 4) room /= 2;
    if (ids->count > FEW) {
        if (room < ids->known_room) make_known(ids, room);
        return;
    }
    give_memory(ids->known);
    ids->known = NULL;
    ids->known_room = 0;
    ids->knows_zero = false;
}

/* --- chunks --- */

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

/* Forgets the first chunk of a period. */
static void drop_chunk(EventIds *ids, Period *period) {
    Chunk *chunk = &period->chunks[0];
    if (ids->known)
        for (uint32_t place = 0; place < chunk->length; place++) unlearn(ids, chunk->prints[place]);
    ids->count -= chunk->length;
    period->count -= chunk->length;
    give_memory(chunk->prints);
    period->length--;
    memmove(chunk, chunk + 1, period->length * sizeof(Chunk));
    if (!period->length && ids->last_period == period->period) ids->last_room = 0;
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

/* Finds or starts the chunk for the next id of a period. */
static Period *begin_chunk(EventIds *ids, int64_t number) {
    while (ids->count > IDS_MAX - CHUNK_MAX) forget_first(ids);
    Period *period = make_period(ids, number);
    Chunk *last = period->length ? &period->chunks[period->length - 1] : NULL;
    int64_t room = last ? size_after(period->count - last->length) - last->length : 0;
    if (room <= 0) {
        add_chunk(period, last ? last->number + 1 : 0);
        room = size_after(period->count);
    }
    ids->last_period = number;
    ids->last_room = room;
    return period;
}

bool ids_put(EventIds *ids, int64_t number, uint64_t print, int64_t origin, int64_t *dropped) {
    (void)origin;
    if (is_known(ids, print)) return false;
    int64_t before = ids->count;
    bool goes_on = ids->last_room > 0 && number == ids->last_period;
    Period *period = goes_on ? period_of(ids, number) : begin_chunk(ids, number);
    *dropped += before - ids->count;
    Chunk *chunk = &period->chunks[period->length - 1];
    if (chunk->length == chunk->room) {
        uint32_t wanted = chunk->room ? 2 * chunk->room : 3;
        chunk->room = (uint32_t)least(wanted, chunk->length + ids->last_room);
        chunk->prints = grow_memory(chunk->prints, chunk->room, sizeof(uint64_t));
    }
    chunk->prints[chunk->length++] = print;
    period->count++;
    ids->last_room--;
    note_known(ids, print);
    return true;
}

void ids_restore(EventIds *ids, int64_t number, uint32_t chunk_number, const uint64_t *prints, uint32_t length) {
    Period *period = make_period(ids, number);
    Chunk *chunk = add_chunk(period, chunk_number);
    chunk->prints = grow_memory(NULL, length, sizeof(uint64_t));
    chunk->room = length;
    for (uint32_t place = 0; place < length; place++) {
        chunk->prints[chunk->length++] = prints[place];
        period->count++;
        note_known(ids, prints[place]);
    }
}

void ids_forget(EventIds *ids, int64_t number) {
    Period *period = period_of(ids, number);
    if (!period) return;
    if (period->count == ids->count) { /* all of them */
        give_memory(ids->known);
        ids->known = NULL;
        ids->known_room = 0;
        ids->knows_zero = false;
    }
    while (period->length) drop_chunk(ids, period);
    remove_period(ids, period);
    tighten(ids);
}

/* --- the whole --- */

EventIds *ids_new(void) {
    EventIds *ids = take_memory(1, sizeof *ids);
    ids->last_period = FAR;
    return ids;
}

void ids_free(EventIds *ids) {
    if (!ids) return;
    for (uint32_t number = 0; number < ids->length; number++) {
        Period *period = &ids->periods[number];
        for (uint32_t chunk = 0; chunk < period->length; chunk++) give_memory(period->chunks[chunk].prints);
        give_memory(period->chunks);
    }
    give_memory(ids->periods);
    give_memory(ids->known);
    give_memory(ids);
}

int64_t ids_count(const EventIds *ids) { return ids->count; }

bool ids_are_full(const EventIds *ids) { return ids->count > IDS_MAX - 2 * CHUNK_MAX; }

uint32_t ids_periods(const EventIds *ids, int64_t *periods, uint32_t room) {
    for (uint32_t number = 0; number < ids->length && number < room; number++)
        periods[number] = ids->periods[number].period;
    return ids->length;
}
