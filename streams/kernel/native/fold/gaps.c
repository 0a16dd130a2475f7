/* The days of use and the stretches between them: scoring.state.gaps and scoring.state.use_days. */
#include "fold.h"

#include <math.h>
#include <string.h>

#include "../core/exact.h"

struct GapCache {
    int64_t today;
    Ranked days;      /* within reach, ascending */
    Ranked stretches; /* from each to the `nth` after it, in days, ascending */
};

void gap_cache_free(GapCache *cache) {
    if (!cache) return;
    give_memory(cache->days.items);
    give_memory(cache->stretches.items);
    give_memory(cache);
}

GapCache *gap_cache_copy(const GapCache *cache) {
    if (!cache) return NULL;
    GapCache *copy = take_memory(1, sizeof *copy);
    copy->today = cache->today;
    ranked_copy(&copy->days, &cache->days);
    ranked_copy(&copy->stretches, &cache->stretches);
    return copy;
}

/* Adds a day that is not there: the stretches across it change, and there is one more. */
static void add_day(GapCache *cache, int64_t nth, int64_t day) {
    Ranked *days = &cache->days;
    int64_t place = place_in(days->items, days->length, day);
    for (int64_t each = greatest(place - nth, 0); each < place && each + nth < days->length; each++) {
        ranked_take(&cache->stretches, days->items[each + nth] - days->items[each]);
    }
    ranked_add(days, day);
    for (int64_t each = greatest(place - nth, 0); each <= place && each + nth < days->length; each++) {
        ranked_add(&cache->stretches, days->items[each + nth] - days->items[each]);
    }
}

/* Drops the days before `oldest`. */
static void drop_before(GapCache *cache, int64_t nth, int64_t oldest) {
    Ranked *days = &cache->days;
    uint32_t gone = 0;
    for (; gone < days->length && days->items[gone] < oldest; gone++) {
        if (gone + nth < days->length) ranked_take(&cache->stretches, days->items[gone + nth] - days->items[gone]);
    }
    if (!gone) return;
    days->length -= gone;
    memmove(days->items, days->items + gone, days->length * sizeof *days->items);
}

static void make_all(GapCache *cache, const Totals *totals, const DaysOf *of, int64_t today) {
    Ranked *days = &cache->days, *stretches = &cache->stretches;
    uint32_t place = place_in(totals->days, totals->length, today - of->within + 1);
    days->length = stretches->length = 0;
    for (; place < totals->length && totals->days[place] <= today; place++) {
        MAKE_ROOM(days->items, days->length, days->room, 8);
        days->items[days->length++] = totals->days[place];
    }
    for (int64_t each = 0; each + of->nth < days->length; each++) {
        MAKE_ROOM(stretches->items, stretches->length, stretches->room, 8);
        stretches->items[stretches->length++] = days->items[each + of->nth] - days->items[each];
    }
    ranked_sort(stretches);
    cache->today = today;
}

static GapCache *held(const Plan *plan, Account *account, uint32_t gaps) {
    const DaysOf *of = plan->gaps + gaps;
    const Totals *totals = account->totals + of->daily;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    GapCache *cache = account->gaps[gaps];
    if (cache && cache->today == today) return cache;
    if (!cache) {
        cache = account->gaps[gaps] = take_memory(1, sizeof *cache);
        make_all(cache, totals, of, today);
        return cache;
    }
    if (today - cache->today > of->within) {
        make_all(cache, totals, of, today);
        return cache;
    }
    drop_before(cache, of->nth, today - of->within + 1);
    uint32_t place = place_in(totals->days, totals->length, cache->today + 1);
    for (; place < totals->length && totals->days[place] <= today; place++) add_day(cache, of->nth, totals->days[place]);
    cache->today = today;
    return cache;
}

/* Includes a new day of use. */
void gaps_note_day(const Plan *plan, Account *account, uint32_t gaps, int64_t day) {
    const DaysOf *of = plan->gaps + gaps;
    GapCache *cache = account->gaps[gaps];
    if (!cache || day > cache->today || day <= cache->today - of->within) return;
    add_day(cache, of->nth, day);
}

/* The (nth + 1)-th longest stretch in days; the shortest when there are fewer, unknown when there is none. */
double usual_gap(const Plan *plan, Account *account, uint32_t gaps) {
    const Ranked *stretches = &held(plan, account, gaps)->stretches;
    if (!stretches->length) return NAN;
    return (double)stretches->items[greatest(0, stretches->length - plan->gaps[gaps].nth - 1)];
}

int64_t gaps_held(const Plan *plan, Account *account, uint32_t gaps) {
    return held(plan, account, gaps)->stretches.length;
}

/* The latest `nth` days of use within reach: the end of the totals that are not of days to come. */
uint32_t latest_days_held(const Plan *plan, const Account *account, uint32_t latest, int64_t *days) {
    const DaysOf *of = plan->latest_days + latest;
    const Totals *totals = account->totals + of->daily;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    uint32_t end = place_in(totals->days, totals->length, today + 1), first = end;
    while (first && end - first < of->nth && totals->days[first - 1] > today - of->within) first--;
    if (first < end) memcpy(days, totals->days + first, (end - first) * sizeof *days);
    return end - first;
}
