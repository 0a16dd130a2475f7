/* Windows of whole days that ended in the past: scoring.state.past_windows and scoring.state.window_totals. A day costs a
 * step, a late event the windows that have its day, and other events nothing. */
#include "fold.h"

#include <math.h>
#include <string.h>

#include "../core/exact.h"

#define STEPS_MAX 8 /* see PastWindows.steps: a step reads no total that was dropped */

struct WindowCache {
    int64_t today, first_day;
    /* The totals of the windows, the one that ended first before the others: from `first` on. */
    uint32_t first, length, room;
    int64_t *sums;
    bool is_ranked; /* whether `ranked` has the same totals: only a quantile needs them */
    Ranked ranked;
    double dispersion; /* -1 for nothing yet */
};

void window_cache_free(WindowCache *cache) {
    if (!cache) return;
    give_memory(cache->sums);
    give_memory(cache->ranked.items);
    give_memory(cache);
}

WindowCache *window_cache_copy(const WindowCache *cache) {
    if (!cache) return NULL;
    WindowCache *copy = take_memory(1, sizeof *copy);
    *copy = *cache;
    copy->first = 0;
    copy->room = cache->length;
    copy->sums = take_memory(cache->length, sizeof *copy->sums);
    if (cache->length) memcpy(copy->sums, cache->sums + cache->first, cache->length * sizeof *copy->sums);
    ranked_copy(&copy->ranked, &cache->ranked);
    return copy;
}

static int64_t day_total(const PastWindowsOf *of, const Totals *totals, int64_t day) {
    int64_t total = total_of(totals, day);
    return of->counts_days ? least(total, 1) : total;
}

static int64_t most_windows(const PastWindowsOf *of) { return of->oldest - of->newest + 1; }

/* The day on which the first of the windows ended. */
static int64_t first_end(const PastWindowsOf *of, const WindowCache *cache) {
    return cache->today - of->newest - (int64_t)cache->length + 1;
}

static int64_t window_total(const PastWindowsOf *of, const Totals *totals, int64_t end) {
    if (of->counts_days) return days_between(totals, end - of->window, end);
    return total_between(totals, end - of->window, end);
}

static void append(WindowCache *cache, int64_t sum) {
    if (cache->first + cache->length == cache->room) {
        if (cache->first > cache->length) {
            memmove(cache->sums, cache->sums + cache->first, cache->length * sizeof *cache->sums);
            cache->first = 0;
        } else {
            cache->room = 2 * cache->room + 1;
            cache->sums = grow_memory(cache->sums, cache->room, sizeof *cache->sums);
        }
    }
    cache->sums[cache->first + cache->length++] = sum;
}

static void sum_all(const PastWindowsOf *of, const Totals *totals, WindowCache *cache, int64_t today, int64_t first_day) {
    int64_t first = today - of->oldest, last = today - of->newest;
    if (!of->is_of_all) first = greatest(first, first_day + of->window - 1);
    cache->today = today;
    cache->first_day = first_day;
    cache->first = cache->length = 0;
    cache->is_ranked = false;
    cache->dispersion = -1.0;
    if (first > last) return;
    int64_t sum = window_total(of, totals, first);
    append(cache, sum);
    for (int64_t end = first + 1; end <= last; end++) {
        sum += day_total(of, totals, end) - day_total(of, totals, end - of->window);
        append(cache, sum);
    }
}

/* The next day; there is at least one window. The first goes when there would be too many. */
static void step(const PastWindowsOf *of, const Totals *totals, WindowCache *cache) {
    int64_t end = ++cache->today - of->newest;
    int64_t sum = cache->sums[cache->first + cache->length - 1] + day_total(of, totals, end) -
                  day_total(of, totals, end - of->window);
    append(cache, sum);
    cache->dispersion = -1.0;
    if ((int64_t)cache->length <= most_windows(of)) {
        if (cache->is_ranked) ranked_add(&cache->ranked, sum);
        return;
    }
    if (cache->is_ranked) ranked_replace(&cache->ranked, cache->sums[cache->first], sum);
    cache->first++;
    cache->length--;
}

