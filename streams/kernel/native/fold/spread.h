/* How unsteady weeks are. */
#ifndef VITALS_SPREAD_H
#define VITALS_SPREAD_H

#include "../state/account.h"

/* Of the last `weeks` weeks of which the latest ends with `end`: see scoring.state.past_windows.dispersion. */
double dispersion_of(const Totals *totals, int64_t weeks, int64_t end);

#endif
