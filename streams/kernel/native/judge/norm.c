/* An account's values of the cohort norm's entries: scoring.plan.norm_signals. */
#include "judge.h"

#include <math.h>

/* An account in a standing is nothing to compare others with: its signals are 0. Its sources count. */
static void part_of(const Plan *plan, const ScorePlanOf *score_plan, Account *account, double *values) {
    bool is_asked = false, counts = true;
    for (uint32_t number = 0; number < score_plan->norms_length; number++) {
        const NormOf *norm = &score_plan->norms[number];
        if (norm->slot >= 0) {
            values[norm->entry] = account->latest_at[norm->slot] >= 0 ? 1.0 : 0.0;
            continue;
        }
        if (!is_asked) counts = standing_of(plan, score_plan, account) < 0;
        is_asked = true;
        double value = counts ? signal_number(plan, score_plan, account, (uint32_t)norm->signal) : 0.0;
        values[norm->entry] = isnan(value) || value == 0.0 ? 0.0 : value;
    }
}

void norm_part(const Plan *plan, Account *account, double *values) {
    for (uint32_t number = 0; number < plan->score_plans_length; number++)
        part_of(plan, &plan->score_plans[number], account, values);
}
