/* Times from opened to closed: ItemTimes and DurationSignal of scoring.plan.signals.duration. */
#include <math.h>
#include <stdlib.h>

#include "../core/exact.h"
#include "kept.h"

/* The events of one item together, the earliest first; of equal ones the one that came first. */
static int by_token(const void *one, const void *other) {
    const Item *first = *(Item *const *)one, *second = *(Item *const *)other;
    double token = fabs(first->value), second_token = fabs(second->value);
    if (token != second_token) return token < second_token ? -1 : 1;
    int order = compare_places(first, second);
    return order ? order : (first > second) - (first < second);
}

static const Item **sorted_by_token(const Items *items) {
    const Item **sorted = take_memory(items->length, sizeof *sorted);
    for (uint32_t each = 0; each < items->length; each++) sorted[each] = items->items + each;
    qsort(sorted, items->length, sizeof *sorted, by_token);
    return sorted;
}

/* Of each close in the window how long after its open it came, into `durations`; returns how many. */
static uint32_t durations_ms(const Plan *plan, const Account *account, uint32_t number, int64_t *durations) {
    const ItemsOf *of = plan->items + number;
    const Items *items = account->items + number;
    int64_t from_ms = (account->current_bucket - of->window + 1) * plan->resolution_ms;
    int64_t until_ms = (account->current_bucket + 1) * plan->resolution_ms, opened_ms = 0;
    double opened = 0.0;
    uint32_t found = 0;
    const Item **sorted = sorted_by_token(items);
    for (uint32_t each = 0; each < items->length; each++) {
        const Item *item = sorted[each];
        if (item->value >= 0) {
            opened_ms = item->at_ms;
            opened = item->value;
            continue;
        }
        int64_t took = item->at_ms - opened_ms;
        bool is_in_window = from_ms <= item->at_ms && item->at_ms < until_ms;
        if (opened == -item->value && took <= of->within_ms && is_in_window) durations[found++] = took;
        opened = 0.0;
    }
    give_memory(sorted);
    return found;
}

static double find_hours(const Plan *plan, const Account *account, uint32_t number, bool is_mean) {
    int64_t *durations = take_memory(account->items[number].length, sizeof *durations);
    uint32_t length = durations_ms(plan, account, number, durations), first = 0, after = length;
    if (!is_mean && length) {
        sort_numbers(durations, length);
        first = (length - 1) / 2; /* the middle one, or both */
        after = length / 2 + 1;
    }
    int64_t sum = 0;
    for (uint32_t each = first; each < after; each++) sum += durations[each];
    give_memory(durations);
    return length ? ratio_of(sum, (Whole)(after - first) * HOUR_MS) : NAN;
}

int64_t close_count(const Plan *plan, const Account *account, uint32_t number) {
    int64_t *durations = take_memory(account->items[number].length, sizeof *durations);
    uint32_t found = durations_ms(plan, account, number, durations);
    give_memory(durations);
    return found;
}

/* In hours: the median, or the mean; unknown when none was closed. */
double close_hours(const Plan *plan, Account *account, uint32_t number, bool is_mean) {
    Items *items = account->items + number;
    bool *is_held = is_mean ? &items->has_mean : &items->has_median;
    double *hours = is_mean ? &items->mean : &items->median;
    if (!*is_held) { /* `drop_items` forgets them with the timer at which a close comes or goes */
        *hours = find_hours(plan, account, number, is_mean);
        *is_held = true;
    }
    return *hours;
}
