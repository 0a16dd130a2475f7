/* The tracks of an account. Equals alerts.lifecycle.kinds.span, and what alerts.lifecycle.kinds.drop reads and waits for. */
#include "tracks.h"

#include <math.h>
#include <string.h>

#define POINT 100      /* drop.POINT */
#define ROUNDING 1e-9  /* drop._ROUNDING */
#define KEPT_LIMIT 100 /* span.KEPT_LIMIT */

Tracks *tracks_new(uint32_t length) {
    Tracks *tracks = take_memory(1, sizeof *tracks);
    tracks->each = take_memory(length, sizeof *tracks->each);
    tracks->length = length;
    return tracks;
}

void tracks_free(Tracks *tracks) {
    if (!tracks) return;
    for (uint32_t each = 0; each < tracks->length; each++) give_memory(tracks->each[each].memory);
    give_memory(tracks->each);
    give_memory(tracks);
}

/* As Python rounds: a half to the even one. */
static int64_t hundredths(double score) { return (int64_t)rint(score * POINT); }

static int64_t kept(const Track *track) { return track->memory[track->length > 1 ? 2 : 0]; }

/* The highest value that held at some instant of the span (at_ms - within_ms, at_ms]. */
static int64_t highest(const Track *track, int64_t at_ms) {
    for (uint32_t end = 1; end < track->length; end += 2)
        if (track->memory[end] > at_ms - track->within_ms) return track->memory[end + 1];
    return track->memory[0];
}

static void expire(Track *track, int64_t at_ms) {
    uint32_t from = 1;
    while (from < track->length && track->memory[from] <= at_ms - track->within_ms) from += 2;
    memmove(track->memory + 1, track->memory + from, (track->length - from) * sizeof *track->memory);
    track->length -= from - 1;
}

static void push(Track *track, int64_t number) {
    MAKE_ROOM(track->memory, track->length, track->room, 4);
    track->memory[track->length++] = number;
}

static void observe(Track *track, int64_t value, int64_t at_ms) {
    int64_t last = track->memory[0], change = value - last;
    if (value <= kept(track) && -POINT < change && change < POINT) return;
    expire(track, at_ms);
    push(track, at_ms);
    push(track, last);
    while (track->length > 1 && track->memory[track->length - 1] <= value) track->length -= 2;
    if (track->length > 1 + 2 * KEPT_LIMIT) {
        int64_t *from = track->memory + track->length - 4;
        memcpy(from, from + 2, 2 * sizeof *from);
        track->length -= 2;
    }
    track->memory[0] = value;
}

/* How far all that was recorded moves. */
static int64_t shift_of(const Look *look) { return look->is_shift ? hundredths(look->score) - hundredths(look->before) : 0; }

static bool is_decided(const Track *track, const Look *look) {
    int64_t fall = highest(track, look->at_ms) - hundredths(look->score);
    if (look->is_shift && !track->holds && fall > track->limit) return true;
    return (fall + shift_of(look) > track->limit) != track->holds;
}

static void record(Track *track, const Look *look) {
    int64_t value = hundredths(look->score), shift = shift_of(look);
    track->memory[0] += shift;
    for (uint32_t end = 1; end < track->length; end += 2) track->memory[end + 1] += shift;
    if (kept(track) - value > track->limit) expire(track, look->at_ms);
    observe(track, value, look->at_ms);
}

bool tracks_record(Tracks *tracks, const Look *look) {
    for (uint32_t each = 0; each < tracks->length; each++)
        if (is_decided(&tracks->each[each], look)) return false;
    for (uint32_t each = 0; each < tracks->length; each++) record(&tracks->each[each], look);
    tracks->score = look->score;
    tracks->is_changed = true;
    return true;
}

void tracks_band(const Tracks *tracks, double *low, double *high) {
    *low = tracks->low;
    *high = tracks->high;
    for (uint32_t each = 0; each < tracks->bounds->length; each++) {
        double bound = tracks->bounds->each[each];
        if (bound <= tracks->score)
            *low = fmax(*low, bound);
        else
            *high = fmin(*high, bound);
    }
    for (uint32_t each = 0; each < tracks->length; each++) {
        const Track *track = &tracks->each[each];
        double last = (double)track->memory[0], most = (double)kept(track);
        double least = last - POINT + 0.5, top = fmin(most + 0.5, last + POINT - 0.5);
        double bound = most - (double)track->limit - 0.5;
        if (track->holds)
            top = fmin(top, bound);
        else
            least = fmax(least, bound);
        *low = fmax(*low, least / POINT + ROUNDING);
        *high = fmin(*high, top / POINT - ROUNDING);
    }
}

int64_t tracks_held_ms(const Tracks *tracks) {
    int64_t due_ms = FAR;
    for (uint32_t each = 0; each < tracks->length; each++) {
        const Track *track = &tracks->each[each];
        if (track->holds && track->length > 1) due_ms = least(due_ms, track->memory[1] + track->within_ms);
    }
    return due_ms;
}

int64_t tracks_due_ms(const Tracks *tracks) { return least(tracks->due_ms, tracks_held_ms(tracks)); }
