/* Checks of the judging part of a plan that was read: signals, weights, rules, the order of components. */
#include "plan_parts.h"

static bool is_derived(SignalKind kind) { return kind == SIGNAL_DIFFERENCE || kind == SIGNAL_EXPECTED; }

/* A signal that another is made of: never one that is made of others itself, so there are no circles. */
static bool is_plain(const ScorePlanOf *score_plan, int64_t number) {
    return is_number(number, score_plan->signals_length) && !is_derived(score_plan->signals[number].kind);
}

static bool is_expected(const ScorePlanOf *score_plan, const SignalOf *signal) {
    for (uint32_t i = 0; i < signal->parts.length; i++) {
        if (!is_plain(score_plan, signal->parts.items[i])) return false;
    }
    return is_plain(score_plan, signal->a) && is_plain(score_plan, signal->b);
}

static bool is_milestones(const Plan *plan, const SignalOf *signal) {
    uint32_t steps = signal->parts.length;
    if (signal->dues.length != steps || signal->weights.length != steps || !are_weights(&signal->weights)) return false;
    for (uint32_t i = 0; i < steps; i++) {
        if (signal->dues.items[i] < 0 || signal->dues.items[i] > FAR) return false;
    }
    return is_in(&signal->parts, plan->first_at.length);
}

static bool is_of_items(const Plan *plan, const SignalOf *signal, bool is_times) {
    return is_number(signal->a, plan->items_length) && plan->items[signal->a].is_times == is_times;
}

/* What is read from counts, values, latest values and items. */
static bool is_signal_of_events(const Plan *plan, const SignalOf *signal) {
    switch (signal->kind) {
    case SIGNAL_COUNT:
    case SIGNAL_SUM: return is_number(signal->a, plan->count_windows);
    case SIGNAL_MEAN: return is_number(signal->a, plan->count_windows) && is_number(signal->b, plan->count_windows);
    case SIGNAL_DISTINCT: return is_number(signal->a, plan->value_windows);
    case SIGNAL_LAST:
    case SIGNAL_UNTIL: return is_number(signal->a, plan->latest_values.length);
    case SIGNAL_TALLY:
    case SIGNAL_ENDED: return is_number(signal->a, plan->tallies.length);
    case SIGNAL_LAST_AT:
    case SIGNAL_SINCE_LAST: return is_number(signal->a, plan->latest_at.length);
    case SIGNAL_SINCE_NTH:
        return is_number(signal->a, plan->latest_days_length) && is_number(signal->b, plan->latest_at.length);
    case SIGNAL_OPEN_COUNT:
    case SIGNAL_OPEN_WEIGHT:
    case SIGNAL_OPEN_OLDEST: return is_of_items(plan, signal, false);
    case SIGNAL_MEDIAN_HOURS:
    case SIGNAL_MEAN_HOURS: return is_of_items(plan, signal, true);
    case SIGNAL_MILESTONES: return is_milestones(plan, signal);
    default: return true;
    }
}

/* What is read from daily totals, and from other signals. */
static bool is_signal_of_days(const Plan *plan, const ScorePlanOf *score_plan, const SignalOf *signal) {
    const int64_t days_max = SPAN_MAX / DAY_MS;
    switch (signal->kind) {
    case SIGNAL_PEAK: return is_number(signal->a, plan->peaks_length);
    case SIGNAL_VOLATILITY:
    case SIGNAL_DAYS: return is_number(signal->a, plan->daily_length) && signal->b >= 1 && signal->b <= days_max;
    case SIGNAL_USUAL: return is_number(signal->a, plan->past_windows_length) && signal->x >= 0 && signal->x <= 1;
    case SIGNAL_SEASON:
    case SIGNAL_AVERAGE:
    case SIGNAL_DISPERSION:
    case SIGNAL_KNOWN_WEEKS: return is_number(signal->a, plan->past_windows_length);
    case SIGNAL_KNOWN_GAPS:
    case SIGNAL_USUAL_GAP: return is_number(signal->a, plan->gaps_length);
    case SIGNAL_DIFFERENCE: return is_plain(score_plan, signal->a) && is_plain(score_plan, signal->b);
    case SIGNAL_EXPECTED: return is_expected(score_plan, signal);
    default: return true;
    }
}

