/* Arithmetic that rounds once, as Python's does: `int / int`, `math.fsum`; and sorted numbers. */
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

/* Ascending. */
void sort_numbers(int64_t *numbers, uint32_t length);

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
