/* Signs that the use may not come from a person: scoring.plan.signs. */
#include "../fold/days.h"
#include "../state/cells.h"
#include "answer.h"

static int64_t hour_of(const Plan *plan, int64_t bucket) { return bucket * plan->resolution_ms / HOUR_MS % 24; }

bool first_day_with_events(const Plan *plan, const Cells *counts, int64_t day, int64_t until, DayOfEvents *into) {
    Place place = place_past(counts, day * plan->buckets_a_day - 1);
    if (!is_cell(counts, place)) return false;
    int64_t first = cell_at(counts, place)->bucket;
    *into = (DayOfEvents){.day = first / plan->buckets_a_day};
    if (into->day >= until) return false;
    into->hour = plan->resolution_ms > HOUR_MS ? SEVERAL_HOURS : hour_of(plan, first);
    int64_t end = (into->day + 1) * plan->buckets_a_day;
    for (; is_cell(counts, place) && cell_at(counts, place)->bucket < end; place = place_after(counts, place)) {
        const Cell *cell = cell_at(counts, place);
        into->number += (int64_t)content_of(cell);
        if (into->hour >= 0 && hour_of(plan, cell->bucket) != into->hour) into->hour = SEVERAL_HOURS;
    }
    return true;
}

/* What all events so far have in common; texts of length 0 for nothing. */
typedef struct {
    int64_t number, days, hour;
    Text event, user;
} Found;

static Text in_common(Text one, Text other) {
    bool is_same = one.length == other.length && !memcmp(one.bytes, other.bytes, one.length);
    return is_same ? one : (Text){"", 0};
}

static void add_day(const Days *days, uint32_t series, const DayOfEvents *day, Found *found) {
    const Alike *alike = alike_on(days, day->day, series);
    bool is_whole = alike && alike->number == day->number; /* it is kept since the beginning of the day */
    Text event = is_whole ? alike_event(alike) : (Text){"", 0}, user = is_whole ? alike_user(alike) : (Text){"", 0};
    bool is_first = !found->days;
    found->event = is_first ? event : in_common(found->event, event);
    found->user = is_first ? user : in_common(found->user, user);
    found->hour = is_first || found->hour == day->hour ? day->hour : SEVERAL_HOURS;
    found->number += day->number;
    found->days++;
}

bool has_sign(const Plan *plan, const Account *account, const SignOf *sign) {
    int64_t end = floor_div(account->as_of_ms, DAY_MS) + 1, day = end - sign->days;
    DayOfEvents events;
    Found found = {0};
    while (first_day_with_events(plan, &account->counts[sign->series], day, end, &events)) {
        add_day(&account->days, sign->series, &events, &found);
        if (!found.event.length && !found.user.length && found.hour < 0) return false;
        day = events.day + 1;
    }
    return found.days && found.number >= sign->at_least && found.days >= sign->least_days;
}
