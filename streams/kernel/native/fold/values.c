/* Distinct values by bucket. Equals `add_value`, `_lower` and `_cross_values` of `scoring.fold.windows`, and
 * `scoring.state.tiles.Values`. */
#include "../state/value_counts.h"
#include "days.h"
#include "windows.h"

#include <string.h>

#define NO_CEILING UINT64_MAX /* greater than all values except one */
#define VALUES_MAX 4096       /* scoring.model.schema.bounds */

/* The number of the first ceiling at or after a day. */
static uint32_t ceiling_from(const Values *values, int64_t day) {
    uint32_t low = 0, high = values->ceilings_length;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (values->ceilings[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t ceiling_of(const Values *values, int64_t day) {
    if (!values->ceilings_length) return NO_CEILING;
    uint32_t place = ceiling_from(values, day);
    bool is_there = place < values->ceilings_length && values->ceilings[place].day == day;
    return is_there ? values->ceilings[place].ceiling : NO_CEILING;
}

void set_ceiling(Values *values, int64_t day, uint64_t ceiling) {
    uint32_t place = ceiling_from(values, day);
    if (place == values->ceilings_length || values->ceilings[place].day != day) {
        MAKE_ROOM(values->ceilings, values->ceilings_length, values->ceilings_room, 2);
        uint32_t moved = values->ceilings_length++ - place;
        memmove(&values->ceilings[place + 1], &values->ceilings[place], moved * sizeof(Ceiling));
    }
    values->ceilings[place] = (Ceiling){day, ceiling};
}

bool has_ceiling(const Values *values, int64_t day) { return ceiling_of(values, day) != NO_CEILING; }

void drop_values(Values *values, int64_t day, int64_t bucket) {
    remove_cells_up_to(&values->cells, bucket);
    uint32_t gone = ceiling_from(values, day + 1);
    if (!gone) return;
    values->ceilings_length -= gone;
    memmove(values->ceilings, &values->ceilings[gone], values->ceilings_length * sizeof(Ceiling));
}

/* How many cells lie from `begin` to before `end`. */
static int64_t length_between(const Cells *cells, Place begin, Place end) {
    int64_t length = (int64_t)end.index - begin.index;
    for (uint32_t leaf = begin.leaf; leaf < end.leaf; leaf++) length += leaf_at(cells, leaf)->length;
    return length;
}

/* The greatest value among the cells from `begin` to before `end`, at least one, and in how many of them it is. */
static uint64_t greatest_of(const Cells *cells, Place begin, Place end, int64_t *number) {
    uint64_t found = 0;
    *number = 0;
    for (uint32_t leaf = begin.leaf; leaf <= end.leaf && leaf < leaves_length(cells); leaf++) {
        const Leaf *held = leaf_at(cells, leaf);
        uint32_t until = leaf == end.leaf ? end.index : held->length;
        for (uint32_t each = leaf == begin.leaf ? begin.index : 0; each < until; each++) {
            uint64_t value = content_of(&held->cells[each]);
            if (value < found) continue;
            *number = value == found ? *number + 1 : 1;
            found = value;
        }
    }
    return found;
}

/* Takes a value out of a bucket's windows. */
static void leave_windows(Account *account, const Series *series, int64_t bucket, uint64_t value) {
    for (uint32_t each = 0; each < series->windows_length; each++) {
        const Window *window = &series->windows[each];
        if (!holds(window, account, bucket)) continue;
        value_leaves(&account->value_counts[window->number], value);
        account->changed_dependents |= window->dependents;
    }
}

/* Removes the greatest value of a day from all its buckets. Returns in how many it was. */
static int64_t remove_greatest(const Plan *plan, Account *account, uint32_t number, int64_t day) {
    const Series *series = &plan->value_series[number];
    Values *values = &account->values[number];
    int64_t first = day * plan->buckets_a_day, size;
    Place begin = place_past(&values->cells, first - 1);
    Place end = place_past(&values->cells, first + plan->buckets_a_day - 1);
    uint64_t value = greatest_of(&values->cells, begin, end, &size);
    set_ceiling(values, day, value);
    for (int64_t left = size; left; left--) {
        while (content_of(cell_at(&values->cells, begin)) != value) begin = place_after(&values->cells, begin);
        int64_t bucket = cell_at(&values->cells, begin)->bucket;
        leave_windows(account, series, bucket, value);
        remove_cells(&values->cells, begin, (Place){begin.leaf, begin.index + 1});
        begin = place_past(&values->cells, bucket);
    }
    return size;
}

/* Removes values from a day that has too many: the greatest, each from all its buckets. */
static void lower(const Fold *fold, Account *account, uint32_t number, int64_t day) {
    const Cells *cells = &account->values[number].cells;
    int64_t first = day * fold->plan->buckets_a_day;
    int64_t size = length_between(cells, place_past(cells, first - 1),
                                  place_past(cells, first + fold->plan->buckets_a_day - 1));
    while (size > VALUES_MAX) {
        int64_t gone = remove_greatest(fold->plan, account, number, day);
        size -= gone;
        fold->past->values += gone;
        account->is_past_bounds = true;
    }
}

void add_value(const Fold *fold, Account *account, uint32_t number, uint64_t value, int64_t bucket, int64_t day) {
    const Plan *plan = fold->plan;
    const Series *series = &plan->value_series[number];
    if ((day + 1) * plan->buckets_a_day <= account->current_bucket - series->span + 1) return;
    note_day(plan, account, day);
    Values *values = &account->values[number];
    if (value >= ceiling_of(values, day)) {
        fold->past->values++;
        return;
    }
    uint32_t kept = kept_bucket(bucket);
    Place place = place_of(&values->cells, kept, value);
    if (is_cell(&values->cells, place)) {
        const Cell *found = cell_at(&values->cells, place);
        if (found->bucket == kept && content_of(found) == value) return;
    }
    put_cell(&values->cells, place, cell_of(kept, value));
    fill(account, series, bucket);
    for (uint32_t each = 0; each < series->windows_length; each++) {
        const Window *window = &series->windows[each];
        if (holds(window, account, bucket) && value_enters(&account->value_counts[window->number], value))
            account->changed_dependents |= window->dependents;
    }
    if (values->cells.leaves) lower(fold, account, number, day);
}

int64_t cross_values(Account *account, uint32_t series, const Edge *edge, int64_t after, int64_t until) {
    const Cells *cells = &account->values[series].cells;
    Place each = place_past(cells, after);
    for (; is_cell(cells, each) && cell_at(cells, each)->bucket <= until; each = place_after(cells, each)) {
        uint64_t value = content_of(cell_at(cells, each));
        for (uint32_t gain = 0; gain < edge->gains.length; gain++)
            value_enters(&account->value_counts[edge->gains.items[gain]], value);
        for (uint32_t loss = 0; loss < edge->losses.length; loss++)
            value_leaves(&account->value_counts[edge->losses.items[loss]], value);
    }
    return is_cell(cells, each) ? cell_at(cells, each)->bucket : FAR;
}

void gather_values(Account *account, uint32_t series, const Window *window) {
    const Cells *cells = &account->values[series].cells;
    ValueCounts *counts = &account->value_counts[window->number];
    value_counts_free(counts);
    int64_t until = account->current_bucket - window->newest;
    Place each = place_past(cells, account->current_bucket - window->oldest);
    for (; is_cell(cells, each) && cell_at(cells, each)->bucket <= until; each = place_after(cells, each))
        value_enters(counts, content_of(cell_at(cells, each)));
}

bool values_past_bounds(const Plan *plan, const Account *account, uint32_t number, int64_t newest, int64_t oldest) {
    const Values *values = &account->values[number];
    if (!values->ceilings_length) return false;
    int64_t first = floor_div(account->current_bucket - oldest + 1, plan->buckets_a_day);
    uint32_t place = ceiling_from(values, first);
    return place < values->ceilings_length &&
           values->ceilings[place].day <= floor_div(account->current_bucket - newest, plan->buckets_a_day);
}
