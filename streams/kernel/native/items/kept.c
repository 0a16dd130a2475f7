/* Items of an account by key, in the order in which the keys came: scoring.state.items. */
#include "kept.h"

#include <string.h>

Item *item_of(const Items *items, uint64_t key) {
    for (uint32_t each = 0; each < items->length; each++) {
        if (items->items[each].key == key) return items->items + each;
    }
    return NULL;
}

void put_item(Items *items, Item item) {
    forget_found(items);
    Item *held = item_of(items, item.key);
    if (held) {
        *held = item;
        return;
    }
    MAKE_ROOM(items->items, items->length, items->room, 4);
    items->items[items->length++] = item;
}

bool keep_items(Items *items, bool (*stays)(const Item *item, const Item *than), const Item *than) {
    uint32_t kept = 0, before = items->length;
    for (uint32_t each = 0; each < before; each++) {
        if (stays(items->items + each, than)) items->items[kept++] = items->items[each];
    }
    items->length = kept;
    forget_found(items);
    return kept < before;
}

void forget_oldest(const Fold *fold, Account *account, Items *items, uint64_t forgotten) {
    Item *oldest = NULL;
    for (Item *each = items->items; each < items->items + items->length; each++) {
        if (each->key > forgotten && (!oldest || compare_items(each, oldest) < 0)) oldest = each;
    }
    Item place = {forgotten, oldest->at_ms, oldest->tie, CLOSED};
    Item *after = oldest + 1;
    memmove(oldest, after, (size_t)(items->items + items->length - after) * sizeof *after);
    items->length--;
    forget_found(items);
    const Item *held = item_of(items, forgotten);
    if (!held || compare_items(&place, held) > 0) put_item(items, place);
    account->is_past_bounds = true;
    fold->past->items++;
}
