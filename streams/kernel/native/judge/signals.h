/* What judging shares of signals: an expected number, and which signals are texts. */
#ifndef VITALS_SIGNALS_H
#define VITALS_SIGNALS_H

#include "judge.h"

#include <string.h>

/* The number of a SIGNAL_EXPECTED; `is_usual` says whether it is that of the usual, or a product. */
double expected_number(const Plan *plan, const ScorePlanOf *score_plan, Account *account, const SignalOf *signal,
                       bool *is_usual);

/* Whether the signal's fact may be more than its number. */
static inline bool may_be_text(SignalKind kind) {
    return kind == SIGNAL_LAST || kind == SIGNAL_LAST_AT || kind == SIGNAL_ENDED;
}

/* Whether two texts are the same; one of no bytes may point nowhere. */
static inline bool is_same_text(Text one, Text other) {
    return one.length == other.length && (one.length == 0 || memcmp(one.bytes, other.bytes, one.length) == 0);
}

#endif
