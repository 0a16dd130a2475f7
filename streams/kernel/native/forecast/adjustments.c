/* Adjustments on forks. Only the future can be changed: their events are of the fork's own instant. */
#include "adjustments.h"

/* Applies one of a kind's events so many times. */
static void apply_event(Search *search, Account *fork, const AdjustmentOf *kind, int64_t place, int64_t times) {
    if (search->error) return;
    Packed packed = kind->event_at(kind->events, place);
    search->error = packed.bytes ? unpack_event(search->fold.plan, packed.bytes, packed.length, &search->packed)
                                 : "an adjustment has too few events";
    if (search->error) return;
    search->packed.event.at_ms = fork->as_of_ms;
    search->packed.event.times = times;
    fold_apply(&search->fold, fork, &search->packed.event, fork->as_of_ms, -1);
}

void apply_more(Search *search, Account *fork, uint32_t number, int64_t after, int64_t until) {
    const AdjustmentOf *kind = &search->kinds[number];
    if (kind->is_value) {
        apply_event(search, fork, kind, until - (kind->least - 1), 1);
    } else if (until <= after) {
        return;
    } else if (kind->closes >= 0) {
        close_items(search->fold.plan, fork, (uint32_t)kind->closes, until - after);
    } else if (kind->is_varied) {
        for (int64_t place = after; place < until; place++) apply_event(search, fork, kind, place, 1);
    } else {
        apply_event(search, fork, kind, 0, until - after);
    }
}

Account *fork_with(Search *search, const Applied *applied, uint32_t length) {
    Account *fork = account_trial(search->fold.plan, search->base);
    for (uint32_t each = 0; each < length; each++) apply_more(search, fork, applied[each].kind, 0, applied[each].number);
    return fork;
}

const Evaluation *evaluation_now(Search *search, Account *fork) {
    return score_refresh(search->fold.plan, 0, fork, search->norm);
}

bool is_lifted(Search *search, Account *fork) {
    const Evaluation *now = evaluation_now(search, fork);
    return !search->error && now->exists && now->tier > search->tier;
}

bool lifts(Search *search, const Applied *applied, uint32_t length) {
    Account *fork = fork_with(search, applied, length);
    bool is_so = is_lifted(search, fork);
    account_free(search->fold.plan, fork);
    return is_so;
}
