/* Arithmetic that rounds once. `exact_sum` is the algorithm of CPython's math.fsum: partial sums that do not overlap
 * (Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997), and half to even across all of them at the end. */
#include "exact.h"

#include <math.h>
#include <stdlib.h>

#define EXACT_MAX ((Whole)1 << 53) /* whole numbers up to this are doubles */
#define QUOTIENT_BITS 55           /* those of a double, one to round by, one for what is left */

static int bits_of(unsigned __int128 number) {
    uint64_t high = (uint64_t)(number >> 64), low = (uint64_t)number;
    if (high) return 128 - __builtin_clzll(high);
    return low ? 64 - __builtin_clzll(low) : 0;
}

/* Both above 0: the quotient in at least 55 bits, the last of which is set when something is left, rounded once. */
static double ratio_of_many_bits(unsigned __int128 dividend, unsigned __int128 divisor) {
    unsigned __int128 quotient = dividend / divisor, rest = dividend % divisor;
    int shift = 0;
    while (bits_of(quotient) < QUOTIENT_BITS) {
        rest <<= 1;
        quotient <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
        shift++;
    }
    if (rest) quotient |= 1;
    return ldexp((double)quotient, -shift);
}

double ratio_of(Whole dividend, Whole divisor) {
    if (-EXACT_MAX <= dividend && dividend <= EXACT_MAX && divisor <= EXACT_MAX) {
        return (double)dividend / (double)divisor;
    }
    if (dividend == 0) return 0.0;
    if (dividend < 0) return -ratio_of_many_bits(-(unsigned __int128)dividend, (unsigned __int128)divisor);
    return ratio_of_many_bits((unsigned __int128)dividend, (unsigned __int128)divisor);
}

/* Adds `added` to the partial sums, which ascend by magnitude; returns how many there are then. */
static uint32_t add_partial(double *partials, uint32_t length, double added) {
    uint32_t kept = 0;
    for (uint32_t each = 0; each < length; each++) {
        double greater = added, lesser = partials[each];
        if (fabs(greater) < fabs(lesser)) {
            greater = partials[each];
            lesser = added;
        }
        double sum = greater + lesser;
        double left = lesser - (sum - greater);
        if (left != 0.0) partials[kept++] = left;
        added = sum;
    }
    if (!isfinite(added)) fault("a sum of weights or values is too great");
    if (added != 0.0) partials[kept++] = added;
    return kept;
}

double exact_sum(double *values, uint32_t length) {
    uint32_t partials = 0; /* they take the places of values that were added */
    for (uint32_t each = 0; each < length; each++) partials = add_partial(values, partials, values[each]);
    if (!partials) return 0.0;
    double sum = values[--partials], left = 0.0;
    while (partials) {
        double before = sum, lesser = values[--partials];
        sum = before + lesser;
        left = lesser - (sum - before);
        if (left != 0.0) break;
    }
    if (partials && ((left < 0.0 && values[partials - 1] < 0.0) || (left > 0.0 && values[partials - 1] > 0.0))) {
        double twice = left * 2.0, rounded = sum + twice;
        if (twice == rounded - sum) sum = rounded; /* a half is decided by what follows it */
    }
    return sum;
}

static int by_number(const void *one, const void *other) {
    int64_t first = *(const int64_t *)one, second = *(const int64_t *)other;
    return (first > second) - (first < second);
}

void sort_numbers(int64_t *numbers, uint32_t length) {
    if (length > 1) qsort(numbers, length, sizeof *numbers, by_number);
}
