/* The value of a signal at an account's instant: scoring.plan.signals. What is summed or searched lies in the fold. */
#include "signals.h"

#include "../core/exact.h"

#include <math.h>

#define AMOUNT_SCALE 10000
#define NTH_MAX 16 /* above the most that `scoring.model.schema.signals` takes */

int64_t age_ms(const Plan *plan, const Account *account) {
    int64_t buckets = account->current_bucket - floor_div(account->first_ms, plan->resolution_ms);
    return greatest(0, buckets) * plan->resolution_ms;
}

static double days_since(const Plan *plan, const Account *account, int64_t at_ms) {
    if (at_ms < 0) return NAN;
    int64_t buckets = greatest(0, account->current_bucket - at_ms / plan->resolution_ms);
    return (double)(buckets * plan->resolution_ms / DAY_MS);
}

/* Days since the first of the `nth` latest days of use; of fewer, since the latest event. */
static double days_since_nth(const Plan *plan, Account *account, const SignalOf *signal) {
    int64_t days[NTH_MAX];
    if (plan->latest_days[signal->a].nth > NTH_MAX) fault("a signal looks at too many days of use");
    uint32_t held = latest_days_held(plan, account, (uint32_t)signal->a, days);
    int64_t day = held ? days[0] : floor_div(account->latest_at[signal->b], DAY_MS);
    return day < 0 ? NAN : (double)(floor_div(account->as_of_ms, DAY_MS) - day);
}

static double days_until(const Account *account, const LatestValue *held) {
    if (!held->is_set || held->is_text) return NAN;
    return (double)(floor_div((int64_t)held->number, DAY_MS) - floor_div(account->as_of_ms, DAY_MS));
}

static double days_of_use(const Account *account, const SignalOf *signal) {
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    return (double)days_between(&account->totals[signal->a], today - signal->b, today);
}

/* What is expected in place of the usual: a margin over the season; with parts, the usual over the margin's share of what
 * followed the season. */
double expected_number(const Plan *plan, const ScorePlanOf *score_plan, Account *account, const SignalOf *signal,
                       bool *is_usual) {
    double usual = signal_number(plan, score_plan, account, (uint32_t)signal->a);
    double season = signal_number(plan, score_plan, account, (uint32_t)signal->b);
    *is_usual = true;
    if (isnan(usual) || isnan(season)) return usual;
    double allowed = signal->x * season, followed = 0.0;
    for (uint32_t part = 0; part < signal->parts.length; part++) {
        double number = signal_number(plan, score_plan, account, (uint32_t)signal->parts.items[part]);
        if (number > followed) followed = number;
    }
    bool has_parts = signal->parts.length != 0;
    *is_usual = has_parts ? followed == 0.0 || allowed >= followed : usual <= allowed;
    if (*is_usual) return usual;
    return has_parts ? usual * (allowed / followed) : allowed;
}

static double milestones_reached(const Account *account, const SignalOf *signal) {
    int64_t reached = 0;
    for (uint32_t step = 0; step < signal->parts.length; step++)
        reached += account->first_at[signal->parts.items[step]] < FAR;
    return (double)reached;
}

/* Signals of daily totals and of items: scoring.plan.signals.{daily, usual, use_days, open_items, duration}. */
static double kept_number(const Plan *plan, Account *account, const SignalOf *signal) {
    uint32_t number = (uint32_t)signal->a;
    switch (signal->kind) {
    case SIGNAL_PEAK: return (double)peak_best(plan, account, number);
    case SIGNAL_VOLATILITY: return past_volatility(plan, account, number, signal->b);
    case SIGNAL_SEASON: return past_season(plan, account, number);
    case SIGNAL_USUAL: return usual_quantile(plan, account, number, signal->x);
    case SIGNAL_AVERAGE: return past_average(plan, account, number);
    case SIGNAL_DISPERSION: return past_dispersion(plan, account, number);
    case SIGNAL_KNOWN_WEEKS: return (double)past_windows_held(plan, account, number) / 7.0;
    case SIGNAL_KNOWN_GAPS: return (double)gaps_held(plan, account, number);
    case SIGNAL_DAYS: return days_of_use(account, signal);
    case SIGNAL_USUAL_GAP: return usual_gap(plan, account, number);
    case SIGNAL_OPEN_COUNT: return (double)open_count(plan, account, number);
    case SIGNAL_OPEN_WEIGHT: return open_weight(plan, account, number);
    case SIGNAL_OPEN_OLDEST: return (double)open_oldest_days(plan, account, number);
    case SIGNAL_MEDIAN_HOURS: return close_hours(plan, account, number, false);
    case SIGNAL_MEAN_HOURS: return close_hours(plan, account, number, true);
    default: return NAN;
    }
}

double signal_number(const Plan *plan, const ScorePlanOf *score_plan, Account *account, uint32_t number) {
    const SignalOf *signal = &score_plan->signals[number];
    switch (signal->kind) {
    case SIGNAL_COUNT: return (double)account->sums[signal->a];
    case SIGNAL_SUM: return ratio_of(account->sums[signal->a], AMOUNT_SCALE);
    case SIGNAL_MEAN: {
        int64_t events = account->sums[signal->b];
        return events ? ratio_of(account->sums[signal->a], (Whole)AMOUNT_SCALE * events) : NAN;
    }
    case SIGNAL_DISTINCT: return (double)account->value_counts[signal->a].length;
    case SIGNAL_LAST: {
        const LatestValue *held = &account->latest_values[signal->a];
        return held->is_set && !held->is_text ? held->number : NAN;
    }
    case SIGNAL_TALLY: return tally_total(account, (uint32_t)signal->a);
    case SIGNAL_UNTIL: return days_until(account, &account->latest_values[signal->a]);
    case SIGNAL_SINCE_LAST: return days_since(plan, account, account->latest_at[signal->a]);
    case SIGNAL_SINCE_NTH: return days_since_nth(plan, account, signal);
    case SIGNAL_AGE: return (double)(age_ms(plan, account) / DAY_MS);
    case SIGNAL_DIFFERENCE: {
        double of = signal_number(plan, score_plan, account, (uint32_t)signal->a);
        return of - signal_number(plan, score_plan, account, (uint32_t)signal->b);
    }
    case SIGNAL_EXPECTED: {
        bool is_usual;
        return expected_number(plan, score_plan, account, signal, &is_usual);
    }
    case SIGNAL_MILESTONES: return milestones_reached(account, signal);
    case SIGNAL_LAST_AT:
    case SIGNAL_ENDED:
    case SIGNAL_KNOWN_NOTHING: return NAN;
    default: return kept_number(plan, account, signal);
    }
}
