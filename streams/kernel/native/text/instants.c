/* Instants as SQL prints them: scoring.instants.plain_instant. */
#include "texts.h"

#define DAYS_OF_400_YEARS 146097
#define DAYS_TO_1970 719468 /* from 1 March of the year 0 */

static char *put_digits(char *at, int64_t number, int digits) {
    for (int place = digits - 1; place >= 0; place--, number /= 10) at[place] = (char)('0' + number % 10);
    return at + digits;
}

/* A date, by H. Hinnant's `civil_from_days`: years that begin in March have their odd day at the end. */
static char *put_date(char *at, int64_t day) {
    int64_t from_march = day + DAYS_TO_1970, era = from_march / DAYS_OF_400_YEARS;
    int64_t in_era = from_march % DAYS_OF_400_YEARS;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / (DAYS_OF_400_YEARS - 1)) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;
    at = put_digits(at, 400 * era + year + (month >= 10), 4);
    *at++ = '-';
    at = put_digits(at, month < 10 ? month + 3 : month - 9, 2);
    *at++ = '-';
    return put_digits(at, in_year - (153 * month + 2) / 5 + 1, 2);
}

Text instant_text(int64_t at_ms, char *room) {
    int64_t in_day = at_ms % DAY_MS;
    char *at = put_date(room, at_ms / DAY_MS);
    *at++ = ' ';
    at = put_digits(at, in_day / HOUR_MS, 2);
    *at++ = ':';
    at = put_digits(at, in_day / 60000 % 60, 2);
    *at++ = ':';
    at = put_digits(at, in_day / 1000 % 60, 2);
    if (at_ms % 1000) {
        *at++ = '.';
        at = put_digits(at, at_ms % 1000, 3);
    }
    return (Text){room, (uint32_t)(at - room)};
}
