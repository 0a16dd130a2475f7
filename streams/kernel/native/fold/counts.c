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

int64_t total_in(const Counts *counts, int64_t after, int64_t until, int64_t *next) {
    int64_t total = 0;
    Place each = place_past(counts, after);
    for (; is_cell(counts, each) && cell_at(counts, each)->bucket <= until; each = place_after(counts, each))
        total = checked_sum(total, (int64_t)content_of(cell_at(counts, each)));
    *next = is_cell(counts, each) ? cell_at(counts, each)->bucket : FAR;
    return total;
}

/* Notes what of the buckets (after, until] leaves windows over an edge, day by day. */
static void note_losses(const Plan *plan, Account *account, const Counts *counts, const Edge *edge, int64_t after,
                        int64_t until) {
    Place each = place_past(counts, after);
    while (is_cell(counts, each) && cell_at(counts, each)->bucket <= until) {
        int64_t number = 0, day = cell_at(counts, each)->bucket / plan->buckets_a_day;
        int64_t last = least(until, (day + 1) * plan->buckets_a_day - 1);
        for (; is_cell(counts, each) && cell_at(counts, each)->bucket <= last; each = place_after(counts, each))
            number = checked_sum(number, (int64_t)content_of(cell_at(counts, each)));
        for (uint32_t loss = 0; number && loss < edge->losses.length; loss++)
            note_expired(account, edge->losses.items[loss], day, number);
    }
}

int64_t cross_counts(const Plan *plan, Account *account, uint32_t series, const Edge *edge, int64_t after, int64_t until) {
    if (edge->losses.length) note_losses(plan, account, &account->counts[series], edge, after, until);
    int64_t next, number = total_in(&account->counts[series], after, until, &next);
    for (uint32_t each = 0; each < edge->gains.length; each++) {
        int64_t *sum = &account->sums[edge->gains.items[each]];
        *sum = checked_sum(*sum, number);
    }
    for (uint32_t each = 0; each < edge->losses.length; each++) {
        int64_t *sum = &account->sums[edge->losses.items[each]];
        *sum = checked_sum(*sum, -number);
    }
    return next;
}
