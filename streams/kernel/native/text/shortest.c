/* Real numbers in the fewest digits that are read as the same number. R. Giulietti, "The Schubfach way to render doubles", 2021.
 * Written as JSON as msgspec does: with a point, or with an exponent where that is far away. */
#include "texts.h"

#include <string.h>

#define LEAST_POWER (-292)
#define GREATEST_POWER 324
#define LIMBS 44 /* of 32 bits: the powers up to 10^324, and room for a hundred bits behind one of 10^-292 */
#define SIGNIFICAND_BITS 52
#define EXPONENT_MAX 0x7ff
#define BIAS 1075
#define FIXED_LEAST (-5) /* the point stands so many digits before the first one, or less */
#define FIXED_MOST 16

typedef unsigned __int128 Wide;

typedef struct {
    uint64_t digits;
    int32_t exponent;
} Decimal;

/* 10^power × 2^-n, its 128 highest bits, rounded up. */
static Wide powers[GREATEST_POWER - LEAST_POWER + 1];

/* The 128 highest bits of a number of limbs, the lowest limb first; one more when there are others below, as `is_cut` says. */
static Wide highest_bits(const uint32_t *limbs, bool is_cut) {
    int32_t top = LIMBS - 1, shift = 0;
    while (!limbs[top]) top--;
    while (!(limbs[top] << shift >> 31)) shift++;
    Wide found = 0;
    for (int32_t limb = top; limb > top - 4; limb--) found = found << 32 | (limb < 0 ? 0 : limbs[limb]);
    uint32_t next = top < 4 ? 0 : limbs[top - 4];
    found = found << shift | (shift ? next >> (32 - shift) : 0);
    bool is_exact = !is_cut && !(uint32_t)(next << shift);
    for (int32_t limb = top - 5; limb >= 0; limb--) is_exact = is_exact && !limbs[limb];
    return found + !is_exact;
}

__attribute__((constructor)) static void fill_powers(void) {
    uint32_t limbs[LIMBS] = {1};
    for (int32_t power = 0; power <= GREATEST_POWER; power++) {
        powers[power - LEAST_POWER] = highest_bits(limbs, false);
        uint64_t carry = 0;
        for (uint32_t limb = 0; limb < LIMBS; limb++) {
            carry += (uint64_t)limbs[limb] * 10;
            limbs[limb] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    memset(limbs, 0, sizeof limbs);
    limbs[LIMBS - 1] = 1;
    for (int32_t power = -1; power >= LEAST_POWER; power--) {
        uint64_t rest = 0;
        for (int32_t limb = LIMBS - 1; limb >= 0; limb--) {
            rest = rest << 32 | limbs[limb];
            limbs[limb] = (uint32_t)(rest / 10);
            rest %= 10;
        }
        powers[power - LEAST_POWER] = highest_bits(limbs, true);
    }
}

/* The highest 64 bits of power × number, with the lowest of them set when there are others below. */
static uint64_t rounded_to_odd(Wide power, uint64_t number) {
    Wide low = (Wide)(uint64_t)power * number, high = (Wide)(uint64_t)(power >> 64) * number + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

static Decimal shortest(uint64_t significand, int32_t exponent) {
    uint64_t whole = exponent ? significand | (uint64_t)1 << SIGNIFICAND_BITS : significand;
    int32_t scale = exponent ? exponent - BIAS : 1 - BIAS;
    if (scale <= 0 && scale > -SIGNIFICAND_BITS - 1 && !(whole & (((uint64_t)1 << -scale) - 1)))
        return (Decimal){whole >> -scale, 0};
    bool is_odd = whole & 1, is_near = !significand && exponent > 1;
    int32_t k = (scale * 1262611 - (is_near ? 524031 : 0)) >> 22;
    int32_t shift = scale + ((-k * 1741647) >> 19) + 1;
    Wide power = powers[-k - LEAST_POWER];
    uint64_t lower = rounded_to_odd(power, (4 * whole - 2 + is_near) << shift) + is_odd;
    uint64_t middle = rounded_to_odd(power, 4 * whole << shift);
    uint64_t upper = rounded_to_odd(power, (4 * whole + 2) << shift) - is_odd;
    uint64_t s = middle / 4, tens = s / 10;
    bool is_below = lower <= 40 * tens, is_above = 40 * tens + 40 <= upper;
    if (s >= 10 && is_below != is_above) return (Decimal){tens + is_above, k + 1};
    is_below = lower <= 4 * s;
    is_above = 4 * s + 4 <= upper;
    if (is_below != is_above) return (Decimal){s + is_above, k};
    uint64_t half = 4 * s + 2;
    return (Decimal){s + (middle > half || (middle == half && (s & 1))), k};
}

static char *put_zeros(char *at, int32_t number) {
    memset(at, '0', (size_t)number);
    return at + number;
}

static char *put_some(char *at, const char *digits, int32_t number) {
    memcpy(at, digits, (size_t)number);
    return at + number;
}

/* Digits with the point after `point` of them, which may be before or behind them all. */
static char *put_fixed(char *at, const char *digits, int32_t length, int32_t point) {
    if (point <= 0) {
        at = put_zeros(put_some(at, "0.", 2), -point);
        return put_some(at, digits, length);
    }
    if (point >= length) return put_some(put_zeros(put_some(at, digits, length), point - length), ".0", 2);
    at = put_some(put_some(at, digits, point), ".", 1);
    return put_some(at, digits + point, length - point);
}

static char *put_with_exponent(char *at, const char *digits, int32_t length, int32_t exponent) {
    at = put_some(at, digits, 1);
    if (length > 1) at = put_some(put_some(at, ".", 1), digits + 1, length - 1);
    *at++ = 'e';
    if (exponent < 0) *at++ = '-';
    uint32_t rest = (uint32_t)(exponent < 0 ? -exponent : exponent);
    if (rest >= 100) *at++ = (char)('0' + rest / 100);
    if (rest >= 10) *at++ = (char)('0' + rest / 10 % 10);
    *at++ = (char)('0' + rest % 10);
    return at;
}

char *put_shortest(char *at, double real) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    uint64_t significand = bits & (((uint64_t)1 << SIGNIFICAND_BITS) - 1);
    int32_t exponent = (int32_t)(bits >> SIGNIFICAND_BITS & EXPONENT_MAX), length = 0;
    if (exponent == EXPONENT_MAX) return put_some(at, "null", 4);
    if (bits >> 63) *at++ = '-';
    if (!exponent && !significand) return put_some(at, "0.0", 3);
    Decimal decimal = shortest(significand, exponent);
    while (decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.exponent++;
    }
    char room[20], *first = room + sizeof room;
    for (; decimal.digits; decimal.digits /= 10, length++) *--first = (char)('0' + decimal.digits % 10);
    int32_t point = length + decimal.exponent;
    if (point > FIXED_LEAST && point <= FIXED_MOST) return put_fixed(at, first, length, point);
    return put_with_exponent(at, first, length, point - 1);
}
