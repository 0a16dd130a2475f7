/* Arithmetic that rounds once, as Python's does: `int / int`, `math.fsum`; and sorted numbers. */
#ifndef VITALS_EXACT_H
#define VITALS_EXACT_H

#include "core.h"

typedef __int128 Whole; /* sums of squares */

/* dividend / divisor, correctly rounded; the divisor is above 0. */
double ratio_of(Whole dividend, Whole divisor);

/* Whole numbers that pass 128 bits end the process: Python would go on. */
static inline Whole whole_sum(Whole one, Whole other) {
    Whole sum;
    if (__builtin_add_overflow(one, other, &sum)) fault("a total is too great to be squared");
    return sum;
}

static inline Whole whole_product(Whole one, Whole other) {
    Whole product;
    if (__builtin_mul_overflow(one, other, &product)) fault("a total is too great to be squared");
    return product;
}

/* The sum of finite numbers, correctly rounded: math.fsum. Writes into `values`. */
double exact_sum(double *values, uint32_t length);

/* Ascending. */
void sort_numbers(int64_t *numbers, uint32_t length);

/* The place of the first item that is at least `number`. Halves without a branch that a processor could guess wrong. */
static inline uint32_t place_in(const int64_t *items, uint32_t length, int64_t number) {
    const int64_t *first = items;
    while (length) {
        uint32_t half = length / 2;
        first = first[half] < number ? first + (length - half) : first;
        length = half;
    }
    return (uint32_t)(first - items);
}

#endif
