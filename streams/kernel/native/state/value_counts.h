/* The values in a window, each with the number of the window's buckets that hold it. See `ValueCounts` of account.h. */
#ifndef VITALS_VALUE_COUNTS_H
#define VITALS_VALUE_COUNTS_H

#include "account.h"

/* Counts one bucket more that holds a value. Returns true when the window did not hold the value yet. */
bool value_enters(ValueCounts *counts, uint64_t value);
/* Counts one bucket less of a value that the window holds. */
void value_leaves(ValueCounts *counts, uint64_t value);
ValueCounts value_counts_copy(const ValueCounts *counts);
void value_counts_free(ValueCounts *counts);
/* The number that spreads values over hash tables, odd; unknown outside of the process, so that nobody can choose
 * values that collide. To be set before the first account is made. */
void spread_by(uint64_t multiplier);
extern uint64_t spread_multiplier;

/* The place of a value in a table of `room` places, a power of two. */
static inline uint32_t spread(uint64_t value, uint32_t room) {
    uint64_t mixed = (value ^ (value >> 32)) * spread_multiplier;
    return (uint32_t)(mixed >> 32) & (room - 1);
}

#endif
