/* Items that events open and close: scoring.fold.items, scoring.state.open_items. */
#include <stdlib.h>

#include "../core/exact.h"
#include "kept.h"

#define FORGOTTEN 0 /* the key of the place of the latest item that was dropped over the limit */

/* The first instant of the buckets that still count. */
static int64_t counts_from(const Plan *plan, const Account *account, uint32_t number) {
    return (account->current_bucket - plan->items[number].span + 1) * plan->resolution_ms;
}

/* Stores the state that an event gives an item. Returns true when the items changed. */
static bool put_said(const Fold *fold, Account *account, const Effect *effect, FoldEvent *event) {
    if (event->at_ms < counts_from(fold->plan, account, effect->number)) return false;
    Items *items = account->items + effect->number;
    const Item *held = item_of(items, effect->key);
    if (held && event->at_ms < held->at_ms) return false; /* without its tie, which costs */
    Item said = {effect->key, event->at_ms, tie_of(event, effect->rank), effect->value};
    if (held && compare_items(&said, held) <= 0) return false;
    const Item *forgotten = item_of(items, FORGOTTEN);
    if (forgotten && compare_places(&said, forgotten) <= 0) return false;
    put_item(items, said);
    if (items->length > ITEMS_MAX && items->length - (item_of(items, FORGOTTEN) != NULL) > ITEMS_MAX) {
        forget_oldest(fold, account, items, FORGOTTEN);
    }
    return true;
}

void note_item(const Fold *fold, Account *account, const Effect *effect, FoldEvent *event) {
    if (!put_said(fold, account, effect, event)) return;
    account->items_changed = true;
    account->changed_dependents |= fold->plan->items[effect->number].dependents;
    due_by(account, greatest(account->current_bucket + 1, items_next_due(fold->plan, account, effect->number)));
}

static bool is_since(const Item *item, const Item *than) { return item->at_ms >= than->at_ms; }

void drop_items(const Plan *plan, Account *account) {
    for (uint32_t number = 0; number < plan->items_length; number++) {
        Item from = {.at_ms = counts_from(plan, account, number)};
        bool all_count = account->items[number].due > account->current_bucket; /* none is dropped before its timer */
        if (!all_count && keep_items(account->items + number, is_since, &from)) account->items_changed = true;
    }
}

bool items_past_bounds(const Plan *plan, const Account *account, uint32_t number) {
    const Item *forgotten = item_of(account->items + number, FORGOTTEN);
    return forgotten && forgotten->at_ms >= counts_from(plan, account, number);
}

/* The first bucket at which the age of an open item in days grows. */
static int64_t next_day_of(const Plan *plan, const Account *account, const Item *item) {
    int64_t opened = floor_div(item->at_ms, plan->resolution_ms), a_day = plan->buckets_a_day;
    return opened + (greatest(0, account->current_bucket - opened) / a_day + 1) * a_day;
}

/* The first bucket at which a close enters or leaves the window. */
static int64_t next_crossing_of(const Plan *plan, const Account *account, const Item *item, int64_t window) {
    int64_t bucket = floor_div(item->at_ms, plan->resolution_ms);
    if (bucket > account->current_bucket) return bucket;
    return bucket + window > account->current_bucket ? bucket + window : FAR;
}

static int64_t find_due(const Plan *plan, const Account *account, uint32_t number) {
    const ItemsOf *of = plan->items + number;
    const Items *items = account->items + number;
    int64_t oldest_ms = FAR, due = FAR;
    for (uint32_t place = 0; place < items->length; place++) {
        const Item *each = items->items + place;
        oldest_ms = least(oldest_ms, each->at_ms);
        if (of->is_times) {
            if (each->value < 0) due = least(due, next_crossing_of(plan, account, each, of->window));
        } else if (of->steps_daily && each->value >= 0) {
            due = least(due, next_day_of(plan, account, each));
        }
    }
    int64_t oldest = oldest_ms == FAR ? FAR : floor_div(oldest_ms, plan->resolution_ms);
    return least(due, oldest + of->span);
}

/* The first bucket at which some signal of the items may change by itself: it stands until the items change or it comes. */
int64_t items_next_due(const Plan *plan, Account *account, uint32_t number) {
    Items *items = account->items + number;
    if (items->due <= account->current_bucket) items->due = find_due(plan, account, number);
    return items->due;
}

static bool is_open(const Item *item, int64_t from_ms) { return item->value >= 0 && item->at_ms >= from_ms; }

int64_t open_count(const Plan *plan, const Account *account, uint32_t number) {
    const Items *items = account->items + number;
    int64_t from_ms = counts_from(plan, account, number), found = 0;
    for (uint32_t each = 0; each < items->length; each++) found += is_open(items->items + each, from_ms);
    return found;
}

double open_weight(const Plan *plan, const Account *account, uint32_t number) {
    const Items *items = account->items + number;
    int64_t from_ms = counts_from(plan, account, number);
    double *weights = take_memory(items->length, sizeof *weights);
    uint32_t found = 0;
    for (uint32_t each = 0; each < items->length; each++) {
        if (is_open(items->items + each, from_ms)) weights[found++] = items->items[each].value;
    }
    double sum = exact_sum(weights, found);
    give_memory(weights);
    return sum;
}

int64_t open_oldest_days(const Plan *plan, const Account *account, uint32_t number) {
    const Items *items = account->items + number;
    int64_t from_ms = counts_from(plan, account, number), oldest_ms = FAR;
    for (uint32_t each = 0; each < items->length; each++) {
        if (is_open(items->items + each, from_ms)) oldest_ms = least(oldest_ms, items->items[each].at_ms);
    }
    if (oldest_ms == FAR) return 0;
    int64_t buckets = greatest(0, account->current_bucket - floor_div(oldest_ms, plan->resolution_ms));
    return floor_div(buckets * plan->resolution_ms, DAY_MS);
}

/* The weightiest first, then the oldest; of equal ones the one that came first. */
static int by_weight(const void *one, const void *other) {
    const Item *first = *(Item *const *)one, *second = *(Item *const *)other;
    if (first->value != second->value) return first->value > second->value ? -1 : 1;
    int order = compare_places(first, second);
    return order ? order : (first > second) - (first < second);
}

void close_items(const Plan *plan, Account *account, uint32_t number, int64_t items) {
    Items *held = account->items + number;
    int64_t from_ms = counts_from(plan, account, number), found = 0;
    Item **open = take_memory(held->length, sizeof *open);
    for (uint32_t each = 0; each < held->length; each++) {
        if (is_open(held->items + each, from_ms)) open[found++] = held->items + each;
    }
    qsort(open, (size_t)found, sizeof *open, by_weight);
    for (int64_t first = 0, after; first < least(items, found); first = after) {
        /* The reference finds an item's key by its content: of equal items the one that came last is closed. */
        for (after = first + 1; after < found && compare_items(open[first], open[after]) == 0;) after++;
        *open[after - 1] = (Item){open[after - 1]->key, account->as_of_ms, 0, CLOSED};
    }
    give_memory(open);
    forget_found(held);
    account->items_changed = true;
    account->changed_dependents |= plan->items[number].dependents;
}
