/* Conditions on signals that must all hold: scoring.plan.conditions, scoring.model.schema.rules.Condition. */
#include "signals.h"

#include <math.h>

static const uint32_t HAS_BOUNDS = HAS_AT_LEAST | HAS_ABOVE | HAS_AT_MOST | HAS_BELOW;

static bool holds_unknown(const ConditionOf *condition) { return condition->has & HAS_KNOWN && !condition->known; }

static bool holds_number(const ConditionOf *condition, double number) {
    uint32_t has = condition->has;
    if (has & HAS_AT_LEAST && !(number >= condition->at_least)) return false;
    if (has & HAS_ABOVE && !(number > condition->above)) return false;
    if (has & HAS_AT_MOST && !(number <= condition->at_most)) return false;
    if (has & HAS_BELOW && !(number < condition->below)) return false;
    return !(has & HAS_TEXTS) && !holds_unknown(condition);
}

static bool holds_text(const ConditionOf *condition, const Fact *fact) {
    if (holds_unknown(condition)) return false;
    if (!(condition->has & HAS_TEXTS)) return !(condition->has & HAS_BOUNDS);
    if (fact->kind != FACT_TEXT) return false; /* a checked model compares no instant with a text */
    for (uint32_t each = 0; each < condition->texts_length; each++)
        if (is_same_text(condition->texts[each], fact->text)) return true;
    return false;
}

static bool holds_fact(const ConditionOf *condition, const Fact *fact) {
    if (fact->kind == FACT_UNKNOWN) return holds_unknown(condition);
    return fact->kind == FACT_NUMBER ? holds_number(condition, fact->number) : holds_text(condition, fact);
}

bool conditions_hold(const Plan *plan, const ScorePlanOf *score_plan, Account *account, const Conditions *conditions) {
    for (uint32_t each = 0; each < conditions->length; each++) {
        const ConditionOf *condition = &conditions->items[each];
        if (may_be_text(score_plan->signals[condition->signal].kind)) {
            Fact fact = signal_fact(plan, score_plan, account, condition->signal);
            if (!holds_fact(condition, &fact)) return false;
            continue;
        }
        double number = signal_number(plan, score_plan, account, condition->signal);
        if (!(isnan(number) ? holds_unknown(condition) : holds_number(condition, number))) return false;
    }
    return true;
}

int32_t standing_of(const Plan *plan, const ScorePlanOf *score_plan, Account *account) {
    for (uint32_t number = 0; number < score_plan->standings_length; number++)
        if (conditions_hold(plan, score_plan, account, &score_plan->standings[number])) return (int32_t)number;
    return -1;
}
