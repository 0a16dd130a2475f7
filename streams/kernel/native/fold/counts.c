/* Counts and amounts by bucket. Equals `count` and `_cross_counts` of `scoring.fold.windows`, and
 * `scoring.state.tiles.Counts`. */
#include "days.h"
#include "windows.h"

static void add_to(Cell *cell, int64_t amount) {
    *cell = cell_of(cell->bucket, (uint64_t)checked_sum((int64_t)content_of(cell), amount));
}

/* Adds an amount to a bucket. Returns true when it was empty. */
static bool add_amount(Counts *counts, uint32_t bucket, int64_t amount) {
    Cell *last = last_cell(counts);
    if (last && last->bucket == bucket) {
        add_to(last, amount);
        return false;
    }
    Place place = place_of(counts, bucket, 0);
    if (is_cell(counts, place) && cell_at(counts, place)->bucket == bucket) {
        add_to(cell_at(counts, place), amount);
        return false;
    }
    put_cell(counts, place, cell_of(bucket, (uint64_t)amount));
    return true;
}

void count(const Plan *plan, Account *account, uint32_t number, int64_t amount, int64_t bucket, int64_t day) {
    const Series *series = &plan->count_series[number];
    if (bucket <= account->current_bucket - series->span) return;
    note_day(plan, account, day);
    if (add_amount(&account->counts[number], kept_bucket(bucket), amount)) fill(account, series, bucket);
    for (uint32_t each = 0; each < series->windows_length; each++) {
        const Window *window = &series->windows[each];
        if (!holds(window, account, bucket)) continue;
        account->sums[window->number] = checked_sum(account->sums[window->number], amount);
        account->changed_dependents |= window->dependents;
    }
}

/* The sum of the buckets up to `until` from a place on, which moves behind them. */
static int64_t total_up_to(const Counts *counts, Place *each, int64_t until) {
    int64_t total = 0;
    for (; is_cell(counts, *each) && cell_at(counts, *each)->bucket <= until; *each = place_after(counts, *each))
        total = checked_sum(total, (int64_t)content_of(cell_at(counts, *each)));
    return total;
}

/* The same over an edge at which windows lose something: what they lose is noted, day by day. Mostly that is one bucket. */
static int64_t lose_up_to(const Plan *plan, Account *account, const Edge *edge, const Counts *counts, Place *each,
                          int64_t until) {
    int64_t total = 0;
    while (is_cell(counts, *each) && cell_at(counts, *each)->bucket <= until) {
        uint32_t bucket = cell_at(counts, *each)->bucket;
        int64_t number = total_up_to(counts, each, bucket);
        if (is_cell(counts, *each) && cell_at(counts, *each)->bucket <= until) {
            int64_t after = (bucket / plan->buckets_a_day + 1) * plan->buckets_a_day;
            number = checked_sum(number, total_up_to(counts, each, least(until, after - 1)));
        }
        total = checked_sum(total, number);
        for (uint32_t loss = 0; number && loss < edge->losses.length; loss++)
            note_expired(account, edge->losses.items[loss], bucket, number);
    }
    return total;
}

static int64_t next_bucket(const Counts *counts, Place place) {
    return is_cell(counts, place) ? cell_at(counts, place)->bucket : FAR;
}

int64_t total_in(const Counts *counts, int64_t after, int64_t until, int64_t *next) {
    Place each = place_past(counts, after);
    int64_t total = total_up_to(counts, &each, until);
    *next = next_bucket(counts, each);
    return total;
}

int64_t cross_counts(const Plan *plan, Account *account, uint32_t series, const Edge *edge, int64_t after, int64_t until) {
    const Counts *counts = &account->counts[series];
    Place place = place_past(counts, after);
    int64_t number = edge->losses.length ? lose_up_to(plan, account, edge, counts, &place, until)
                                         : total_up_to(counts, &place, until);
    for (uint32_t each = 0; each < edge->gains.length; each++) {
        int64_t *sum = &account->sums[edge->gains.items[each]];
        *sum = checked_sum(*sum, number);
    }
    for (uint32_t each = 0; each < edge->losses.length; each++) {
        int64_t *sum = &account->sums[edge->losses.items[each]];
        *sum = checked_sum(*sum, -number);
    }
    return next_bucket(counts, place);
}
