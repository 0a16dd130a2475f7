/* Whole numbers in ascending order, each once with how often it is there: the sorted arrays of
 * scoring.state.window_totals and scoring.state.use_days in a few bytes. */
#ifndef VITALS_RANKED_H
#define VITALS_RANKED_H

#include "core.h"

typedef struct {
    uint32_t length, room;
    uint64_t *runs; /* the number in the upper 48 bits, how often in the lower 16 */
} Ranked;

/* Numbers from 0 to 2⁴⁸ - 1, at most 65,535 of them. */
void ranked_add(Ranked *ranked, int64_t number);
void ranked_take(Ranked *ranked, int64_t number); /* one that is there */
/* The number at a place among all, counted from 0. */
int64_t ranked_at(const Ranked *ranked, int64_t place);
/* All numbers at once, which are sorted where they stand. */
void ranked_fill(Ranked *ranked, int64_t *numbers, uint32_t length);
Ranked ranked_copy(const Ranked *ranked);

#endif
