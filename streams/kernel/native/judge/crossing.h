/* The next change of tier if nothing more arrives: scoring.explain.forecast.tier_forecast_of, without its words. */
#ifndef VITALS_CROSSING_H
#define VITALS_CROSSING_H

#include "judge.h"

/* `before` and `after` are the evaluations on its two sides, with their judgements and evidence by component. */
typedef struct {
    bool is_found;
    int64_t at_ms;
    Evaluation before, after;
    Judged judged_before, judged_after; /* the caller's arrays, as long as the primary model has components */
} Crossing;

/* The first change of tier of the primary model at or before `until_ms`; none when the account has no score now, or has
 * come into a standing before. Works on a fork: the account stays as it is. */
void next_crossing(const Fold *fold, const Account *account, const Norm *norm, int64_t until_ms, Crossing *crossing);

#endif
