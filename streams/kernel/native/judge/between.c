/* Scores between two numbers of the same event, from those at both: a bound from above, for a component is judged along a
 * line, and along it a count goes one way. */
#include "judge.h"

#include <math.h>

#define MARGIN 1e-6 /* of a point: far above what rounding makes of some hundred numbers up to 100 */

typedef struct {
    const Plan *plan;
    const ScorePlanOf *score_plan;
    Account *low, *high;
} Between;

/* How a signal goes as the same event is counted more often: as it was; along a straight line; up or down; in any way. */
typedef enum { STANDS, STRAIGHT, ONE_WAY, ANY_WAY } Course;

static Course most_of(Course one, Course other) { return one > other ? one : other; }

static Course course_of_kind(const Between *between, const SignalOf *signal) {
    switch (signal->kind) {
    case SIGNAL_COUNT:
    case SIGNAL_SUM: return STRAIGHT;
    case SIGNAL_MEAN: return ONE_WAY;
    case SIGNAL_PEAK:
    case SIGNAL_VOLATILITY:
    case SIGNAL_EXPECTED:
    case SIGNAL_DIFFERENCE: return ANY_WAY;
    case SIGNAL_SEASON:
    case SIGNAL_USUAL:
    case SIGNAL_AVERAGE:
    case SIGNAL_DISPERSION:
    case SIGNAL_KNOWN_WEEKS: /* of days before today, mostly */
        return between->plan->daily[between->plan->past_windows[signal->a].daily].lag > 0 ? STANDS : ANY_WAY;
    default: return STANDS; /* of the latest, of days, of items, of distinct values: once is as often */
    }
}

static double number_in(const Between *between, Account *account, int64_t signal) {
    return signal_number(between->plan, between->score_plan, account, (uint32_t)signal);
}

/* The same number at both ends of one way is the number all along it. */
static Course course_of(const Between *between, int64_t number) {
    const SignalOf *signals = between->score_plan->signals, *signal = &signals[number];
    Course course = course_of_kind(between, signal);
    if (signal->kind == SIGNAL_DIFFERENCE || signal->kind == SIGNAL_EXPECTED) {
        course = most_of(course_of_kind(between, &signals[signal->a]), course_of_kind(between, &signals[signal->b]));
        for (uint32_t part = 0; part < signal->parts.length; part++)
            course = most_of(course, course_of_kind(between, &signals[signal->parts.items[part]]));
        Course simple = signal->kind == SIGNAL_DIFFERENCE ? STRAIGHT : STANDS;
        if (course > simple) return ANY_WAY;
    }
    if (course != STRAIGHT && course != ONE_WAY) return course;
    double low = number_in(between, between->low, number), high = number_in(between, between->high, number);
    if (isnan(low) || isnan(high)) return isnan(low) && isnan(high) ? STANDS : ANY_WAY;
    return low == high ? STANDS : course;
}

static bool all_stand(const Between *between, const Conditions *conditions) {
    for (uint32_t each = 0; each < conditions->length; each++)
        if (course_of(between, conditions->items[each].signal) != STANDS) return false;
    return true;
}

/* Whether the way through points goes up only, or down only. */
static bool is_one_way(const ComponentOf *component) {
    bool rises = true, falls = true;
    for (uint32_t each = 1; each < component->points_length; each++) {
        rises = rises && component->points[each].y >= component->points[each - 1].y;
        falls = falls && component->points[each].y <= component->points[each - 1].y;
    }
    return rises || falls;
}

/* What a component is judged by beside its shape, and by how many factors of evidence more than one goes. */
static bool is_judged_one_way(const Between *between, const ComponentOf *component) {
    if (component->needs >= 0 && course_of(between, component->needs) != STANDS) return false;
    for (uint32_t each = 0; each < component->exceptions_length; each++)
        if (!all_stand(between, &component->exceptions[each].when)) return false;
    bool has_one = false;
    for (uint32_t each = 0; each < component->factors_length; each++) {
        Course course = course_of(between, component->factors[each].signal);
        if (course == STANDS) continue;
        if (has_one || course == ANY_WAY) return false;
        has_one = true;
    }
    return true;
}

/* Whether the ratio of two straight ways has no pole: what it is divided by is above 0 at both ends. */
static bool has_ratio(const Between *between, const ComponentOf *component) {
    if (course_of(between, component->b) > STRAIGHT) return false;
    return number_in(between, between->low, component->b) + component->y > 0.0 &&
           number_in(between, between->high, component->b) + component->y > 0.0;
}

static bool stands_or_none(const Between *between, int64_t signal) {
    return signal < 0 || course_of(between, signal) == STANDS;
}

/* Whether a component's judgement and its evidence each lie between those at both ends. With no judgement at either end
 * (`is_known` is false) there is none all along. */
