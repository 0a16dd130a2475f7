/* The instants at which silence alone may change the score of the primary model. */
#ifndef VITALS_STEPS_H
#define VITALS_STEPS_H

#include "../judge/judge.h"

/* Made by `steps_of`, given back by `steps_free`. */
typedef struct {
    const Plan *plan;
    JudgedDays *silences; /* by place among the plan's silence slots */
    JudgedDays *oldest;   /* by open items */
} Steps;

Steps steps_of(const Plan *plan);
void steps_free(Steps *steps);
/* The first bucket after the current one at which the score may change if nothing arrives, FAR for none. Timers that no
 * judgement depends on are left out. */
int64_t next_step(const Steps *steps, Account *fork);

#endif
