/* The latest value of each of several items, and their sum: scoring.fold.items, scoring.state.tally. */
#include <math.h>

#include "../core/exact.h"
#include "kept.h"

/* Reserved keys among the fingerprints of items: the latest value without an item, the latest ending without an item, and
 * the latest item that was forgotten because there were too many. */
enum { WHOLE = 0, ENDED = 1, FORGOTTEN_ITEM = 2 };

static bool is_not_before(const Item *item, const Item *than) { return compare_places(item, than) >= 0; }

static uint32_t count_items(const Items *items) {
    uint32_t found = 0;
    for (uint32_t each = 0; each < items->length; each++) found += items->items[each].key > FORGOTTEN_ITEM;
    return found;
}

static uint64_t key_of(const Effect *effect) {
    return effect->key ? effect->key : effect->kind == EFFECT_ENDED ? ENDED : WHOLE;
}

/* Stores a value of an item; an ending sets it to 0. Returns true when the tally changed. */
static bool put_stated(const Fold *fold, Account *account, const Effect *effect, FoldEvent *event) {
    Items *items = account->tallies + effect->number;
    uint64_t key = key_of(effect);
    double value = effect->kind == EFFECT_ENDED ? 0.0 : effect->value;
    const Item *held = item_of(items, key);
    if (held && event->at_ms < held->at_ms) return false; /* without its tie, which costs */
    Item said = {key, event->at_ms, tie_of(event, event->rank), value == 0.0 ? 0.0 : value};
    if (held && compare_items(&said, held) <= 0) return false;
    const Item *ended = item_of(items, ENDED), *forgotten = item_of(items, FORGOTTEN_ITEM);
    if (ended && compare_places(&said, ended) < 0) return false;
    if (key > FORGOTTEN_ITEM && forgotten && compare_places(&said, forgotten) <= 0) return false;
    put_item(items, said);
    if (key == ENDED) {
        keep_items(items, is_not_before, &said);
    } else if (items->length > ITEMS_MAX && count_items(items) > ITEMS_MAX) {
        forget_oldest(fold, account, items, FORGOTTEN_ITEM);
    }
    return true;
}

void note_stated(const Fold *fold, Account *account, const Effect *effect, FoldEvent *event) {
    if (!put_stated(fold, account, effect, event)) return;
    account->items_changed = true;
    account->changed_dependents |= fold->plan->tallies.items[effect->number];
}

bool tally_past_bounds(const Account *account, uint32_t number) {
    return item_of(account->tallies + number, FORGOTTEN_ITEM) != NULL;
}

/* Of places that are equal the first. There is one at least. */
static const Item *latest_of(const Items *items) {
    const Item *latest = items->items;
    for (uint32_t each = 1; each < items->length; each++) {
        if (compare_places(items->items + each, latest) > 0) latest = items->items + each;
    }
    return latest;
}

/* The sum over the items, or a later value of the whole account; unknown before anything is known. */
double tally_total(const Account *account, uint32_t number) {
    const Items *items = account->tallies + number;
    if (!items->length) return NAN;
    const Item *latest = latest_of(items);
    if (latest->key == WHOLE) return latest->value;
    double *values = take_memory(items->length, sizeof *values);
    uint32_t found = 0;
    for (uint32_t each = 0; each < items->length; each++) {
        if (items->items[each].key > FORGOTTEN_ITEM) values[found++] = items->items[each].value;
    }
    double sum = exact_sum(values, found);
    give_memory(values);
    return sum;
}

/* When the latest event ended an item, if it left none that runs (a value above 0); else -1. */
int64_t tally_ended_ms(const Account *account, uint32_t number) {
    const Items *items = account->tallies + number;
    if (!items->length || tally_total(account, number) != 0.0) return -1;
    return latest_of(items)->at_ms;
}
