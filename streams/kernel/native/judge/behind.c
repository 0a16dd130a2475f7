/* What is behind a signal: the method `behind` of scoring.plan.signals. */
#include "judge.h"

typedef enum { REACHED, AHEAD, DUE } Milestone; /* scoring.plan.signals.milestones */

uint32_t behind_room(const Plan *plan, const SignalOf *signal) {
    switch (signal->kind) {
    case SIGNAL_OPEN_COUNT:
    case SIGNAL_OPEN_WEIGHT:
    case SIGNAL_OPEN_OLDEST: return 2;
    case SIGNAL_MEDIAN_HOURS:
    case SIGNAL_MEAN_HOURS: return 1;
    case SIGNAL_SINCE_NTH: return (uint32_t)plan->latest_days[signal->a].nth;
    case SIGNAL_MILESTONES: return signal->parts.length;
    default: return 0;
    }
}

/* How many items are open, and for how many days the oldest is; nothing when none is. */
static uint32_t behind_open(const Plan *plan, const Account *account, uint32_t number, int64_t *into) {
    into[0] = open_count(plan, account, number);
    if (!into[0]) return 0;
    into[1] = open_oldest_days(plan, account, number);
    return 2;
}

static uint32_t behind_hours(const Plan *plan, const Account *account, uint32_t number, int64_t *into) {
    into[0] = close_count(plan, account, number);
    return into[0] != 0;
}

/* How many days ago the latest days of use were, the latest first; nothing when there are too few. */
static uint32_t behind_nth(const Plan *plan, const Account *account, uint32_t number, int64_t *into) {
    uint32_t length = latest_days_held(plan, account, number, into);
    if (length != plan->latest_days[number].nth) return 0;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    for (uint32_t low = 0; low < length - low; low++) {
        uint32_t high = length - 1 - low;
        int64_t latest = into[high];
        into[high] = today - into[low];
        into[low] = today - latest;
    }
    return length;
}

static uint32_t behind_milestones(const Plan *plan, const Account *account, const SignalOf *signal, int64_t *into) {
    int64_t age = age_ms(plan, account);
    for (uint32_t step = 0; step < signal->parts.length; step++) {
        bool is_reached = account->first_at[signal->parts.items[step]] < FAR;
        into[step] = is_reached ? REACHED : age >= signal->dues.items[step] ? DUE : AHEAD;
    }
    return signal->parts.length;
}

uint32_t signal_behind(const Plan *plan, const ScorePlanOf *score_plan, Account *account, uint32_t number, int64_t *into) {
    const SignalOf *signal = &score_plan->signals[number];
    uint32_t of = (uint32_t)signal->a;
    switch (signal->kind) {
    case SIGNAL_OPEN_COUNT:
    case SIGNAL_OPEN_WEIGHT:
    case SIGNAL_OPEN_OLDEST: return behind_open(plan, account, of, into);
    case SIGNAL_MEDIAN_HOURS:
    case SIGNAL_MEAN_HOURS: return behind_hours(plan, account, of, into);
    case SIGNAL_SINCE_NTH: return behind_nth(plan, account, of, into);
    case SIGNAL_MILESTONES: return behind_milestones(plan, account, signal, into);
    default: return 0;
    }
}