static bool is_enclosed(const Between *between, const ComponentOf *component, bool is_known) {
    bool is_line = component->kind == SHAPE_LINEAR, is_usual = component->kind == SHAPE_VS_USUAL;
    if (!is_line && !is_usual) return false;
    if (!is_one_way(component) || !is_judged_one_way(between, component)) return false;
    Course course = course_of(between, component->a);
    if (stands_or_none(between, component->b) && (is_line || stands_or_none(between, component->c)))
        return course <= STRAIGHT || (course == ONE_WAY && is_known);
    return is_line && is_known && course <= STRAIGHT && has_ratio(between, component);
}

/* The highest judgement that a component can have, whatever its signals are. */
static double highest(const ScorePlanOf *score_plan, const ComponentOf *component) {
    bool is_line = component->kind == SHAPE_LINEAR || component->kind == SHAPE_VS_USUAL;
    double most = is_line ? component->points[0].y : fmax(100.0, component->z);
    for (uint32_t each = 1; each < component->points_length; each++) most = fmax(most, component->points[each].y);
    for (uint32_t each = 0; each < component->exceptions_length; each++)
        most = fmax(most, component->exceptions[each].judgement);
    for (uint32_t part = 0; part < component->parts.length; part++)
        most = fmax(most, highest(score_plan, &score_plan->components[component->parts.items[part]]));
    for (uint32_t text = 0; component->kind == SHAPE_CATEGORY && text < component->texts_length; text++)
        most = fmax(most, component->weights.items[text]);
    return most;
}

/* The most that a component can put to the sum below: weight x evidence x (judgement - bound), with emphasis. */
static double most_above(const Between *between, const ComponentOf *component, uint32_t number, double bound) {
    const Judged *low = score_judged(between->low->scores, 0), *high = score_judged(between->high->scores, 0);
    double one = low->judgements[number], other = high->judgements[number];
    double more = between->score_plan->emphasis - 1.0;
    bool is_known = !isnan(one) && !isnan(other), is_unknown = isnan(one) && isnan(other);
    if ((!is_known && !is_unknown) || !is_enclosed(between, component, is_known)) {
        double above = highest(between->score_plan, component) - bound;
        return above > 0.0 ? (1.0 + more) * above : 0.0;
    }
    if (is_unknown) return 0.0;
    double above = fmax(one, other) - bound;
    double evidence = above > 0.0 ? fmax(low->evidence[number], high->evidence[number])
                                  : fmin(low->evidence[number], high->evidence[number]);
    return evidence * (above > 0.0 ? 1.0 + more : 1.0) * above; /* emphasis lies between 1 and 1 + more */
}

/* The score reaches the bound where the sum of weight x evidence x emphasis x (judgement - bound) is not below 0. */
static bool may_reach_by(const Between *between, const WeightsOf *weights, Bits changing, double bound) {
    const ScorePlanOf *score_plan = between->score_plan;
    const Judged *judged = score_judged(between->low->scores, 0);
    double sum = score_plan->constant * (score_plan->neutral - bound), whole = score_plan->constant;
    double more = score_plan->emphasis - 1.0;
    for (uint32_t number = 0; number < score_plan->components_length; number++) {
        const ComponentOf *component = &score_plan->components[number];
        double weight = weights->weights.items[number], judgement = judged->judgements[number];
        if (weight < 0.0) return true;
        if (weight == 0.0) continue;
        whole += weight * score_plan->emphasis;
        if (changing & component->bit)
            sum += weight * most_above(between, component, number, bound);
        else if (!isnan(judgement))
            sum += weight * judged->evidence[number] * (1.0 + more - more * judgement / 100.0) * (judgement - bound);
    }
    return !(sum < -MARGIN * whole);
}

bool score_has_bounds(const Plan *plan) {
    const ScorePlanOf *primary = &plan->score_plans[0];
    return primary->is_weighed && primary->constant > 0.0 && primary->emphasis >= 1.0;
}

bool score_may_reach_between(const Plan *plan, Account *low, Account *high, Bits changing, double bound) {
    const ScorePlanOf *primary = &plan->score_plans[0];
    const Evaluation *one = score_held(low->scores, 0), *other = score_held(high->scores, 0);
    if (!score_has_bounds(plan) || !(bound > 0.0 && bound <= 100.0) || !one->exists || !other->exists) return true;
    Between between = {plan, primary, low, high};
    bool stands = !(changing & primary->conditions_bit);
    for (uint32_t each = 0; each < primary->profiles_length && !stands; each++)
        stands = all_stand(&between, &primary->profiles[each].when);
    if (!stands || one->weights != other->weights) return true;
    const WeightsOf *weights = one->weights < 0 ? &primary->own : &primary->profiles[one->weights];
    return may_reach_by(&between, weights, changing & ~score_frozen(low->scores), bound);
}
