/* The life of an account: stretches of time without a silence longer than the model's `pause_max`. Equals
 * `scoring.fold.life` and `scoring.state.life`. Writes `Account.first_ms`, `latest_ms`, `is_borne_out`, `has_between` and
 * `earlier`. There is at most one stretch for each pause since the year 2000: some hundreds. */
#include "fold.h"

#include <string.h>

#define BORNE_OUT_MS (7 * DAY_MS)

static bool is_borne_out(Stretch stretch) {
    return stretch.has_between && stretch.last_ms - stretch.first_ms >= BORNE_OUT_MS;
}

static bool is_before(Stretch one, Stretch other) {
    if (one.first_ms != other.first_ms) return one.first_ms < other.first_ms;
    if (one.last_ms != other.last_ms) return one.last_ms < other.last_ms;
    return one.has_between < other.has_between;
}

/* Sorts stretches of which all but a few are in order. */
static void sort(Stretch *stretches, uint32_t length) {
    for (uint32_t next = 1; next < length; next++) {
        Stretch moved = stretches[next];
        uint32_t place = next;
        for (; place && is_before(moved, stretches[place - 1]); place--) stretches[place] = stretches[place - 1];
        stretches[place] = moved;
    }
}

static bool is_day_between(int64_t first_ms, int64_t ms, int64_t last_ms) {
    int64_t day = floor_div(ms, DAY_MS);
    return floor_div(first_ms, DAY_MS) < day && day < floor_div(last_ms, DAY_MS);
}

/* The stretch from the start of the first to the end of both. */
static Stretch one_of(Stretch earlier, Stretch later) {
    int64_t first = earlier.first_ms, last = greatest(earlier.last_ms, later.last_ms);
    bool has_between = earlier.has_between || later.has_between || is_day_between(first, earlier.last_ms, last) ||
                       is_day_between(first, later.first_ms, last) || is_day_between(first, later.last_ms, last);
    return (Stretch){first, last, has_between};
}

/* Joins sorted stretches that are at most a pause apart; from the first borne-out one on, all. Returns how many are left. */
static uint32_t join(Stretch *stretches, uint32_t length, int64_t pause_ms) {
    uint32_t kept = 0;
    for (uint32_t next = 1; next < length; next++) {
        Stretch *last = &stretches[kept];
        if (is_borne_out(*last) || stretches[next].first_ms - last->last_ms <= pause_ms)
            *last = one_of(*last, stretches[next]);
        else
            stretches[++kept] = stretches[next];
    }
    return kept + 1;
}

/* Takes sorted and joined stretches, the latest of them last, which leaves the array. */
static void set_life(const Plan *plan, Account *account, Stretch latest) {
    account->latest_ms = latest.last_ms;
    account->has_between = latest.has_between;
    account->is_borne_out = is_borne_out(latest);
    if (latest.first_ms != account->first_ms) {
        account->first_ms = latest.first_ms;
        account->changed_dependents |= plan->age_dependents;
        due_by(account, next_age_due(plan, account));
    }
    if (plan->daily_length) due_by(account, next_totals_due(plan, account));
}

void live(const Plan *plan, Account *account, Stretch *stretches, uint32_t length) {
    sort(stretches, length);
    length = join(stretches, length, plan->pause_ms);
    Stretch latest = stretches[length - 1];
    if (stretches != account->earlier) give_memory(account->earlier);
    account->earlier_length = length - 1;
    account->earlier = length > 1 ? stretches : NULL;
    if (length == 1) give_memory(stretches);
    set_life(plan, account, latest);
}

/* The same for the only stretch of a life and an instant; false when they are two. */
static bool live_on(const Plan *plan, Account *account, int64_t at_ms) {
    Stretch stretches[2] = {{account->first_ms, account->latest_ms, account->has_between}, {at_ms, at_ms, false}};
    sort(stretches, 2);
    if (join(stretches, 2, plan->pause_ms) > 1) return false;
    set_life(plan, account, stretches[0]);
    return true;
}

void note_event_at(const Plan *plan, Account *account, int64_t at_ms) {
    bool is_same_day = floor_div(at_ms, DAY_MS) == floor_div(account->latest_ms, DAY_MS);
    if (at_ms > account->latest_ms && (account->is_borne_out || is_same_day)) {
        account->latest_ms = at_ms;
        return;
    }
    if (at_ms >= account->first_ms && account->is_borne_out) return;
    uint32_t length = account->earlier_length;
    bool has_life = account->first_ms != FAR;
    if (has_life && !length && live_on(plan, account, at_ms)) return;
    Stretch *stretches = grow_memory(account->earlier, length + 2, sizeof(Stretch));
    account->earlier = stretches;
    if (has_life) stretches[length++] = (Stretch){account->first_ms, account->latest_ms, account->has_between};
    stretches[length++] = (Stretch){at_ms, at_ms, false};
    live(plan, account, stretches, length);
}
