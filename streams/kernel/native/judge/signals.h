/* What judging shares of signals: an expected number, and which signals are texts. */
#ifndef VITALS_SIGNALS_H
#define VITALS_SIGNALS_H

#include "judge.h"

/* The number of a SIGNAL_EXPECTED; `is_usual` says whether it is that of the usual, or a product. */
double expected_number(const Plan *plan, const ScorePlanOf *score_plan, Account *account, const SignalOf *signal,
                       bool *is_usual);

/* Whether the signal's fact may be more than its number. */
static inline bool may_be_text(SignalKind kind) {
    return kind == SIGNAL_LAST || kind == SIGNAL_LAST_AT || kind == SIGNAL_ENDED;
}

#endif
