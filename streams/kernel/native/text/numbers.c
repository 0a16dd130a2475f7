/* JSON numbers. Those of at most 15 digits and a small power of ten are converted exactly as Python does: digits and power
 * are exact doubles, so one rounding is the right one; and their shortest text has just these digits. */
#include "texts.h"

#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 15 /* any two such decimals are different doubles */
#define POWER_MAX 22  /* ten to this power is exact */
#define MODEST_DIGITS 40
#define MODEST_POWER_DIGITS 2
#define WHOLE_MAX ((uint64_t)1 << 53)

static const double POWERS[POWER_MAX + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* What was read so far: digits from the first that is not 0. */
typedef struct {
    const char *at, *end;
    uint64_t digits;
    int32_t significant, scale;
} Scan;

/* Reads at least one digit. */
static bool read_digits(Scan *scan, bool is_fraction) {
    const char *first = scan->at;
    for (; scan->at < scan->end && (uint8_t)(*scan->at - '0') <= 9; scan->at++) {
        uint8_t digit = (uint8_t)(*scan->at - '0');
        if (scan->significant || digit) scan->significant++;
        if (scan->significant <= 19) scan->digits = scan->digits * 10 + digit;
        if (is_fraction) scan->scale--;
    }
    return scan->at > first;
}

static bool read_power(Scan *scan, bool *is_modest) {
    bool is_negative = false;
    int32_t power = 0;
    if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-')) is_negative = *scan->at++ == '-';
    const char *first = scan->at;
    for (; scan->at < scan->end && (uint8_t)(*scan->at - '0') <= 9; scan->at++) {
        if (scan->at - first < MODEST_POWER_DIGITS) power = power * 10 + (*scan->at - '0');
    }
    if (scan->at - first > MODEST_POWER_DIGITS) *is_modest = false;
    scan->scale += is_negative ? -power : power;
    return scan->at > first;
}

static void convert(Number *number, const Scan *scan) {
    number->digits = scan->digits;
    number->scale = scan->scale;
    if (!number->is_real) {
        number->is_exact = scan->significant <= 16 && scan->digits <= WHOLE_MAX;
        if (!number->is_exact) return;
        number->whole = number->is_negative ? -(int64_t)scan->digits : (int64_t)scan->digits;
        number->real = (double)number->whole;
        return;
    }
    int32_t scale = scan->significant ? scan->scale : 0;
    number->is_exact = number->is_modest && scan->significant <= DIGITS_MAX && scale >= -POWER_MAX && scale <= POWER_MAX;
    if (!number->is_exact) return;
    double real = (double)scan->digits;
    real = scale < 0 ? real / POWERS[-scale] : real * POWERS[scale];
    number->real = number->is_negative ? -real : real;
}

const char *read_number(const char *at, const char *end, Number *number) {
    Scan scan = {at, end, 0, 0, 0};
    *number = (Number){.is_modest = true};
    if (scan.at < end && *scan.at == '-') {
        number->is_negative = true;
        scan.at++;
    }
    bool begins_with_zero = scan.at < end && *scan.at == '0';
    const char *first = scan.at;
    if (!read_digits(&scan, false) || (begins_with_zero && scan.at - first > 1)) return NULL;
    if (scan.at < end && *scan.at == '.') {
        scan.at++;
        number->is_real = true;
        if (!read_digits(&scan, true)) return NULL;
    }
    if (scan.at - first > MODEST_DIGITS) number->is_modest = false;
    if (scan.at < end && (*scan.at == 'e' || *scan.at == 'E')) {
        scan.at++;
        number->is_real = true;
        if (!read_power(&scan, &number->is_modest)) return NULL;
    }
    convert(number, &scan);
    return scan.at;
}

Text whole_text(int64_t whole, char *room) {
    int length = snprintf(room, NUMBER_ROOM, "%lld", (long long)whole);
    return (Text){room, (uint32_t)length};
}

/* repr() of a float: the digits without zeros at their end, with a power of ten below 1e-4 and from 1e16. */
Text real_text(const Number *number, char *room) {
    char digits[24];
    uint64_t value = number->digits;
    int32_t scale = number->scale;
    if (!value) return (Text){room, (uint32_t)snprintf(room, NUMBER_ROOM, "%s0.0", number->is_negative ? "-" : "")};
    while (value % 10 == 0) {
        value /= 10;
        scale++;
    }
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    int point = count + scale; /* digits before the point */
    const char *sign = number->is_negative ? "-" : "";
    int length;
    if (point > 16 || point < -3) {
        length = snprintf(room, NUMBER_ROOM, "%s%c%s%se%+03d", sign, digits[0], count > 1 ? "." : "", digits + 1, point - 1);
    } else if (point <= 0) {
        length = snprintf(room, NUMBER_ROOM, "%s0.%.*s%s", sign, -point, "000", digits);
    } else if (count > point) {
        length = snprintf(room, NUMBER_ROOM, "%s%.*s.%s", sign, point, digits, digits + point);
    } else {
        length = snprintf(room, NUMBER_ROOM, "%s%s%.*s.0", sign, digits, point - count, "0000000000000000");
    }
    return (Text){room, (uint32_t)length};
}
