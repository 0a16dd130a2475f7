/* The account's timer: the next bucket at which its signals may change by themselves. Equals `scoring.fold.timers`. */
#include "../core/exact.h"
#include "fold.h"

void due_by(Account *account, int64_t bucket) {
    if (bucket < account->next_due) account->next_due = bucket;
}

int64_t next_due(const Plan *plan, Account *account) {
    int64_t due = least(account->next_edge, account->next_purge);
    if (plan->daily_length) due = least(due, next_totals_due(plan, account));
    due = least(due, least(next_age_due(plan, account), next_silence_due(plan, account)));
    due = least(due, next_instant_due(plan, account));
    for (uint32_t each = 0; each < plan->items_length; each++) due = least(due, items_next_due(plan, account, each));
    return greatest(due, account->current_bucket + 1);
}

/* The first bucket of the next day on which a signal of daily totals becomes known. */
static int64_t next_day_mark(const Plan *plan, const Account *account) {
    int64_t first_day = floor_div(account->first_ms, DAY_MS);
    int64_t today = floor_div(account->current_bucket, plan->buckets_a_day);
    uint32_t place = place_in(plan->day_marks.items, plan->day_marks.length, today - first_day + 1);
    if (place == plan->day_marks.length) return FAR;
    return (first_day + plan->day_marks.items[place]) * plan->buckets_a_day;
}

int64_t next_age_due(const Plan *plan, const Account *account) {
    if (account->first_ms == FAR) return FAR;
    int64_t first = floor_div(account->first_ms, plan->resolution_ms);
    int64_t age = greatest(0, account->current_bucket - first), mark = FAR;
    for (uint32_t each = 0; each < plan->age_marks.length; each++) {
        if (plan->age_marks.items[each] <= age) continue;
        mark = plan->age_marks.items[each];
        break;
    }
    if (plan->steps_daily) mark = least(mark, (age / plan->buckets_a_day + 1) * plan->buckets_a_day);
    return least(first + mark, next_day_mark(plan, account));
}

/* The next day on which some signal of daily totals may change by itself: DailyTotals.next_due. */
static int64_t next_day_of(const Plan *plan, const Account *account, uint32_t number, int64_t today) {
    if (!account->totals[number].length) return FAR;
    const DailyOf *daily = &plan->daily[number];
    if (daily->steps_daily) return today + 1;
    int64_t first_day = floor_div(oldest_ms(account), DAY_MS), due = FAR;
    for (uint32_t each = 0; each < daily->peaks.length; each++) {
        int64_t within = plan->peaks[daily->peaks.items[each]].within;
        due = least(due, greatest(first_day + within, today + 1));
    }
    return due;
}

int64_t next_totals_due(const Plan *plan, const Account *account) {
    int64_t today = floor_div(account->as_of_ms, DAY_MS), days = FAR;
    for (uint32_t each = 0; each < plan->daily_length; each++)
        days = least(days, next_day_of(plan, account, each, today));
    return days >= FAR ? FAR : days * plan->buckets_a_day;
}

/* The first bucket of the next day of UTC. */
static int64_t tomorrow(const Plan *plan, const Account *account) {
    return (floor_div(account->current_bucket, plan->buckets_a_day) + 1) * plan->buckets_a_day;
}

int64_t next_silence_due(const Plan *plan, const Account *account) {
    int64_t due = FAR;
    for (uint32_t each = 0; each < plan->silence_slots.length; each++) {
        int64_t at = account->latest_at[plan->silence_slots.items[each]];
        if (at < 0) continue;
        int64_t last = at / plan->resolution_ms;
        int64_t days = greatest(0, account->current_bucket - last) / plan->buckets_a_day;
        due = least(due, last + (days + 1) * plan->buckets_a_day);
    }
    return least(due, next_silent_day(plan, account));
}

int64_t next_silent_day(const Plan *plan, const Account *account) {
    for (uint32_t each = 0; each < plan->day_silence_slots.length; each++)
        if (account->latest_at[plan->day_silence_slots.items[each]] >= 0) return tomorrow(plan, account);
    return FAR;
}

int64_t next_instant_due(const Plan *plan, const Account *account) {
    for (uint32_t each = 0; each < plan->instant_slots.length; each++)
        if (account->latest_values[plan->instant_slots.items[each]].is_set) return tomorrow(plan, account);
    return FAR;
}

/* Whether an age in whole days, or a mark of it, was reached after `before` buckets and until `now`. */
static bool has_aged(const Plan *plan, int64_t before, int64_t now) {
    if (plan->steps_daily && before / plan->buckets_a_day != now / plan->buckets_a_day) return true;
    const Numbers *marks = &plan->age_marks;
    return place_in(marks->items, marks->length, before + 1) != place_in(marks->items, marks->length, now + 1);
}

Bits changed_by_time(const Plan *plan, const Account *account, int64_t before) {
    int64_t now = account->current_bucket, a_day = plan->buckets_a_day;
    Bits changed = 0;
    for (uint32_t each = 0; each < plan->silence_slots.length; each++) {
        int64_t slot = plan->silence_slots.items[each], at = account->latest_at[slot];
        if (at < 0) continue;
        int64_t last = at / plan->resolution_ms;
        if (greatest(0, before - last) / a_day != greatest(0, now - last) / a_day) changed |= plan->latest_at.items[slot];
    }
    if (account->first_ms != FAR) {
        int64_t first = floor_div(account->first_ms, plan->resolution_ms);
        if (has_aged(plan, greatest(0, before - first), greatest(0, now - first))) changed |= plan->age_dependents;
    }
    for (uint32_t each = 0; each < plan->items_length; each++)
        if (account->items[each].due <= now) changed |= plan->items[each].dependents;
    return changed & plan->time_dependents;
}
