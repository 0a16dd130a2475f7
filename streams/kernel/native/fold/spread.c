/* How unsteady the weeks are: the dispersion of scoring.state.past_windows and the volatility of
 * scoring.state.daily_totals. Squares are exact, as Python's integers are; a quotient and a root round once. */
#include "fold.h"

#include <math.h>

#include "../core/exact.h"

#define WEEKS_MIN 4 /* the least number of weeks that have a dispersion */

typedef struct {
    Whole total, squares;
} Moments;

static void note_total(Moments *moments, int64_t total) {
    moments->total = whole_sum(moments->total, total);
    moments->squares = whole_sum(moments->squares, whole_product(total, total));
}

/* n Σx² - (Σx)². */
static Whole spread_of(const Moments *moments, Whole number) {
    return whole_sum(whole_product(number, moments->squares), -whole_product(moments->total, moments->total));
}

double dispersion_of(const int64_t *sums, uint32_t length) {
    Moments moments = {0, 0};
    Whole varied = 0, number = (length + 6) / 7;
    for (int64_t each = (int64_t)length - 1; each >= 0; each -= 7) {
        note_total(&moments, sums[each]);
        if (each < 7) break;
        Whole change = sums[each] - sums[each - 7];
        varied = whole_sum(varied, whole_product(change, change));
    }
    if (number < WEEKS_MIN || !moments.total) return 1.0;
    Whole weighed = whole_product(moments.total, number - 1);
    double around_mean = ratio_of(spread_of(&moments, number), weighed);
    return fmin(around_mean, ratio_of(whole_product(number, varied), whole_product(2, weighed)));
}

/* sqrt(n Σx² - (Σx)²) / Σx over the last whole weeks; unknown while the account is younger than they are, and when all are
 * empty. */
double past_volatility(const Plan *plan, const Account *account, uint32_t daily, int64_t weeks) {
    (void)plan;
    const Totals *totals = account->totals + daily;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    if (floor_div(account->first_ms, DAY_MS) > today - 7 * weeks) return NAN;
    Moments moments = {0, 0};
    int64_t week = weeks, sum = 0;
    for (uint32_t each = place_in(totals->days, totals->length, today - 7 * weeks); each < totals->length; each++) {
        if (totals->days[each] >= today) break;
        int64_t its_week = (today - 1 - totals->days[each]) / 7;
        if (its_week != week) note_total(&moments, sum);
        sum = (its_week == week ? sum : 0) + totals->totals[each];
        week = its_week;
    }
    note_total(&moments, sum);
    if (!moments.total) return NAN;
    return sqrt((double)spread_of(&moments, weeks)) / (double)moments.total;
}
