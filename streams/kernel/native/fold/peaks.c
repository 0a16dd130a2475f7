/* The greatest sum of some days: scoring.state.daily_totals.Peak. The answers are the same; the cache steps from day to
 * day, and the peak is computed from all days only when the window that had it goes out of reach. */
#include "fold.h"
#include "running.h"

#define STEPS_MAX 32 /* after more days all windows are summed again */

static void note_window(PeakCache *cache, int64_t sum, int64_t end) {
    if (sum < cache->closed) return;
    cache->end = sum > cache->closed ? end : greatest(end, cache->end);
    cache->closed = sum;
}

/* Only windows that end on a day with events are tried, and the one that ends on the first day within reach: a window that
 * ends later, on a day without events, holds no more than one of these. */
static void sum_all(const PeakOf *of, const Totals *totals, PeakCache *cache, int64_t today) {
    int64_t reach = today - of->within + 1;
    *cache = (PeakCache){.is_held = true, .today = today, .end = reach};
    if (reach < today) {
        Running running = running_at(totals, false, of->window, reach);
        note_window(cache, running.sum, reach);
        while (running.next < totals->length && totals->days[running.next] < today) {
            int64_t end = totals->days[running.next];
            run_to(&running, end);
            note_window(cache, running.sum, end);
        }
    }
    cache->base = running_at(totals, false, of->window, today - 1).sum - total_of(totals, today - of->window);
}

/* The next day: the window that ended on the day before is closed. */
static void step(const PeakOf *of, const Totals *totals, PeakCache *cache) {
    int64_t sum = cache->base + total_of(totals, cache->today);
    note_window(cache, sum, cache->today);
    cache->today++;
    cache->base = sum - total_of(totals, cache->today - of->window);
}

int64_t peak_best(const Plan *plan, Account *account, uint32_t peak) {
    const PeakOf *of = plan->peaks + peak;
    const Totals *totals = account->totals + of->daily;
    PeakCache *cache = account->peaks + peak;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    /* A step reads totals of `window` + `within` days, which are kept, and no older ones. */
    if (cache->is_held && today - cache->today <= least(STEPS_MAX, of->within)) {
        while (cache->today < today) step(of, totals, cache);
    } else {
        cache->is_held = false;
    }
    if (!cache->is_held || cache->end <= today - of->within) sum_all(of, totals, cache, today);
    return greatest(cache->closed, cache->base + total_of(totals, today));
}

void peak_grow(const Plan *plan, Account *account, uint32_t peak, int64_t day, int64_t amount) {
    const PeakOf *of = plan->peaks + peak;
    PeakCache *cache = account->peaks + peak;
    if (!cache->is_held || day >= cache->today) return;
    if (day > cache->today - of->window) cache->base += amount;
    int64_t end = greatest(day, cache->today - of->within + 1);
    int64_t last = least(day + of->window, cache->today) - 1;
    if (end > last) return;
    const Totals *totals = account->totals + of->daily;
    Running running = running_at(totals, false, of->window, end);
    note_window(cache, running.sum, end);
    while (running.next < totals->length && totals->days[running.next] <= last) {
        end = totals->days[running.next];
        run_to(&running, end);
        note_window(cache, running.sum, end);
    }
}