void check_conditions(TableReader *reader, const ScorePlanOf *score_plan, const Conditions *conditions) {
    for (uint32_t i = 0; i < conditions->length; i++) {
        const ConditionOf *condition = &conditions->items[i];
        if (condition->signal >= score_plan->signals_length) refuse(reader, "a condition is on no signal");
        if ((condition->has & HAS_TEXTS) && !condition->texts_length) refuse(reader, "a condition has no texts");
    }
}

static void check_weights(TableReader *reader, const ScorePlanOf *score_plan, const WeightsOf *weights) {
    uint32_t components = score_plan->components_length;
    bool is_sound = weights->weights.length == components && weights->limits.length == components;
    if (!is_sound || weights->known.length != components) refuse(reader, "a component has no weight");
    check_conditions(reader, score_plan, &weights->when);
}

/* Every component once, each blend after its parts. */
static void check_order(TableReader *reader, const ScorePlanOf *score_plan) {
    uint32_t components = score_plan->components_length;
    bool *judged = take_block(reader, components, sizeof *judged);
    bool is_sound = score_plan->order.length == components && is_in(&score_plan->order, components);
    for (uint32_t i = 0; i < components && is_sound; i++) {
        int64_t number = score_plan->order.items[i];
        const Numbers *parts = &score_plan->components[number].parts;
        is_sound = !judged[number] && is_in(parts, components);
        for (uint32_t k = 0; k < parts->length && is_sound; k++) is_sound = judged[parts->items[k]];
        judged[number] = true;
    }
    if (!is_sound) refuse(reader, "the components are in no order in which each blend follows its parts");
}

static void check_norms(TableReader *reader, const Plan *plan, const ScorePlanOf *score_plan) {
    for (uint32_t i = 0; i < score_plan->norms_length; i++) {
        const NormOf *norm = &score_plan->norms[i];
        bool is_source = norm->signal == -1 && is_number(norm->slot, plan->latest_at.length);
        bool is_compared = norm->slot == -1 && is_number(norm->signal, score_plan->signals_length);
        if (norm->entry >= plan->norm_entries || !(is_source || is_compared)) {
            refuse(reader, "an entry of the norm is of nothing");
        }
    }
}

static void check_rules(TableReader *reader, const ScorePlanOf *score_plan) {
    check_weights(reader, score_plan, &score_plan->own);
    for (uint32_t i = 0; i < score_plan->profiles_length; i++) {
        check_weights(reader, score_plan, &score_plan->profiles[i]);
    }
    for (uint32_t i = 0; i < score_plan->rules_length; i++) {
        check_conditions(reader, score_plan, &score_plan->rules[i].when);
    }
    for (uint32_t i = 0; i < score_plan->standings_length; i++) {
        check_conditions(reader, score_plan, &score_plan->standings[i]);
    }
    for (uint32_t i = 0; i < score_plan->watches_length; i++) {
        check_conditions(reader, score_plan, &score_plan->watches[i]);
    }
    if (score_plan->rules_length > NAMED_MAX || score_plan->watches_length > NAMED_MAX) {
        refuse(reader, "the kernel takes at most 128 floors and flags, and 128 watches");
    }
}

static void check_tiers(TableReader *reader, const Reals *tiers) {
    bool ascend = tiers->length > 0 && tiers->items[0] <= 0;
    for (uint32_t i = 1; i < tiers->length; i++) ascend = ascend && tiers->items[i - 1] < tiers->items[i];
    if (!ascend) refuse(reader, "the tiers do not ascend from 0");
}

void check_score_plan(TableReader *reader, const Plan *plan, const ScorePlanOf *score_plan) {
    for (uint32_t i = 0; i < score_plan->signals_length; i++) {
        const SignalOf *signal = &score_plan->signals[i];
        if (!is_signal_of_events(plan, signal) || !is_signal_of_days(plan, score_plan, signal)) {
            refuse(reader, "a signal of the tables reads what is not there");
        }
    }
    check_rules(reader, score_plan);
    check_order(reader, score_plan);
    check_norms(reader, plan, score_plan);
    check_tiers(reader, &score_plan->tiers);
    for (uint32_t i = 0; i < score_plan->components_length && !reader->error; i++) {
        check_component(reader, plan, score_plan, i);
    }
}