static WindowCache *held(const Plan *plan, Account *account, uint32_t windows) {
    const PastWindowsOf *of = plan->past_windows + windows;
    const Totals *totals = account->totals + of->daily;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    int64_t first_day = of->is_of_all ? 0 : floor_div(account->first_ms, DAY_MS);
    WindowCache *cache = account->windows[windows];
    bool is_new = !cache;
    if (is_new) cache = account->windows[windows] = take_memory(1, sizeof *cache);
    if (is_new || cache->first_day != first_day) {
        sum_all(of, totals, cache, today, first_day);
    } else if (cache->today != today) {
        int64_t steps = least(STEPS_MAX, most_windows(of));
        if (today - cache->today > steps || !cache->length) {
            sum_all(of, totals, cache, today, first_day);
        } else {
            while (cache->today < today) step(of, totals, cache);
        }
    }
    return cache;
}

void past_windows_note(const Plan *plan, Account *account, uint32_t windows, int64_t day, int64_t times, bool is_first) {
    const PastWindowsOf *of = plan->past_windows + windows;
    WindowCache *cache = account->windows[windows];
    if (!cache || !cache->length || (of->counts_days && !is_first)) return;
    int64_t ended = first_end(of, cache), amount = of->counts_days ? 1 : times;
    int64_t from = greatest(day, ended), last = least(day + of->window - 1, cache->today - of->newest);
    int64_t *sums = cache->sums + cache->first;
    for (int64_t end = from; end <= last; end++) {
        int64_t *sum = sums + (end - ended);
        if (cache->is_ranked) ranked_replace(&cache->ranked, *sum, *sum + amount);
        *sum += amount;
        cache->dispersion = -1.0;
    }
}

int64_t past_windows_held(const Plan *plan, Account *account, uint32_t windows) {
    return held(plan, account, windows)->length;
}

static void rank(WindowCache *cache) {
    Ranked *ranked = &cache->ranked;
    if (ranked->room < cache->length) {
        ranked->room = cache->length;
        ranked->items = grow_memory(ranked->items, ranked->room, sizeof *ranked->items);
    }
    ranked->length = cache->length;
    memcpy(ranked->items, cache->sums + cache->first, cache->length * sizeof *ranked->items);
    ranked_sort(ranked);
    cache->is_ranked = true;
}

/* The total at floor(share × (n - 1) + 1/2) of n in ascending order, counted from 0; unknown without a window. */
double usual_quantile(const Plan *plan, Account *account, uint32_t windows, double share) {
    WindowCache *cache = held(plan, account, windows);
    if (!cache->length) return NAN;
    if (!cache->is_ranked) rank(cache);
    return (double)cache->ranked.items[(int64_t)(share * (double)(cache->length - 1) + 0.5)];
}

/* The total of the one window; unknown while it began before the account. */
double past_season(const Plan *plan, Account *account, uint32_t windows) {
    const PastWindowsOf *of = plan->past_windows + windows;
    int64_t began = floor_div(account->as_of_ms, DAY_MS) - of->newest - of->window + 1;
    if (floor_div(account->first_ms, DAY_MS) > began) return NAN;
    WindowCache *cache = held(plan, account, windows);
    return (double)cache->sums[cache->first];
}

/* The total of the one window by `newest` days: see scoring.state.past_windows.average. */
double past_average(const Plan *plan, Account *account, uint32_t windows) {
    const PastWindowsOf *of = plan->past_windows + windows;
    int64_t age = floor_div(account->as_of_ms, DAY_MS) - floor_div(account->first_ms, DAY_MS);
    int64_t days = least(greatest(age - of->newest, of->newest), of->window);
    WindowCache *cache = held(plan, account, windows);
    return ratio_of((Whole)cache->sums[cache->first] * of->newest, days);
}

double past_dispersion(const Plan *plan, Account *account, uint32_t windows) {
    WindowCache *cache = held(plan, account, windows);
    if (cache->dispersion < 0.0) cache->dispersion = dispersion_of(cache->sums + cache->first, cache->length);
    return cache->dispersion;
}
