/* Judgements along a line: of a value, of a change, of days since something that is due: scoring.plan.components.lines,
 * scoring.model.interpolation. */
#include "shapes.h"

/* The value at `x` of the line through points, which are sorted by x; flat beyond the first and last. */
double along(const Point *points, uint32_t length, double x) {
    double left = points[0].x, low = points[0].y;
    if (x <= left) return low;
    for (uint32_t each = 0; each < length; each++) {
        double right = points[each].x, high = points[each].y;
        if (x <= right) return low + (high - low) * (x - left) / (right - left);
        left = right;
        low = high;
    }
    return low;
}

/* `flat` and its way to 100 × change / rise, or to 0 × change / fall, where change is (window - prior) / prior. */
double judge_trend(const Basis *basis, const ComponentOf *component) {
    double now = number_of(basis, component->a), before = number_of(basis, component->b);
    if (isnan(now) || isnan(before) || before < 0.0 || (now == 0.0 && before == 0.0)) return NAN;
    if (age_ms(basis->plan, basis->account) < component->n) return NAN;
    if (before == 0.0) return now > 0.0 ? 100.0 : 0.0;
    double fall = component->x, rise = component->y, flat = component->z;
    double change = (now - before) / before;
    double way = change >= 0.0 ? (100.0 - flat) * change / rise : flat * change / fall;
    return bounded(flat + way, 0.0);
}

/* Piecewise linear in a value, or in 100 × (value + more) / (per + more of it). */
double judge_linear(const Basis *basis, const ComponentOf *component) {
    double x = number_of(basis, component->a);
    if (isnan(x)) return NAN;
    if (component->b >= 0) {
        double more = component->x, more_per = component->y;
        double whole = number_of(basis, component->b) + more_per;
        if (isnan(whole) || whole == 0.0 || (more_per != 0.0 && whole <= 0.0)) return NAN;
        x = 100.0 * (x + more) / whole;
    }
    return along(component->points, component->points_length, x);
}

/* 100 until `due` days, falling to 0 at `lapse`. */
double judge_cadence(const Basis *basis, const ComponentOf *component) {
    double days = number_of(basis, component->a);
    double due = component->x, lapse = component->y, never = component->z;
    if (isnan(days)) return never;
    if (days <= due) return 100.0;
    return days >= lapse ? 0.0 : 100.0 * (lapse - days) / (lapse - due);
}
