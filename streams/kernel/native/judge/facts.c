/* A signal's fact, as it is shown and exported: scoring.plan.signals, method `fact`. */
#include "signals.h"

#include <math.h>

static const Fact UNKNOWN = {.kind = FACT_UNKNOWN};

/* Whether a signal's number is an integer in Python. */
static bool is_whole(const ScorePlanOf *score_plan, const SignalOf *signal) {
    switch (signal->kind) {
    case SIGNAL_SUM:
    case SIGNAL_MEAN:
    case SIGNAL_LAST:
    case SIGNAL_TALLY:
    case SIGNAL_VOLATILITY:
    case SIGNAL_AVERAGE:
    case SIGNAL_DISPERSION:
    case SIGNAL_KNOWN_WEEKS:
    case SIGNAL_OPEN_WEIGHT:
    case SIGNAL_MEDIAN_HOURS:
    case SIGNAL_MEAN_HOURS: return false;
    case SIGNAL_EXPECTED: return is_whole(score_plan, &score_plan->signals[signal->a]);
    case SIGNAL_DIFFERENCE:
        return is_whole(score_plan, &score_plan->signals[signal->a]) &&
               is_whole(score_plan, &score_plan->signals[signal->b]);
    default: return true;
    }
}

static Fact instant_fact(int64_t at_ms) {
    return at_ms < 0 ? UNKNOWN : (Fact){.kind = FACT_INSTANT, .instant_ms = at_ms};
}

Fact signal_fact(const Plan *plan, const ScorePlanOf *score_plan, Account *account, uint32_t number) {
    const SignalOf *signal = &score_plan->signals[number];
    if (signal->kind == SIGNAL_LAST_AT) return instant_fact(account->latest_at[signal->a]);
    if (signal->kind == SIGNAL_ENDED) return instant_fact(tally_ended_ms(account, (uint32_t)signal->a));
    if (signal->kind == SIGNAL_LAST) {
        const LatestValue *held = &account->latest_values[signal->a];
        if (held->is_set && held->is_text) return (Fact){.kind = FACT_TEXT, .text = held->text};
    }
    bool is_usual = true;
    double value = signal->kind == SIGNAL_EXPECTED
                       ? expected_number(plan, score_plan, account, signal, &is_usual)
                       : signal_number(plan, score_plan, account, number);
    if (isnan(value)) return UNKNOWN;
    return (Fact){.kind = FACT_NUMBER, .is_whole = is_usual && is_whole(score_plan, signal), .number = value};
}
