/* The parts of `plan_of`: what is read by which file, and the checks of it. */
#ifndef VITALS_PLAN_PARTS_H
#define VITALS_PLAN_PARTS_H

#include "table_reader.h"

#define SPAN_MAX ((int64_t)1 << 48) /* of any span in days or milliseconds: 8,900 years */
/* Of any span in buckets: 2,177 years of seconds. As milliseconds, of a day at most each, it fits 63 bits. */
#define BUCKETS_MAX ((int64_t)1 << 36)
#define NAMED_MAX 128               /* rules, watches: an evaluation has a bit for each */
#define NTH_MAX 16                  /* above the most that scoring.model.schema.signals takes */
#define WEIGHT_MAX 1e15             /* of one step or part: their sums stay finite */

/* score_plan_of.c, component_of.c */
ScorePlanOf score_plan_of(TableReader *reader);
ComponentOf component_of(TableReader *reader);
Conditions conditions_of(TableReader *reader);

/* plan_checks.c, score_checks.c: refuse what refers to something that is not there, so that nothing else has to */
void check_plan(TableReader *reader, const Plan *plan);
void check_score_plan(TableReader *reader, const Plan *plan, const ScorePlanOf *score_plan);
void check_component(TableReader *reader, const Plan *plan, const ScorePlanOf *score_plan, uint32_t number);
void check_conditions(TableReader *reader, const ScorePlanOf *score_plan, const Conditions *conditions);
bool are_weights(const Reals *weights); /* from 0 to WEIGHT_MAX */
bool is_in(const Numbers *numbers, uint32_t length);
static inline bool is_number(int64_t number, uint32_t length) { return number >= 0 && number < (int64_t)length; }
static inline bool is_number_or_none(int64_t number, uint32_t length) {
    return number == -1 || is_number(number, length);
}

#endif
