/* The days of use and the stretches between them: scoring.state.gaps and scoring.state.use_days. */
#include <math.h>
#include <string.h>

#include "../core/ranked.h"
#include "fold.h"

#define NTH_MAX 16 /* above the most that `scoring.model.schema` takes */

/* The days of use in (today - within, today], as a ring of bits: no two of these days share one. */
struct GapCache {
    int64_t today;
    uint32_t number, words; /* of stretches; of the ring */
    Ranked stretches;       /* from each day to the `nth` after it, in days */
    uint64_t ring[];
};

void gap_cache_free(GapCache *cache) {
    if (!cache) return;
    give_memory(cache->stretches.runs);
    give_memory(cache);
}

static size_t size_of(uint32_t words) { return sizeof(GapCache) + words * sizeof(uint64_t); }

GapCache *gap_cache_copy(const GapCache *cache) {
    if (!cache) return NULL;
    GapCache *copy = take_memory(1, size_of(cache->words));
    memcpy(copy, cache, size_of(cache->words));
    copy->stretches = ranked_copy(&cache->stretches);
    return copy;
}

/* Days before 1970 are numbers below 0. */
static uint64_t *word_of(GapCache *cache, int64_t day) {
    return cache->ring + (uint32_t)((day + ((int64_t)1 << 31)) >> 6) % cache->words;
}

static uint64_t bit_of(int64_t day) { return (uint64_t)1 << (day & 63); }

/* Up to `most` days of use after `day` and up to `until`, ascending; returns how many. */
static int64_t days_after(GapCache *cache, int64_t day, int64_t until, int64_t most, int64_t *days) {
    int64_t found = 0;
    for (int64_t next = day + 1; found < most && next <= until;) {
        uint64_t left = *word_of(cache, next) >> (next & 63);
        next = left ? next + __builtin_ctzll(left) : (next | 63) + 1;
        if (!left || next > until) continue;
        days[found++] = next++;
    }
    return found;
}

/* Up to `most` days of use before `day` and from `from` on, descending; returns how many. */
static int64_t days_before(GapCache *cache, int64_t day, int64_t from, int64_t most, int64_t *days) {
    int64_t found = 0;
    for (int64_t next = day - 1; found < most && next >= from;) {
        uint64_t left = *word_of(cache, next) << (63 - (next & 63));
        next = left ? next - __builtin_clzll(left) : (next & ~(int64_t)63) - 1;
        if (!left || next < from) continue;
        days[found++] = next--;
    }
    return found;
}

static void add_stretch(GapCache *cache, int64_t days) {
    ranked_add(&cache->stretches, days);
    cache->number++;
}

static void take_stretch(GapCache *cache, int64_t days) {
    ranked_take(&cache->stretches, days);
    cache->number--;
}

/* Adds a day that is not there, among days from `oldest` to `newest`: each stretch across it ends a day of use earlier. */
static void add_day(GapCache *cache, int64_t nth, int64_t day, int64_t oldest, int64_t newest) {
    int64_t before[NTH_MAX], after[NTH_MAX];
    int64_t earlier = days_before(cache, day, oldest, nth, before), later = days_after(cache, day, newest, nth, after);
    for (int64_t each = 0; each < earlier; each++) { /* from the day that is `each` + 1 before */
        int64_t ended = nth - 1 - each;              /* the place of its end among those after, until now */
        if (ended < later) take_stretch(cache, after[ended] - before[each]);
        if (ended <= later) add_stretch(cache, (ended ? after[ended - 1] : day) - before[each]);
    }
    if (later == nth) add_stretch(cache, after[nth - 1] - day);
    *word_of(cache, day) |= bit_of(day);
}

/* Drops the days of use from `from` to before `oldest`. */
static void drop_days_before(GapCache *cache, int64_t nth, int64_t from, int64_t oldest) {
    int64_t day, after[NTH_MAX];
    while (days_after(cache, from - 1, oldest - 1, 1, &day)) {
        if (days_after(cache, day, cache->today, nth, after) == nth) take_stretch(cache, after[nth - 1] - day);
        *word_of(cache, day) &= ~bit_of(day);
        from = day + 1;
    }
}

static GapCache *make_cache(const DaysOf *of) {
    if (of->nth > NTH_MAX) fault("a signal looks at too many days of use");
    uint32_t words = (uint32_t)(of->within / 64 + 2);
    GapCache *cache = take_memory(1, size_of(words));
    cache->words = words;
    return cache;
}

static void forget_all(GapCache *cache) {
    memset(cache->ring, 0, cache->words * sizeof *cache->ring);
    cache->stretches.length = 0;
    cache->number = 0;
}

/* The days of use and their stretches as of the account's instant. */
static GapCache *held(const Plan *plan, Account *account, uint32_t gaps) {
    const DaysOf *of = plan->gaps + gaps;
    GapCache *cache = account->gaps[gaps];
    int64_t today = floor_div(account->as_of_ms, DAY_MS), oldest = today - of->within + 1, from;
    if (cache && cache->today == today) return cache;
    if (!cache || today - cache->today > of->within) {
        if (!cache) cache = account->gaps[gaps] = make_cache(of);
        forget_all(cache);
        from = oldest;
    } else {
        drop_days_before(cache, of->nth, cache->today - of->within + 1, oldest);
        from = cache->today + 1;
    }
    const Totals *totals = account->totals + of->daily;
    uint32_t place = place_of_day(totals, from);
    for (; place < totals->length && totals->days[place] <= today; place++) {
        add_day(cache, of->nth, totals->days[place], oldest, totals->days[place]);
    }
    cache->today = today;
    return cache;
}

/* Includes a new day of use. */
void gaps_note_day(const Plan *plan, Account *account, uint32_t gaps, int64_t day) {
    const DaysOf *of = plan->gaps + gaps;
    GapCache *cache = account->gaps[gaps];
    if (!cache || day > cache->today || day <= cache->today - of->within) return;
    add_day(cache, of->nth, day, cache->today - of->within + 1, cache->today);
}

/* The (nth + 1)-th longest stretch in days; the shortest when there are fewer, unknown when there is none. */
double usual_gap(const Plan *plan, Account *account, uint32_t gaps) {
    const GapCache *cache = held(plan, account, gaps);
    if (!cache->number) return NAN;
    return (double)ranked_at(&cache->stretches, greatest(0, (int64_t)cache->number - plan->gaps[gaps].nth - 1));
}

int64_t gaps_held(const Plan *plan, Account *account, uint32_t gaps) { return held(plan, account, gaps)->number; }

/* The latest `nth` days of use within reach: the end of the totals that are not of days to come. */
uint32_t latest_days_held(const Plan *plan, const Account *account, uint32_t latest, int64_t *days) {
    const DaysOf *of = plan->latest_days + latest;
    const Totals *totals = account->totals + of->daily;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    uint32_t end = place_of_day(totals, today + 1), first = end;
    while (first && end - first < of->nth && totals->days[first - 1] > today - of->within) first--;
    for (uint32_t each = first; each < end; each++) days[each - first] = totals->days[each];
    return end - first;
}
