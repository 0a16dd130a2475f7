/* The next change of tier if nothing more arrives: scoring.explain.forecast.tier_forecast_of, without its words. */
#ifndef VITALS_CROSSING_H
#define VITALS_CROSSING_H

#include "../judge/judge.h"

/* The last evaluation before a change of tier. The arrays are the caller's, as long as the primary model has components.
 */
typedef struct {
    Evaluation evaluation;
    Judged judged;
} Before;

/* Moves a fork to the first change of tier of the primary model at or before `until_ms`. False, with the fork somewhere
 * before, when there is none: also when the account has no score now, or comes into a standing first. */
bool next_crossing(const Fold *fold, Account *fork, const Norm *norm, int64_t until_ms, Before *before);

#endif
