/* On which days a number that grows by one each day is judged otherwise than on the day before. */
#include "judge.h"

#include <math.h>

static void widen(JudgedDays *days, double from, double until) {
    days->from = fmin(days->from, floor(from));
    days->until = fmax(days->until, floor(until) + 1.0);
}

static void widen_by_conditions(JudgedDays *days, const Conditions *conditions, uint32_t signal) {
    for (uint32_t each = 0; each < conditions->length; each++) {
        const ConditionOf *condition = &conditions->items[each];
        if (condition->signal != signal) continue;
        if (condition->has & HAS_AT_LEAST) widen(days, condition->at_least, condition->at_least);
        if (condition->has & HAS_ABOVE) widen(days, condition->above, condition->above);
        if (condition->has & HAS_AT_MOST) widen(days, condition->at_most, condition->at_most);
        if (condition->has & HAS_BELOW) widen(days, condition->below, condition->below);
    }
}

/* Flat before the first point and behind the last. */
static void widen_by_line(JudgedDays *days, const ComponentOf *component) {
    const Point *points = component->points;
    bool is_flat = true;
    for (uint32_t each = 1; each < component->points_length; each++) is_flat = is_flat && points[each].y == points[0].y;
    if (!is_flat) widen(days, points[0].x, points[component->points_length - 1].x + 1.0);
}

static void widen_by_shape(JudgedDays *days, const ComponentOf *component, int64_t signal) {
    bool is_only_a = component->a == signal && component->b != signal && component->c != signal && component->d != signal;
    if (is_only_a && component->kind == SHAPE_CADENCE) {
        widen(days, component->x, component->y + 1.0);
    } else if (is_only_a && component->kind == SHAPE_LINEAR && component->b < 0) {
        widen_by_line(days, component);
    } else if (component->a == signal || component->b == signal || component->c == signal || component->d == signal) {
        widen(days, 0.0, INFINITY);
    }
}

static void widen_by_component(JudgedDays *days, const ComponentOf *component, uint32_t signal) {
    widen_by_shape(days, component, signal);
    if (component->needs == signal) widen(days, 0.0, 0.0);
    for (uint32_t each = 0; each < component->exceptions_length; each++)
        widen_by_conditions(days, &component->exceptions[each].when, signal);
    for (uint32_t each = 0; each < component->factors_length; each++) {
        const FactorOf *factor = &component->factors[each];
        if (factor->signal != signal) continue;
        if (factor->kind == FACTOR_WAY)
            widen(days, fmin(factor->begin, factor->end), fmax(factor->begin, factor->end) + 1.0);
        else
            widen(days, 0.0, INFINITY);
    }
}

/* Another signal that is made of it may have any number. */
static bool is_part(const ScorePlanOf *score_plan, uint32_t number) {
    for (uint32_t each = 0; each < score_plan->signals_length; each++) {
        const SignalOf *signal = &score_plan->signals[each];
        if (signal->kind != SIGNAL_DIFFERENCE && signal->kind != SIGNAL_EXPECTED) continue;
        if (signal->a == number || signal->b == number) return true;
        for (uint32_t part = 0; part < signal->parts.length; part++)
            if (signal->parts.items[part] == number) return true;
    }
    return false;
}

JudgedDays judged_days(const ScorePlanOf *score_plan, uint32_t signal) {
    JudgedDays days = {INFINITY, -INFINITY};
    if (is_part(score_plan, signal)) widen(&days, 0.0, INFINITY);
    for (uint32_t each = 0; each < score_plan->components_length; each++)
        widen_by_component(&days, &score_plan->components[each], signal);
    for (uint32_t each = 0; each < score_plan->profiles_length; each++)
        widen_by_conditions(&days, &score_plan->profiles[each].when, signal);
    for (uint32_t each = 0; each < score_plan->rules_length; each++)
        widen_by_conditions(&days, &score_plan->rules[each].when, signal);
    for (uint32_t each = 0; each < score_plan->standings_length; each++)
        widen_by_conditions(&days, &score_plan->standings[each], signal);
    for (uint32_t each = 0; each < score_plan->watches_length; each++)
        widen_by_conditions(&days, &score_plan->watches[each], signal);
    return days;
}
