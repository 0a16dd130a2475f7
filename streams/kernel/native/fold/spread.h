/* How unsteady totals are that come one after another. */
#ifndef VITALS_SPREAD_H
#define VITALS_SPREAD_H

#include "../core/exact.h"

typedef struct {
    int64_t number, latest;
    Whole total, squares, varied; /* Σx, Σx², Σ(difference to the one before)² */
} Spread;

void spread_note(Spread *spread, int64_t total);
/* See scoring.state.past_windows.dispersion. */
double dispersion_of(const Spread *spread);

#endif
