/* How unsteady the weeks are: the dispersion of scoring.state.past_windows and the volatility of
 * scoring.state.daily_totals. Squares are exact, as Python's integers are; a quotient and a root round once. */
#include "spread.h"

#include <math.h>

#include "fold.h"

#define WEEKS_MIN 4 /* the least number of weeks that have a dispersion */

static Whole square_of(int64_t number) { return (Whole)number * number; }

void spread_note(Spread *spread, int64_t total) {
    if (spread->number++) spread->varied = whole_sum(spread->varied, square_of(total - spread->latest));
    spread->latest = total;
    spread->total += total;
    spread->squares = whole_sum(spread->squares, square_of(total));
}

/* n Σx² - (Σx)². */
static Whole around_mean(const Spread *spread, int64_t number) {
    return whole_sum(whole_product(number, spread->squares), -whole_product(spread->total, spread->total));
}

double dispersion_of(const Spread *spread) {
    if (spread->number < WEEKS_MIN || !spread->total) return 1.0;
    Whole weighed = whole_product(spread->total, spread->number - 1);
    double varied = ratio_of(whole_product(spread->number, spread->varied), whole_product(2, weighed));
    return fmin(ratio_of(around_mean(spread, spread->number), weighed), varied);
}

/* sqrt(n Σx² - (Σx)²) / Σx over the last whole weeks; unknown while the account is younger than they are, and when all are
 * empty. */
double past_volatility(const Plan *plan, const Account *account, uint32_t daily, int64_t weeks) {
    (void)plan;
    const Totals *totals = account->totals + daily;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    if (floor_div(account->first_ms, DAY_MS) > today - 7 * weeks) return NAN;
    Spread spread = {.number = 0};
    int64_t week = weeks, sum = 0;
    for (uint32_t each = place_in(totals->days, totals->length, today - 7 * weeks); each < totals->length; each++) {
        if (totals->days[each] >= today) break;
        int64_t its_week = (today - 1 - totals->days[each]) / 7;
        if (its_week != week) spread_note(&spread, sum);
        sum = (its_week == week ? sum : 0) + totals->totals[each];
        week = its_week;
    }
    spread_note(&spread, sum);
    if (!spread.total) return NAN;
    return sqrt((double)around_mean(&spread, weeks)) / (double)spread.total;
}
