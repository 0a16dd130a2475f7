/* Steps of a fork through silence: the timers of `next_due`, of days only those on which something is judged otherwise. */
#include "steps.h"

#include <math.h>

static JudgedDays both(JudgedDays one, JudgedDays other) {
    return (JudgedDays){fmin(one.from, other.from), fmax(one.until, other.until)};
}

/* Those of all signals of the primary model that are of a kind and read `number`. */
static JudgedDays days_of(const ScorePlanOf *primary, SignalKind kind, int64_t number) {
    JudgedDays days = {INFINITY, -INFINITY};
    for (uint32_t each = 0; each < primary->signals_length; each++)
        if (primary->signals[each].kind == kind && primary->signals[each].a == number)
            days = both(days, judged_days(primary, each));
    return days;
}

Steps steps_of(const Plan *plan) {
    const ScorePlanOf *primary = &plan->score_plans[0];
    uint32_t silences = plan->silence_slots.length;
    JudgedDays *days = take_memory((size_t)silences + plan->items_length, sizeof *days);
    Steps steps = {plan, days, days + silences};
    for (uint32_t each = 0; each < silences; each++)
        steps.silences[each] = days_of(primary, SIGNAL_SINCE_LAST, plan->silence_slots.items[each]);
    for (uint32_t each = 0; each < plan->items_length; each++)
        steps.oldest[each] = days_of(primary, SIGNAL_OPEN_OLDEST, each);
    return steps;
}

void steps_free(Steps *steps) { give_memory(steps->silences); }

/* The first bucket at which as many days have passed since one as are judged otherwise than those before. */
static int64_t next_judged_day(const Plan *plan, JudgedDays judged, int64_t since, int64_t now) {
    int64_t a_day = plan->buckets_a_day, day = greatest(0, now - since) / a_day + 1;
    if ((double)day > judged.until) return FAR;
    if (judged.from > (double)day) {
        if (judged.from > 1e6) return FAR; /* thousands of years */
        day = (int64_t)judged.from;
    }
    return since + day * a_day;
}

static int64_t next_silence(const Steps *steps, const Account *fork) {
    const Plan *plan = steps->plan;
    int64_t due = FAR;
    for (uint32_t each = 0; each < plan->silence_slots.length; each++) {
        int64_t at = fork->latest_at[plan->silence_slots.items[each]];
        if (at < 0) continue;
        due = least(due, next_judged_day(plan, steps->silences[each], at / plan->resolution_ms, fork->current_bucket));
    }
    return due;
}

/* Of open items the oldest alone is counted in days; each leaves by itself at the end of its span. */
static int64_t next_of_items(const Steps *steps, Account *fork, uint32_t number) {
    const Plan *plan = steps->plan;
    const ItemsOf *of = &plan->items[number];
    const Items *items = &fork->items[number];
    if (of->is_times) return items_next_due(plan, fork, number);
    int64_t oldest_ms = FAR, first_ms = FAR;
    for (uint32_t each = 0; each < items->length; each++) {
        first_ms = least(first_ms, items->items[each].at_ms);
        if (items->items[each].value >= 0) oldest_ms = least(oldest_ms, items->items[each].at_ms);
    }
    if (first_ms == FAR) return FAR;
    int64_t due = floor_div(first_ms, plan->resolution_ms) + of->span;
    if (oldest_ms == FAR) return due;
    int64_t since = floor_div(oldest_ms, plan->resolution_ms);
    return least(due, next_judged_day(plan, steps->oldest[number], since, fork->current_bucket));
}

int64_t next_step(const Steps *steps, Account *fork) {
    const Plan *plan = steps->plan;
    int64_t due = least(fork->next_edge, next_silence(steps, fork));
    if (plan->daily_length) due = least(due, next_totals_due(plan, fork));
    due = least(due, least(next_age_due(plan, fork), next_instant_due(plan, fork)));
    if (plan->day_silence_slots.length) due = least(due, next_silent_day(plan, fork));
    for (uint32_t each = 0; each < plan->items_length; each++) due = least(due, next_of_items(steps, fork, each));
    return due >= FAR ? FAR : greatest(due, fork->current_bucket + 1);
}
