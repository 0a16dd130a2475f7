/* Fuzzing of the tables of a plan: what is accepted folds two silent accounts and judges them. */
#include "../../../streams/kernel/native/judge/judge.h"

#include <math.h>

#define NOW_MS 1790000000000
#define EDGES_MAX 4096 /* of a plan that is folded: more only cost time */

static void fold_and_judge(const Plan *plan) {
    Past past = {0, 0, 0};
    Fold fold = {plan, &past};
    Norm norm = {0, take_memory(plan->norm_entries, sizeof(double))};
    for (uint32_t i = 0; i < plan->norm_entries; i++) norm.values[i] = NAN;
    Account *account = account_new(plan, NOW_MS);
    fold_advance(&fold, account, NOW_MS + 40 * DAY_MS);
    Account *copy = account_fork(plan, account);
    for (uint32_t i = 0; i < plan->score_plans_length; i++) {
        score_refresh(plan, i, account, &norm);
        for (uint32_t k = 0; k < plan->score_plans[i].signals_length; k++) {
            signal_fact(plan, &plan->score_plans[i], copy, k);
        }
    }
    account_free(plan, copy);
    account_free(plan, account);
    give_memory(norm.values);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *error;
    Plan *plan = plan_of(bytes, length, &error);
    if (plan && plan->edges < EDGES_MAX) fold_and_judge(plan);
    plan_free(plan);
    return 0;
}
