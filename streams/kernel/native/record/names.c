/* The names of own records, in order. */
#include "own_records.h"

#include <stdlib.h>

typedef __int128 Order;

/* Four times the number, plus the kind: Name of streams.changelog.own_records. */
static Order order_of(OwnKind kind, uint64_t number) {
    Order whole = kind == OWN_ITEMS ? (Order)number : (Order)(int64_t)number;
    return whole * 4 + kind;
}

void add_name(Names *names, OwnKind kind, uint64_t number, uint32_t place) {
    MAKE_ROOM(names->names, names->length, names->room, 32);
    names->names[names->length++] = (Name){kind, number, place, UINT32_MAX};
}

static int compare_names(const void *one, const void *other) {
    const Name *first = one, *second = other;
    Order order = order_of(first->kind, first->number), second_order = order_of(second->kind, second->number);
    return (order > second_order) - (order < second_order);
}

bool order_names(Names *names) {
    uint32_t each = 1, kept = 1;
    while (each < names->length && compare_names(&names->names[each - 1], &names->names[each]) < 0) each++;
    if (each >= names->length) return false;
    qsort(names->names, names->length, sizeof(Name), compare_names);
    for (each = 1; each < names->length; each++)
        if (compare_names(&names->names[kept - 1], &names->names[each])) names->names[kept++] = names->names[each];
    names->length = kept;
    return true;
}

void match_names(Names *own, const Names *held) {
    uint32_t at = 0;
    for (uint32_t each = 0; each < own->length; each++) {
        int order = -1;
        while (at < held->length && (order = compare_names(&held->names[at], &own->names[each])) < 0) at++;
        own->names[each].held = order ? UINT32_MAX : at;
    }
}

bool has_name(const Names *names, OwnKind kind, uint64_t number) {
    uint32_t low = 0, high = names->length;
    Order order = order_of(kind, number);
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (order_of(names->names[middle].kind, names->names[middle].number) < order)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->length && names->names[low].kind == kind && names->names[low].number == number;
}

uint32_t items_place(const Plan *plan, uint64_t identity) {
    const Pieces *pieces = &plan->pieces[PIECES_ITEMS];
    for (uint32_t each = 0; each < pieces->length; each++)
        if (pieces->items[each].identity == identity) return pieces->items[each].place;
    return UINT32_MAX;
}
