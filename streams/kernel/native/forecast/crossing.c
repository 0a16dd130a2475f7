/* The tier forecast jumps from one timer to the next on a fork; the time between costs nothing. See
 * scoring.explain.forecast. */
#include "crossing.h"

#include "steps.h"

#include <string.h>

static void note(const Plan *plan, const Account *fork, const Evaluation *now, Before *before) {
    size_t size = plan->score_plans[0].components_length * sizeof(double);
    const Judged *judged = score_judged(fork->scores, 0);
    before->evaluation = *now;
    memcpy(before->judged.judgements, judged->judgements, size);
    memcpy(before->judged.evidence, judged->evidence, size);
}

/* The next step that may change a score, at or before `until_ms`. False when there is none. */
static bool step(const Fold *fold, const Steps *steps, Account *fork, int64_t until_ms) {
    int64_t resolution_ms = fold->plan->resolution_ms, due = next_step(steps, fork);
    if (due >= FAR || due > until_ms / resolution_ms) return false;
    fold_advance(fold, fork, due * resolution_ms);
    return true;
}

static bool step_to_crossing(const Fold *fold, Account *fork, const Norm *norm, const Steps *steps, int64_t until_ms,
                             Before *before) {
    const Evaluation *now = score_refresh(fold->plan, 0, fork, norm);
    if (!now->exists) return false;
    note(fold->plan, fork, now, before);
    int32_t tier = now->tier;
    uint64_t version = now->version;
    while (step(fold, steps, fork, until_ms)) {
        now = score_refresh(fold->plan, 0, fork, norm);
        if (now->version == version) continue;
        version = now->version;
        if (now->standing >= 0) return false; /* a score after that is a new baseline */
        if (!now->exists) continue;
        if (now->tier != tier) return true;
        note(fold->plan, fork, now, before);
    }
    return false;
}

bool next_crossing(const Fold *fold, Account *fork, const Norm *norm, int64_t until_ms, Before *before) {
    Steps steps = steps_of(fold->plan);
    bool found = step_to_crossing(fold, fork, norm, &steps, until_ms, before);
    steps_free(&steps);
    return found;
}
