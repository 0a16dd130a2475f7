/* Adjustments tried on forks: scoring.explain.counterfactuals.apply_adjustment, and `after` of scoring.explain.forecast. */
#ifndef VITALS_ADJUSTMENTS_H
#define VITALS_ADJUSTMENTS_H

#include "../decode/packed_event.h"
#include "../judge/judge.h"

typedef struct {
    const uint8_t *bytes; /* of a packed event, in memory of somebody else */
    size_t length;
} Packed;

/* A change that people can make, from `least` to `most` times, both inclusive. */
typedef struct {
    int64_t least, most;
    int64_t closes; /* the number of the open items that it closes, -1 for none */
    bool is_value;  /* the number is the value of a property, in one event: at place 0 it is least - 1 */
    bool is_varied; /* no two events are alike: there is one at each place; else one, that is counted often */
    /* The packed event at a place, valid until the next call; without bytes when there is none. */
    Packed (*event_at)(void *events, int64_t place);
    void *events;
} AdjustmentOf;

typedef struct {
    int64_t number;
    uint32_t kind;
} Applied;

/* The search in one account. `base` is a fork of it, refreshed, that stays as it is. */
typedef struct {
    Fold fold;
    const Norm *norm;
    const Account *base;
    int32_t tier;
    double value;
    uint32_t kinds_length;
    const AdjustmentOf *kinds;
    PackedEvent packed;
    const char *error; /* the first; from then on nothing lifts */
} Search;

/* A fork with adjustments, each applied as often as it says. */
Account *fork_with(Search *search, const Applied *applied, uint32_t length);
/* Applies the adjustments of a kind from `after` (exclusive) to `number` (inclusive) to a fork. */
void apply_more(Search *search, Account *fork, uint32_t kind, int64_t after, int64_t number);
/* The evaluation of a fork now. */
const Evaluation *evaluation_now(Search *search, Account *fork);
/* Whether a fork has a higher tier than the account. */
bool is_lifted(Search *search, Account *fork);
/* Whether adjustments reach a higher tier. */
bool lifts(Search *search, const Applied *applied, uint32_t length);

#endif
