/* The part of a plan that judges: signals, weights, rules, conditions. See streams/kernel/tables.py and
 * signal_tables.py, condition_tables.py. */
#include "plan_parts.h"

static SignalOf signal_of(TableReader *reader) {
    SignalOf signal;
    signal.kind = (SignalKind)read_between(reader, 0, SIGNAL_KINDS - 1);
    signal.a = read_whole(reader);
    signal.b = read_whole(reader);
    signal.x = read_real(reader);
    signal.parts = read_numbers(reader);
    signal.dues = read_numbers(reader);
    signal.weights = read_reals(reader);
    return signal;
}

static ConditionOf condition_of(TableReader *reader) {
    ConditionOf condition;
    const int64_t all = HAS_AT_LEAST | HAS_ABOVE | HAS_AT_MOST | HAS_BELOW | HAS_KNOWN | HAS_TEXTS;
    condition.signal = (uint32_t)read_between(reader, 0, UINT32_MAX);
    condition.has = (uint32_t)read_between(reader, 0, all);
    condition.at_least = read_real(reader);
    condition.above = read_real(reader);
    condition.at_most = read_real(reader);
    condition.below = read_real(reader);
    condition.known = read_bool(reader);
    condition.texts_length = read_length(reader);
    condition.texts = take_block(reader, condition.texts_length, sizeof *condition.texts);
    for (uint32_t i = 0; i < condition.texts_length; i++) condition.texts[i] = read_text(reader);
    return condition;
}

Conditions conditions_of(TableReader *reader) {
    Conditions conditions = {read_length(reader), NULL};
    conditions.items = take_block(reader, conditions.length, sizeof *conditions.items);
    for (uint32_t i = 0; i < conditions.length; i++) conditions.items[i] = condition_of(reader);
    return conditions;
}

static Conditions *conditions_of_each(TableReader *reader, uint32_t *length) {
    *length = read_length(reader);
    Conditions *all = take_block(reader, *length, sizeof *all);
    for (uint32_t i = 0; i < *length; i++) all[i] = conditions_of(reader);
    return all;
}

static WeightsOf weights_of(TableReader *reader) {
    WeightsOf weights;
    weights.when = conditions_of(reader);
    weights.weights = read_reals(reader);
    weights.limits = read_reals(reader);
    weights.known = read_reals(reader);
    weights.total = read_real(reader);
    weights.is_provisional = read_bool(reader);
    return weights;
}

static void read_norms(TableReader *reader, ScorePlanOf *plan) {
    plan->norms_length = read_length(reader);
    plan->norms = take_block(reader, plan->norms_length, sizeof *plan->norms);
    for (uint32_t i = 0; i < plan->norms_length; i++) {
        plan->norms[i].slot = read_whole(reader);
        plan->norms[i].signal = read_whole(reader);
        plan->norms[i].entry = (uint32_t)read_between(reader, 0, UINT32_MAX);
    }
}

static void read_rules(TableReader *reader, ScorePlanOf *plan) {
    plan->own = weights_of(reader);
    plan->profiles_length = read_length(reader);
    plan->profiles = take_block(reader, plan->profiles_length, sizeof *plan->profiles);
    for (uint32_t i = 0; i < plan->profiles_length; i++) plan->profiles[i] = weights_of(reader);
    plan->rules_length = read_length(reader);
    plan->rules = take_block(reader, plan->rules_length, sizeof *plan->rules);
    for (uint32_t i = 0; i < plan->rules_length; i++) {
        plan->rules[i].when = conditions_of(reader);
        plan->rules[i].to = read_real(reader);
    }
    plan->standings = conditions_of_each(reader, &plan->standings_length);
    plan->watches = conditions_of_each(reader, &plan->watches_length);
}

ScorePlanOf score_plan_of(TableReader *reader) {
    ScorePlanOf plan;
    plan.signals_length = read_length(reader);
    plan.signals = take_block(reader, plan.signals_length, sizeof *plan.signals);
    for (uint32_t i = 0; i < plan.signals_length; i++) plan.signals[i] = signal_of(reader);
    plan.components_length = read_length(reader);
    plan.components = take_block(reader, plan.components_length, sizeof *plan.components);
    for (uint32_t i = 0; i < plan.components_length; i++) plan.components[i] = component_of(reader);
    plan.order = read_numbers(reader);
    read_rules(reader, &plan);
    read_norms(reader, &plan);
    plan.tiers = read_reals(reader);
    plan.conditions_bit = read_bits(reader);
    plan.mask = read_bits(reader);
    plan.norm_dependents = read_bits(reader);
    plan.adds_up = read_bool(reader);
    plan.has_conditions = read_bool(reader);
    plan.is_weighed = read_bool(reader);
    plan.neutral = read_real(reader);
    plan.constant = read_real(reader);
    plan.emphasis = read_real(reader);
    plan.provisional_below = read_real(reader);
    return plan;
}
