/* Arithmetic that rounds once, as Python's does: `int / int`, `math.fsum`; and sorted whole numbers. */
#ifndef VITALS_EXACT_H
#define VITALS_EXACT_H

#include "core.h"

typedef __int128 Whole; /* sums of squares */

/* dividend / divisor, correctly rounded; the divisor is above 0. */
double ratio_of(Whole dividend, Whole divisor);

/* Whole numbers that pass 128 bits end the process: Python would go on. */
Whole whole_sum(Whole one, Whole other);
Whole whole_product(Whole one, Whole other);

/* The sum of finite numbers, correctly rounded: math.fsum. Writes into `values`. */
double exact_sum(double *values, uint32_t length);

/* Whole numbers in ascending order. */
typedef struct {
    uint32_t length, room;
    int64_t *items;
} Ranked;

void ranked_sort(Ranked *ranked);
void ranked_add(Ranked *ranked, int64_t number);
void ranked_take(Ranked *ranked, int64_t number); /* one that is there */
void ranked_replace(Ranked *ranked, int64_t number, int64_t by);
void ranked_copy(Ranked *copy, const Ranked *ranked);

/* The place of the first item that is at least `number`. */
static inline uint32_t place_in(const int64_t *items, uint32_t length, int64_t number) {
    uint32_t low = 0, high = length;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (items[middle] < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

#endif
