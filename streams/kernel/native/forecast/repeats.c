/* Repeated events, from both ends: an event that is there once changes nothing by its copies but counts and sums. */
#include "repeats.h"

#define TRIED_MIN 8 /* of fewer each is tried */
#define SUM_MAX ((int64_t)1 << 60) /* far enough from 64 bits for the most of an adjustment */
#define AMOUNT_MAX ((int64_t)1 << 40)

/* Adds what depends on a series to `bits`. False when its sums may come near their limits. */
static bool count_bits(const Account *account, const Series *series, int64_t amount, Bits *bits) {
    if (amount > AMOUNT_MAX || amount < -AMOUNT_MAX) return false;
    for (uint32_t each = 0; each < series->windows_length; each++) {
        int64_t sum = account->sums[series->windows[each].number];
        if (sum > SUM_MAX || sum < -SUM_MAX) return false;
        *bits |= series->windows[each].dependents;
    }
    return true;
}

/* What the copies of the event that was read last change. False when it is not to be known. */
static bool repeated_bits(const Search *search, const Account *account, Bits *bits) {
    const Plan *plan = search->fold.plan;
    const FoldEvent *event = &search->packed.event;
    for (uint32_t each = 0; each < event->effects_length; each++) {
        const Effect *effect = &event->effects[each];
        if (effect->kind == EFFECT_COUNT &&
            !count_bits(account, &plan->count_series[effect->number], effect->amount, bits))
            return false;
        if (effect->kind != EFFECT_TOTAL) continue;
        const DailyOf *daily = &plan->daily[effect->number];
        *bits |= daily->lag > 0 ? daily->dependents : daily->dependents | daily->past_dependents;
    }
    return true;
}

bool never_lifts(Search *search, Account *fork, uint32_t number) {
    const AdjustmentOf *kind = &search->kinds[number];
    const Plan *plan = search->fold.plan;
    bool is_repeated = !kind->is_value && !kind->is_varied && kind->closes < 0 && kind->least > 0;
    Bits bits = 0;
    if (!is_repeated || kind->most - kind->least < TRIED_MIN || search->error) return false;
    if (!score_has_bounds(plan) || !repeated_bits(search, fork, &bits)) return false;
    Account *most = account_trial(plan, fork);
    apply_more(search, most, number, kind->least, kind->most);
    double bound = plan->score_plans[0].tiers.items[search->tier + 1];
    bool never = !is_lifted(search, most) && !score_may_reach_between(plan, fork, most, bits, bound);
    account_free(plan, most);
    return never;
}
