/* The accounts that the loop may change, by number and by id. */
#include "worker.h"

#include <math.h>
#include <string.h>

#define PLACES_MIN 64

static bool has_id(const Entry *entry, uint64_t hash, Text id) {
    return entry->hash == hash && entry->id.length == id.length && !memcmp(entry->id.bytes, id.bytes, id.length);
}

/* The place of an id: where it is, or the first free one. */
static uint32_t place_for(const Entries *entries, uint64_t hash, Text id) {
    uint32_t mask = entries->places_length - 1, place = (uint32_t)hash & mask;
    while (entries->places[place] && !has_id(&entries->by_number[entries->places[place] - 1], hash, id))
        place = (place + 1) & mask;
    return place;
}

static void grow_places(Entries *entries) {
    if (2 * (entries->used + 1) <= entries->places_length) return;
    give_memory(entries->places);
    entries->places_length = entries->places_length ? 2 * entries->places_length : PLACES_MIN;
    entries->places = take_memory(entries->places_length, sizeof *entries->places);
    for (uint32_t number = 0; number < entries->length; number++) {
        const Entry *entry = &entries->by_number[number];
        if (entry->is_used) entries->places[place_for(entries, entry->hash, entry->id)] = number + 1;
    }
}

static void grow_numbers(Entries *entries, uint32_t number) {
    if (number < entries->length) return;
    uint32_t length = entries->length ? entries->length : PLACES_MIN;
    while (length <= number) length *= 2;
    entries->by_number = grow_memory(entries->by_number, length, sizeof *entries->by_number);
    memset(entries->by_number + entries->length, 0, (length - entries->length) * sizeof *entries->by_number);
    entries->length = length;
}

Entry *entry_for(Entries *entries, uint32_t number, Text id) {
    drop_entry(entries, number);
    grow_numbers(entries, number);
    grow_places(entries);
    char *bytes = take_memory(id.length, 1);
    if (id.length) memcpy(bytes, id.bytes, id.length);
    Entry *entry = &entries->by_number[number];
    *entry = (Entry){.is_used = true, .id = {bytes, id.length}, .hash = siphash(entries->key, id)};
    uint32_t place = place_for(entries, entry->hash, entry->id);
    if (entries->places[place]) fault("two accounts have one id");
    entries->places[place] = number + 1;
    entries->used++;
    return entry;
}

Entry *begin_entry(Entries *entries, uint32_t number, Text id) {
    Entry *entry = entry_for(entries, number, id);
    for (uint32_t topic = 0; topic < INPUTS; topic++) entry->applied[topic] = -1;
    entry->timer_ms = entry->matters_due_ms = FAR;
    entry->tier = -1;
    entry->low = -INFINITY;
    entry->high = INFINITY;
    return entry;
}

Entry *entry_of(const Entries *entries, uint32_t number) {
    return number < entries->length && entries->by_number[number].is_used ? &entries->by_number[number] : NULL;
}

bool find_entry(const Entries *entries, Text id, uint32_t *number) {
    if (!entries->used) return false;
    uint32_t found = entries->places[place_for(entries, siphash(entries->key, id), id)];
    *number = found - 1;
    return found != 0;
}

void keep_tracks(Entry *entry, Tracks *tracks) {
    tracks_free(entry->tracks);
    entry->tracks = tracks;
    tracks_band(tracks, &entry->low, &entry->high);
    entry->matters_due_ms = tracks_due_ms(tracks);
}

/* Frees a place, and moves up those behind it that would not be found any more. */
static void free_place(Entries *entries, uint32_t place) {
    uint32_t mask = entries->places_length - 1, free_one = place;
    for (uint32_t next = (place + 1) & mask; entries->places[next]; next = (next + 1) & mask) {
        uint32_t home = (uint32_t)entries->by_number[entries->places[next] - 1].hash & mask;
        if (((next - home) & mask) < ((next - free_one) & mask)) continue;
        entries->places[free_one] = entries->places[next];
        free_one = next;
    }
    entries->places[free_one] = 0;
}

void drop_entry(Entries *entries, uint32_t number) {
    Entry *entry = entry_of(entries, number);
    if (!entry) return;
    free_place(entries, place_for(entries, entry->hash, entry->id));
    entries->used--;
    give_memory((char *)entry->id.bytes);
    tracks_free(entry->tracks);
    *entry = (Entry){.is_used = false};
}

void entries_free(Entries *entries) {
    for (uint32_t number = 0; number < entries->length; number++) {
        if (!entries->by_number[number].is_used) continue;
        give_memory((char *)entries->by_number[number].id.bytes);
        tracks_free(entries->by_number[number].tracks);
    }
    give_memory(entries->by_number);
    give_memory(entries->places);
}
