/* How unsteady the weeks are: the dispersion of scoring.state.past_windows and the volatility of
 * scoring.state.daily_totals. Squares are exact, as Python's integers are; a quotient and a root round once. */
#include "spread.h"

#include <math.h>

#include "../core/exact.h"
#include "fold.h"

#define WEEKS_MIN 4 /* the least number of weeks that have a dispersion */

/* Of totals that come one after another: Σx, Σx², and Σ(difference to the one before)². */
typedef struct {
    int64_t number, latest;
    Whole total, squares, varied;
} Spread;

static Whole square_of(int64_t number) { return (Whole)number * number; }

static void note_total(Spread *spread, int64_t total) {
    if (spread->number++) spread->varied = whole_sum(spread->varied, square_of(total - spread->latest));
    spread->latest = total;
    spread->total += total;
    spread->squares = whole_sum(spread->squares, square_of(total));
}

/* The spread of the last `weeks` weeks of which the latest ends with `end`. */
static Spread spread_of(const Totals *totals, int64_t weeks, int64_t end) {
    Spread spread = {.number = 0};
    int64_t ends = end - 7 * (weeks - 1);
    uint32_t place = place_of_day(totals, ends - 6);
    for (; ends <= end; ends += 7) {
        int64_t sum = 0;
        for (; place < totals->length && totals->days[place] <= ends; place++) sum += totals->totals[place];
        note_total(&spread, sum);
    }
    return spread;
}

/* n Σx² - (Σx)². */
static Whole around_mean(const Spread *spread) {
    return whole_sum(whole_product(spread->number, spread->squares), -whole_product(spread->total, spread->total));
}

double dispersion_of(const Totals *totals, int64_t weeks, int64_t end) {
    if (weeks < WEEKS_MIN) return 1.0;
    Spread spread = spread_of(totals, weeks, end);
    if (!spread.total) return 1.0;
    Whole weighed = whole_product(spread.total, spread.number - 1);
    double varied = ratio_of(whole_product(spread.number, spread.varied), whole_product(2, weighed));
    return fmin(ratio_of(around_mean(&spread), weighed), varied);
}

/* sqrt(n Σx² - (Σx)²) / Σx over the last whole weeks, up to yesterday; unknown while the account is younger than they are,
 * and when all are empty. */
double past_volatility(const Plan *plan, const Account *account, uint32_t daily, int64_t weeks) {
    (void)plan;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    if (floor_div(account->first_ms, DAY_MS) > today - 7 * weeks) return NAN;
    Spread spread = spread_of(account->totals + daily, weeks, today - 1);
    return spread.total ? sqrt((double)around_mean(&spread)) / (double)spread.total : (double)NAN;
}
