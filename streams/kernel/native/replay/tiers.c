/* Judges after every event, at every timer and at each declared instant: see tiers.h. */
#include "tiers.h"

void tiers_begin(Tiers *tiers, int64_t first_ms) {
    history_begin(tiers->history, first_ms);
    tiers->tier = -1;
    tiers->length = 0;
}

static void judge(Tiers *tiers) {
    const Plan *plan = tiers->history->plan;
    Account *account = tiers->history->account;
    const Evaluation *evaluation = score_refresh(plan, 0, account, tiers->norm);
    if (!evaluation->exists) {
        if (standing_of(plan, &plan->score_plans[0], account) >= 0) tiers->tier = -1;
        return;
    }
    int32_t before = tiers->tier;
    tiers->tier = evaluation->tier;
    if (before == -1 || before == evaluation->tier) return;
    MAKE_ROOM(tiers->changes, tiers->length, tiers->room, 16);
    tiers->changes[tiers->length++] = (TierChange){account->as_of_ms, before, evaluation->tier};
}

void tiers_advance(Tiers *tiers, int64_t until_ms) {
    const Plan *plan = tiers->history->plan;
    Account *account = tiers->history->account;
    Fold fold = {plan, &tiers->history->past};
    while (account->next_due < FAR && account->next_due <= until_ms / plan->resolution_ms)
        if (fold_advance(&fold, account, account->next_due * plan->resolution_ms)) judge(tiers);
}

void tiers_declare(Tiers *tiers, int64_t instant_ms) {
    Fold fold = {tiers->history->plan, &tiers->history->past};
    fold_advance(&fold, tiers->history->account, instant_ms);
    judge(tiers);
}

bool tiers_apply(Tiers *tiers) {
    Fold fold = {tiers->history->plan, &tiers->history->past};
    FoldEvent *event = decoded_event(tiers->history->decoder);
    event->times = 1;
    if (!history_bears(tiers->history, event->effects, event->effects_length)) return false;
    tiers_advance(tiers, event->at_ms);
    if (fold_apply(&fold, tiers->history->account, event, event->at_ms, -1) != OUTCOME_DUPLICATE) judge(tiers);
    return true;
}
