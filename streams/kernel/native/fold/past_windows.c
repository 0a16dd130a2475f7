/* Windows of whole days that ended in the past: scoring.state.past_windows and scoring.state.window_totals. A day costs a
 * step, a late event the windows that have its day, and other events nothing. */
#include <math.h>

#include "../core/exact.h"
#include "fold.h"
#include "running.h"
#include "spread.h"

#define STEPS_MAX 8 /* after more days all windows are summed again */

static int64_t today_of(const Account *account) { return floor_div(account->as_of_ms, DAY_MS); }

static int64_t day_total(const PastWindowsOf *of, const Totals *totals, int64_t day) {
    int64_t total = total_of(totals, day);
    return of->counts_days ? least(total, 1) : total;
}

static int64_t window_total(const PastWindowsOf *of, const Totals *totals, int64_t end) {
    if (of->counts_days) return days_between(totals, end - of->window, end);
    return total_between(totals, end - of->window, end);
}

/* The days on which the first and the last window ended. */
static int64_t last_end(const PastWindowsOf *of, const WindowCache *cache) { return cache->today - of->newest; }

static int64_t first_end(const PastWindowsOf *of, const WindowCache *cache) {
    return last_end(of, cache) - (int64_t)cache->length + 1;
}

static void forget_found(WindowCache *cache) {
    cache->dispersion = -1.0;
    cache->share = NAN;
}

static void sum_all(const PastWindowsOf *of, const Totals *totals, WindowCache *cache, int64_t today, int32_t first_day) {
    int64_t first = today - of->oldest, last = today - of->newest;
    if (!of->is_of_all) first = greatest(first, first_day + of->window - 1);
    cache->is_held = true;
    cache->is_ranked = false;
    cache->today = (int32_t)today;
    cache->first_day = first_day;
    cache->length = (uint32_t)greatest(0, last - first + 1);
    cache->last = cache->length ? window_total(of, totals, last) : 0;
    forget_found(cache);
}

/* The next day; there is at least one window. The first goes when there would be too many. */
static void step(const PastWindowsOf *of, const Totals *totals, WindowCache *cache) {
    bool is_full = (int64_t)cache->length == of->oldest - of->newest + 1;
    if (is_full && cache->is_ranked) ranked_take(&cache->ranked, window_total(of, totals, first_end(of, cache)));
    cache->length += !is_full;
    cache->today++;
    int64_t end = last_end(of, cache);
    cache->last += day_total(of, totals, end) - day_total(of, totals, end - of->window);
    if (cache->is_ranked) ranked_add(&cache->ranked, cache->last);
    forget_found(cache);
}

/* How many days can be stepped at once: those of which no total was dropped that a step reads. */
static int64_t steps_of(const Plan *plan, const PastWindowsOf *of) {
    int64_t kept = plan->daily[of->daily].reach - of->oldest - of->window;
    return least(STEPS_MAX, least(kept, of->oldest - of->newest + 1));
}

/* The windows as of the account's instant. */
static WindowCache *held(const Plan *plan, Account *account, uint32_t windows) {
    const PastWindowsOf *of = plan->past_windows + windows;
    WindowCache *cache = account->windows + windows;
    int64_t today = today_of(account);
    int32_t first_day = of->is_of_all ? 0 : (int32_t)least(floor_div(account->first_ms, DAY_MS), INT32_MAX);
    bool stands = cache->is_held && cache->first_day == first_day;
    if (stands && cache->today == today) return cache;
    const Totals *totals = account->totals + of->daily;
    if (!stands || !cache->length || today - cache->today > steps_of(plan, of)) {
        sum_all(of, totals, cache, today, first_day);
    } else {
        while (cache->today < today) step(of, totals, cache);
    }
    return cache;
}

void past_windows_note(const Plan *plan, Account *account, uint32_t windows, int64_t day, int64_t times, bool is_first) {
    const PastWindowsOf *of = plan->past_windows + windows;
    WindowCache *cache = account->windows + windows;
    if (!cache->is_held || !cache->length || (of->counts_days && !is_first)) return;
    cache->is_held = today_of(account) - cache->today <= steps_of(plan, of); /* else its totals may be dropped by now */
    if (!cache->is_held) return;
    int64_t from = greatest(day, first_end(of, cache)), last = least(day + of->window - 1, last_end(of, cache));
    if (from > last) return;
    int64_t amount = of->counts_days ? 1 : times;
    if (last == last_end(of, cache)) cache->last += amount;
    forget_found(cache);
    if (!cache->is_ranked) return;
    Running running = running_at(account->totals + of->daily, of->counts_days, of->window, from);
    for (int64_t end = from; end <= last; end++) {
        run_to(&running, end);
        ranked_take(&cache->ranked, running.sum - amount);
        ranked_add(&cache->ranked, running.sum);
    }
}

int64_t past_windows_held(const Plan *plan, Account *account, uint32_t windows) {
    return held(plan, account, windows)->length;
}

static void rank(const PastWindowsOf *of, const Totals *totals, WindowCache *cache) {
    int64_t *sums = take_memory(cache->length, sizeof *sums), end = first_end(of, cache);
    Running running = running_at(totals, of->counts_days, of->window, end);
    for (uint32_t each = 0; each < cache->length; each++) {
        run_to(&running, end++);
        sums[each] = running.sum;
    }
    ranked_fill(&cache->ranked, sums, cache->length);
    give_memory(sums);
    cache->is_ranked = true;
}

/* The total at floor(share × (n - 1) + 1/2) of n in ascending order, counted from 0; unknown without a window. */
double usual_quantile(const Plan *plan, Account *account, uint32_t windows, double share) {
    const PastWindowsOf *of = plan->past_windows + windows;
    WindowCache *cache = held(plan, account, windows);
    if (!cache->length) return NAN;
    if (cache->share == share) return cache->quantile;
    if (!cache->is_ranked) rank(of, account->totals + of->daily, cache);
    int64_t place = (int64_t)(share * (double)(cache->length - 1) + 0.5);
    cache->quantile = (double)ranked_at(&cache->ranked, place);
    cache->share = share;
    return cache->quantile;
}

/* The total of the one window; unknown while it began before the account. */
double past_season(const Plan *plan, Account *account, uint32_t windows) {
    const PastWindowsOf *of = plan->past_windows + windows;
    int64_t began = today_of(account) - of->newest - of->window + 1;
    if (floor_div(account->first_ms, DAY_MS) > began) return NAN;
    return (double)held(plan, account, windows)->last;
}

/* The total of the one window by `newest` days: see scoring.state.past_windows.average. */
double past_average(const Plan *plan, Account *account, uint32_t windows) {
    const PastWindowsOf *of = plan->past_windows + windows;
    int64_t age = today_of(account) - floor_div(account->first_ms, DAY_MS);
    int64_t days = least(greatest(age - of->newest, of->newest), of->window);
    return ratio_of((Whole)held(plan, account, windows)->last * of->newest, days);
}

/* Of every seventh window, from the last one on. They are weeks, so each day is in one of them. */
double past_dispersion(const Plan *plan, Account *account, uint32_t windows) {
    const PastWindowsOf *of = plan->past_windows + windows;
    WindowCache *cache = held(plan, account, windows);
    if (cache->dispersion >= 0.0) return cache->dispersion;
    int64_t weeks = (cache->length + 6) / 7;
    return cache->dispersion = dispersion_of(account->totals + of->daily, weeks, last_end(of, cache));
}
