/* Daily totals, ascending by day: scoring.fold.totals and the sums of scoring.state.daily_totals. */
#include "../state/marks.h"
#include "fold.h"

#include <string.h>

/* Days are whole and ascend: there are at most as many of them after `day` as days have passed since, and at most as many
 * before. So where all days have a total nothing is searched; else halves, without a branch to be guessed wrong. */
uint32_t place_of_day(const Totals *totals, int64_t day) {
    uint32_t length = totals->length;
    const int32_t *days = totals->days;
    if (!length || days[length - 1] < day) return length; /* a new day, mostly */
    if (day <= days[0]) return 0;
    int64_t last = (int64_t)length - 1;
    int64_t low = greatest(0, last - (days[last] - day)), high = least(last, day - days[0]);
    const int32_t *first = days + low;
    for (int64_t left = high - low; left; left /= 2) first = first[left / 2] < day ? first + (left - left / 2) : first;
    return (uint32_t)(first - days);
}

int64_t total_of(const Totals *totals, int64_t day) {
    uint32_t place = place_of_day(totals, day);
    return place < totals->length && totals->days[place] == day ? totals->totals[place] : 0;
}

int64_t total_between(const Totals *totals, int64_t after, int64_t until) {
    int64_t sum = 0;
    for (uint32_t each = place_of_day(totals, after + 1); each < totals->length && totals->days[each] <= until; each++) {
        sum += totals->totals[each];
    }
    return sum;
}

int64_t days_between(const Totals *totals, int64_t after, int64_t until) {
    if (until <= after) return 0;
    return (int64_t)place_of_day(totals, until + 1) - (int64_t)place_of_day(totals, after + 1);
}

static void set_room(Totals *totals, uint32_t room) {
    totals->room = room;
    totals->days = grow_memory(totals->days, room, sizeof *totals->days);
    totals->totals = grow_memory(totals->totals, room, sizeof *totals->totals);
}

void expect_totals(Totals *totals, uint32_t more) {
    if (totals->room - totals->length < more) set_room(totals, totals->length + more);
}

/* The place of a day, which gets a total of 0 when it has none. */
static uint32_t make_total(Totals *totals, int64_t day) {
    uint32_t place = place_of_day(totals, day);
    if (place < totals->length && totals->days[place] == day) return place;
    if (totals->length == totals->room) set_room(totals, totals->room + totals->room / 2 + 4);
    uint32_t later = totals->length - place;
    memmove(totals->days + place + 1, totals->days + place, later * sizeof *totals->days);
    memmove(totals->totals + place + 1, totals->totals + place, later * sizeof *totals->totals);
    if (day < INT32_MIN || day > INT32_MAX) fault("an event lies outside of the years that days can number");
    totals->days[place] = (int32_t)day;
    totals->totals[place] = 0;
    totals->length++;
    return place;
}

void set_total(Totals *totals, int64_t day, int64_t total) {
    uint32_t place = make_total(totals, day);
    totals->totals[place] = total;
}

/* Adds to the total of a day and returns what it was before. */
static int64_t raise_total(Totals *totals, int64_t day, int64_t times) {
    uint32_t place = make_total(totals, day);
    int64_t held = totals->totals[place];
    if (__builtin_add_overflow(held, times, &totals->totals[place])) fault("a daily total is too great");
    return held;
}

/* What else a new day of use changes. */
static void note_use(const Plan *plan, Account *account, const DailyOf *of, int64_t day) {
    account->changed_dependents |= of->use_days_dependents;
    for (uint32_t each = 0; each < of->gaps.length; each++) {
        gaps_note_day(plan, account, (uint32_t)of->gaps.items[each], day);
    }
}

void add_to_totals(const Plan *plan, Account *account, uint32_t daily, int64_t day, int64_t times, bool *has_new_day) {
    const DailyOf *of = plan->daily + daily;
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    if (day <= today - of->reach) return;
    mark_block_of(account, day);
    bool is_first = !raise_total(account->totals + daily, day, times);
    account->changed_dependents |= of->dependents;
    for (uint32_t each = 0; each < of->peaks.length; each++) {
        peak_grow(plan, account, (uint32_t)of->peaks.items[each], day, times);
    }
    if (is_first) {
        note_use(plan, account, of, day);
        *has_new_day = true;
    }
    if (day > today - of->lag) return;
    account->changed_dependents |= of->past_dependents;
    for (uint32_t each = 0; each < of->windows.length; each++) {
        past_windows_note(plan, account, (uint32_t)of->windows.items[each], day, times, is_first);
    }
}

void drop_totals(const Plan *plan, Account *account) {
    int64_t today = floor_div(account->as_of_ms, DAY_MS);
    if (!plan->daily_length || floor_div(oldest_ms(account), DAY_MS) > today - plan->totals_reach) return;
    for (uint32_t daily = 0; daily < plan->daily_length; daily++) {
        Totals *totals = account->totals + daily;
        uint32_t gone = place_of_day(totals, today - plan->daily[daily].reach + 1);
        if (!gone) continue;
        for (uint32_t each = 0; each < gone; each++) mark_block_of(account, totals->days[each]);
        totals->length -= gone;
        memmove(totals->days, totals->days + gone, totals->length * sizeof *totals->days);
        memmove(totals->totals, totals->totals + gone, totals->length * sizeof *totals->totals);
    }
}
