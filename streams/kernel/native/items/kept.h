/* What items and tallies share: scoring.state.items. */
#ifndef VITALS_KEPT_H
#define VITALS_KEPT_H

#include "../fold/fold.h"

#define ITEMS_MAX 2048 /* scoring.model.schema.bounds */
#define CLOSED (-1.0)  /* the weight of an item that the latest event closed */

Item *item_of(const Items *items, uint64_t key); /* NULL for none; valid until the next change */
void put_item(Items *items, Item item);
/* Forgets what was found of the items. */
static inline void forget_found(Items *items) {
    items->due = 0;
    items->has_median = items->has_mean = false;
}

/* Keeps the items for which `stays` holds, in their order. */
bool keep_items(Items *items, bool (*stays)(const Item *item, const Item *than), const Item *than);
/* Drops the item whose latest event is earliest, among keys above `forgotten`, and keeps its place. */
void forget_oldest(const Fold *fold, Account *account, Items *items, uint64_t forgotten);

/* Order by (at, tie), and by (at, tie, value): below 0, 0 or above, as tuples compare. */
static inline int compare_places(const Item *one, const Item *other) {
    if (one->at_ms != other->at_ms) return one->at_ms < other->at_ms ? -1 : 1;
    return (one->tie > other->tie) - (one->tie < other->tie);
}

static inline int compare_items(const Item *one, const Item *other) {
    int order = compare_places(one, other);
    return order ? order : (one->value > other->value) - (one->value < other->value);
}

#endif
