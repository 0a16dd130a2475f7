/* The tier changes of one account over its whole history: scoring.fold.account_tiers. */
#ifndef VITALS_TIERS_H
#define VITALS_TIERS_H

#include "history.h"

typedef struct {
    int64_t at_ms;
    int32_t from_tier, to_tier;
} TierChange;

typedef struct {
    History *history;
    const Norm *norm; /* the norm that holds now; its values change with each declared instant */
    int32_t tier;     /* -1 before the first score, and after a standing */
    uint32_t length, room;
    TierChange *changes;
} Tiers;

/* Begins an account that was first known at an instant. */
void tiers_begin(Tiers *tiers, int64_t first_ms);
/* Judges at each timer that is due at or before an instant. */
void tiers_advance(Tiers *tiers, int64_t until_ms);
/* Judges at a declared instant, whose norm holds already. Call `tiers_advance` under the norm before, first. */
void tiers_declare(Tiers *tiers, int64_t instant_ms);
/* Applies the event that the decoder has just taken, at its own time, and judges. False when the account is the
 * reference's: see `history_bears`. */
bool tiers_apply(Tiers *tiers);

#endif
