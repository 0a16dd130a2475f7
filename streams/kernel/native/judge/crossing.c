/* The tier forecast jumps from one timer to the next on a fork; the time between costs nothing. See
 * scoring.explain.forecast. */
#include "crossing.h"

#include <string.h>

static void copy_judged(const Plan *plan, const Account *account, Judged *into) {
    size_t size = plan->score_plans[0].components_length * sizeof(double);
    const Judged *judged = score_judged(account->scores, 0);
    memcpy(into->judgements, judged->judgements, size);
    memcpy(into->evidence, judged->evidence, size);
}

/* The fork's next step that may change a score, at or before `until_ms`. False when there is none. */
static bool step(const Fold *fold, Account *fork, int64_t until_ms) {
    int64_t resolution_ms = fold->plan->resolution_ms;
    if (fork->next_due >= FAR || fork->next_due > until_ms / resolution_ms) return false;
    fold_advance(fold, fork, fork->next_due * resolution_ms);
    return true;
}

static void find(const Fold *fold, Account *fork, const Norm *norm, int64_t until_ms, Crossing *crossing) {
    const Plan *plan = fold->plan;
    const Evaluation *now = score_refresh(plan, 0, fork, norm);
    if (!now->exists) return;
    int32_t tier = now->tier;
    uint64_t version = now->version;
    crossing->before = *now;
    copy_judged(plan, fork, &crossing->judged_before);
    while (step(fold, fork, until_ms)) {
        now = score_refresh(plan, 0, fork, norm);
        if (now->version == version) continue;
        version = now->version;
        if (!now->exists && now->standing >= 0) return; /* a score after that is a new baseline */
        if (!now->exists) continue;
        if (now->tier != tier) {
            crossing->is_found = true;
            crossing->at_ms = fork->as_of_ms;
            crossing->after = *now;
            copy_judged(plan, fork, &crossing->judged_after);
            return;
        }
        crossing->before = *now;
        copy_judged(plan, fork, &crossing->judged_before);
    }
}

void next_crossing(const Fold *fold, const Account *account, const Norm *norm, int64_t until_ms, Crossing *crossing) {
    Account *fork = account_fork(fold->plan, account);
    crossing->is_found = false;
    find(fold, fork, norm, until_ms, crossing);
    account_free(fold->plan, fork);
}
