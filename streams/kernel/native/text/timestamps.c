/* Dates and times to milliseconds since 1970. */
#include "texts.h"

#define MINUTE_MS ((int64_t)60000)
#define YEAR_MIN 1971 /* with any offset it is far from the ends of Python's calendar */
#define YEAR_MAX 9998

typedef struct {
    const char *at, *end;
} Clock;

/* A number of `count` digits, -1 for none. */
static int digits(Clock *clock, int count) {
    int found = 0;
    if (clock->end - clock->at < count) return -1;
    for (int i = 0; i < count; i++) {
        uint8_t digit = (uint8_t)(*clock->at++ - '0');
        if (digit > 9) return -1;
        found = found * 10 + digit;
    }
    return found;
}

static bool mark(Clock *clock, char wanted) {
    if (clock->at == clock->end || *clock->at != wanted) return false;
    clock->at++;
    return true;
}

static bool either(Clock *clock, char one, char other) { return mark(clock, one) || mark(clock, other); }

/* Days since 1970 of a date of the Gregorian calendar, by the algorithm of Howard Hinnant (days_from_civil). */
static int64_t days_of(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = floor_div(year, 400), of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool date(Clock *clock, int64_t *day) {
    static const int LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = digits(clock, 4);
    if (year < YEAR_MIN || year > YEAR_MAX || !mark(clock, '-')) return false;
    int month = digits(clock, 2);
    if (month < 1 || month > 12 || !mark(clock, '-')) return false;
    int of_month = digits(clock, 2);
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (of_month < 1 || of_month > LENGTHS[month - 1] + (month == 2 && is_leap)) return false;
    *day = days_of(year, month, of_month);
    return true;
}

/* Hours, minutes and seconds, in milliseconds. */
static bool time_of_day(Clock *clock, int64_t *ms) {
    int hour = digits(clock, 2);
    if (hour < 0 || hour > 23 || !mark(clock, ':')) return false;
    int minute = digits(clock, 2);
    if (minute < 0 || minute > 59 || !mark(clock, ':')) return false;
    int second = digits(clock, 2);
    if (second < 0 || second > 59) return false;
    *ms = (hour * 60 + minute) * MINUTE_MS + second * 1000;
    return true;
}

/* The fraction of a second in microseconds, from the point on; `next` is the first digit that is cut off, 0 for none. */
static bool fraction(Clock *clock, int64_t *micros, int *next, int *count) {
    *micros = 0;
    *next = *count = 0;
    if (!mark(clock, '.')) return true;
    for (; clock->at < clock->end && (uint8_t)(*clock->at - '0') <= 9; clock->at++, ++*count) {
        int digit = *clock->at - '0';
        if (*count < 6) *micros = *micros * 10 + digit;
        if (*count == 6) *next = digit;
    }
    for (int i = *count; i < 6; i++) *micros *= 10;
    return *count > 0;
}

/* What follows a time: Z, an offset of hours and minutes with or without a colon, or nothing. In milliseconds. */
static bool zone(Clock *clock, int64_t *ms) {
    *ms = 0;
    if (clock->at == clock->end || either(clock, 'Z', 'z')) return clock->at == clock->end;
    bool is_negative = *clock->at == '-';
    if (!either(clock, '+', '-')) return false;
    int hours = digits(clock, 2);
    if (hours < 0 || hours > 23) return false;
    mark(clock, ':');
    int minutes = digits(clock, 2);
    if (minutes < 0 || minutes > 59) return false;
    *ms = (hours * 60 + minutes) * (is_negative ? -MINUTE_MS : MINUTE_MS);
    return clock->at == clock->end;
}

bool rfc3339_ms(Text text, int64_t *into) {
    Clock clock = {text.bytes, text.bytes + text.length};
    int64_t day, ms, micros, offset;
    int next, count;
    if (!date(&clock, &day) || !(either(&clock, 'T', 't') || mark(&clock, ' ')) || !time_of_day(&clock, &ms)) return false;
    if (!fraction(&clock, &micros, &next, &count) || !zone(&clock, &offset)) return false;
    *into = day * DAY_MS + ms - offset + (micros + (next >= 5)) / 1000; /* msgspec rounds to microseconds */
    return true;
}

bool written_ms(Text text, int64_t *into) {
    Clock clock = {text.bytes, text.bytes + text.length};
    int64_t day, ms = 0, micros = 0, offset = 0;
    int next, count;
    if (!date(&clock, &day)) return false;
    if (clock.at < clock.end) {
        if (!(either(&clock, 'T', 't') || mark(&clock, ' ')) || !time_of_day(&clock, &ms)) return false;
        if (!fraction(&clock, &micros, &next, &count) || count > 9 || !zone(&clock, &offset)) return false;
    }
    *into = day * DAY_MS + ms - offset + micros / 1000; /* digits beyond microseconds are cut off */
    return true;
}
