/* What the shapes of components share: what they are judged from, and the limits of a judgement. */
#ifndef VITALS_SHAPES_H
#define VITALS_SHAPES_H

#include "judge.h"

#include <math.h>

/* What one component is judged from: scoring.plan.components.base. */
typedef struct {
    const Plan *plan;
    const ScorePlanOf *score_plan;
    Account *account;
    const Norm *norm;     /* NULL: there is none */
    const Judged *others; /* the components earlier in the order */
    /* usual.c: read once, for the judgement and for its evidence */
    bool has_usual;
    double usual, prior;
} Basis;

/* shapes.c: a judgement, NaN for none. evidence.c: its evidence, 0 to 1. `basis` is of this component alone. */
double judgement_of(Basis *basis, const ComponentOf *component);
double evidence_of(Basis *basis, const ComponentOf *component);

/* A signal's number, NaN when it is unknown. */
static inline double number_of(const Basis *basis, int64_t signal) {
    return signal_number(basis->plan, basis->score_plan, basis->account, (uint32_t)signal);
}

/* An entry of the cohort norm, NaN when it has none. */
static inline double norm_of(const Basis *basis, int64_t entry) {
    return basis->norm ? basis->norm->values[entry] : (double)NAN;
}

static inline bool hold_for(const Basis *basis, const Conditions *conditions) {
    return conditions_hold(basis->plan, basis->score_plan, basis->account, conditions);
}

/* A judgement limited to `lower` to 100; 0.0 for one of -0.0 when `lower` is 0. */
static inline double bounded(double judgement, double lower) {
    double raised = judgement > lower ? judgement : lower;
    return raised < 100.0 ? raised : 100.0;
}

/* lines.c: NaN for none, as all of these */
double along(const Point *points, uint32_t length, double x);
double judge_trend(const Basis *basis, const ComponentOf *component);
double judge_linear(const Basis *basis, const ComponentOf *component);
double judge_cadence(const Basis *basis, const ComponentOf *component);

/* shares.c */
double judge_share_of_max(const Basis *basis, const ComponentOf *component);
double judge_capped(const Basis *basis, const ComponentOf *component);
double judge_vs_own_peak(const Basis *basis, const ComponentOf *component);
double judge_ratio(const Basis *basis, const ComponentOf *component);

/* usual.c */
double judge_vs_usual(Basis *basis, const ComponentOf *component);
double usual_evidence(Basis *basis, const ComponentOf *component);

#endif
