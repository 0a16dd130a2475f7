/* Judging: signals, conditions, components, weights, rules and tiers. The formulas and the order of every sum are those of
 * `scoring.plan`: the same numbers to the last bit. */
#ifndef VITALS_JUDGE_H
#define VITALS_JUDGE_H

#include "../fold/fold.h"

/* A signal's value. `is_whole`: an integer in Python; a text's bytes belong to the account. */
typedef enum { FACT_UNKNOWN, FACT_NUMBER, FACT_TEXT, FACT_INSTANT } FactKind;

typedef struct {
    FactKind kind;
    bool is_whole;
    double number;
    Text text;
    int64_t instant_ms; /* SIGNAL_LAST_AT, SIGNAL_ENDED: shown as a text, and no number to conditions */
} Fact;

/* The cohort norm: by entry, NaN where the norm has none. Compared by `version`. */
typedef struct {
    uint64_t version;
    double *values;
} Norm;

/* The evaluation of an account by one score plan: scoring.plan.evaluation.Evaluation. */
typedef struct {
    bool exists;      /* false: in a standing, or nothing can be judged */
    int32_t standing; /* the number of the standing, -1 for none */
    double value;
    int32_t tier;
    double coverage;
    bool is_provisional;
    int32_t weights;  /* -1: the model's own; else the profile's place */
    Bits triggered;   /* rules by number */
    Bits watched;     /* watches by number */
    uint64_t version; /* grows with every change */
} Evaluation;

/* signals.c */
Fact signal_fact(const Plan *plan, const ScorePlanOf *score_plan, Account *account, uint32_t signal);
/* NaN when it is unknown, a text or an instant. */
double signal_number(const Plan *plan, const ScorePlanOf *score_plan, Account *account, uint32_t signal);
int64_t age_ms(const Plan *plan, const Account *account);

/* behind.c: the whole numbers that a signal's details and changes are made of, method `behind` of scoring.plan.signals.
 * `into` has room for `behind_room`; returns how many there are. */
uint32_t behind_room(const Plan *plan, const SignalOf *signal);
uint32_t signal_behind(const Plan *plan, const ScorePlanOf *score_plan, Account *account, uint32_t signal, int64_t *into);

/* conditions.c */
bool conditions_hold(const Plan *plan, const ScorePlanOf *score_plan, Account *account, const Conditions *conditions);

/* The first standing that an account is in, by number; -1 for none: scoring.plan.standings. */
int32_t standing_of(const Plan *plan, const ScorePlanOf *score_plan, Account *account);

/* Judgements NaN for none, evidence 0-1, by component. */
typedef struct {
    double *judgements, *evidence;
} Judged;

/* weighing.c */
bool combine(const ScorePlanOf *score_plan, const Judged *judged, int32_t weights, Bits triggered, Evaluation *into);
/* The share 0-1 of the score by component: ScorePlan.shares. There is a score. */
void shares_of(const ScorePlanOf *score_plan, const Judged *judged, int32_t weights, double *shares);
/* The points by component, then of the parts that belong to none: ScorePlan.points. */
enum { NEUTRAL_PART, BOUNDS_PART, FLOOR_PART, PARTS_OF_NONE };
void points_of(const ScorePlanOf *score_plan, const Judged *judged, const Evaluation *evaluation, double *points);

/* cache.c: scoring.plan.score_cache */
ScoreCache *score_cache_new(const Plan *plan);
void score_cache_free(const Plan *plan, ScoreCache *cache);
ScoreCache *score_cache_copy(const Plan *plan, const ScoreCache *cache);
/* The account's score by one score plan, equal to `ScoreCache.refresh`; valid until the next call. */
const Evaluation *score_refresh(const Plan *plan, uint32_t score_plan, Account *account, const Norm *norm);
const Judged *score_judged(const ScoreCache *cache, uint32_t score_plan);
/* The latest evaluation that was asked for: nothing is judged. */
const Evaluation *score_held(const ScoreCache *cache, uint32_t score_plan);
/* Whether that would still be the answer. */
bool score_is_fresh(const Plan *plan, uint32_t score_plan, const Account *account, const Norm *norm);
/* What stands still from here on: judgement and evidence by component (`bits` says which), rules and whether they hold.
 * Only for the primary score plan: ScoreCache.freeze. */
void score_freeze(const Plan *plan, ScoreCache *cache, Bits bits, const Judged *held, Bits rules, Bits holding);
/* The bits of the components that stand still. */
Bits score_frozen(const ScoreCache *cache);
/* The account's part of the norm into `values` (by entry, those of this plan's sources and compared signals):
 * scoring.plan.norm_signals.NormSignals.part. */
void norm_part(const Plan *plan, Account *account, double *values);

/* days.c: nothing that is judged of a signal changes when it grows by one to a number below `from` or above `until`. For a
 * signal that is a whole number of days from 0 on. `from` is above `until` when it is judged by nothing. */
typedef struct {
    double from, until;
} JudgedDays;
JudgedDays judged_days(const ScorePlanOf *score_plan, uint32_t signal);

/* between.c: whether the score by the primary score plan may be at or above a bound at some number of repeated events
 * between two. `low` and `high` are forks of one account, just judged, that differ by how often the same event was applied:
 * once at least, and more often. `changing` has the bits of what depends on its counts. When it says no, it never is. */
bool score_may_reach_between(const Plan *plan, Account *low, Account *high, Bits changing, double bound);
/* Whether it ever says no: for models with a constant. */
bool score_has_bounds(const Plan *plan);

#endif
