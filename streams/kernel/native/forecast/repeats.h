/* Whether an event lifts a tier if it is only repeated often enough. */
#ifndef VITALS_REPEATS_H
#define VITALS_REPEATS_H

#include "adjustments.h"

/* Whether a kind is known to lift at no number up to its most, though `fork` has the least of it and was just judged. False
 * when it may, or when that is as soon tried. */
bool never_lifts(Search *search, Account *fork, uint32_t kind);

#endif
