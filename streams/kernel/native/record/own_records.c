/* Own records: which there are. */
#include "../fold/days.h"
#include "own_records.h"

#include "../fold/running.h"
#include "../state/cells.h"
#include "../state/marks.h"
#include "chunks.h"

const Limits LIMITS = {.open_day_max = 4096, .older_days_max = 32, .totals_max = 64, .items_max = 256};

static bool has_totals(const Plan *plan, const Account *account, int64_t block) {
    int64_t begin = block * TOTALS_BLOCK_DAYS;
    for (uint32_t daily = 0; daily < plan->daily_length; daily++) {
        const Totals *totals = &account->totals[daily];
        uint32_t place = place_of_day(totals, begin);
        if (place < totals->length && totals->days[place] < begin + TOTALS_BLOCK_DAYS) return true;
    }
    return false;
}

static void add_totals(const Plan *plan, const Account *account, const Limits *limits, const Names *held, Names *own) {
    int64_t sum = 0, today = floor_div(account->as_of_ms, DAY_MS);
    for (uint32_t daily = 0; daily < plan->daily_length; daily++) sum += account->totals[daily].length;
    if (sum <= limits->totals_max) return;
    int64_t first_day = greatest(floor_div(oldest_ms(account), DAY_MS), today - plan->totals_reach + 1);
    int64_t open = floor_div(today, TOTALS_BLOCK_DAYS);
    for (int64_t block = floor_div(first_day, TOTALS_BLOCK_DAYS); block < open; block++) {
        bool stands = has_name(held, OWN_TOTALS, (uint64_t)block) && !is_marked(account, true, block);
        if (stands || has_totals(plan, account, block)) add_name(own, OWN_TOTALS, (uint64_t)block, 0);
    }
}

/* Counts the cells of a series by day, from the last day on, until the days from `older` down cannot be in the head. */
static void count_cells(const Plan *plan, const Account *account, const Cells *cells, uint32_t older, int64_t most,
                        int64_t *sizes) {
    uint32_t at = account->days.length;
    int64_t begin = FAR, of_older = 0;
    for (uint32_t leaf = leaves_length(cells); leaf--;) {
        const Leaf *held = leaf_at(cells, leaf);
        for (uint32_t index = held->length; index--;) {
            while (held->cells[index].bucket < begin && at) begin = account->days.days[--at] * plan->buckets_a_day;
            if (at < older && (of_older >= most || older - at > most)) return;
            of_older += at < older;
            sizes[at]++;
        }
    }
}

static void count_all(const Plan *plan, const Account *account, uint32_t older, int64_t most, List *sizes) {
    sizes->length = 0;
    for (uint32_t day = 0; day < account->days.length; day++) list_add(sizes, 0);
    for (uint32_t each = 0; each < plan->count_series_length; each++)
        count_cells(plan, account, &account->counts[each], older, most, sizes->items);
    for (uint32_t each = 0; each < plan->value_series_length; each++)
        count_cells(plan, account, &account->values[each].cells, older, most, sizes->items);
}

static void add_days(const Plan *plan, const Account *account, const Limits *limits, List *sizes, Names *own) {
    const Days *days = &account->days;
    if (!days->length) return;
    int64_t open_day = least(floor_div(account->as_of_ms, DAY_MS), days->days[days->length - 1]);
    uint32_t older = days->length, in_head;
    while (older && days->days[older - 1] >= open_day) older--;
    count_all(plan, account, older, limits->older_days_max, sizes);
    int64_t left = limits->older_days_max;
    for (in_head = older; in_head && left > 0; in_head--) {
        left -= greatest(sizes->items[in_head - 1], 1);
        if (left <= 0) break;
    }
    for (uint32_t day = 0; day < days->length; day++)
        if (day < in_head || (day >= older && sizes->items[day] > limits->open_day_max))
            add_name(own, OWN_DAY, (uint64_t)(int64_t)days->days[day], 0);
}

const Items *items_at(const Plan *plan, const Account *account, uint32_t place) {
    return place < plan->items_length ? &account->items[place] : &account->tallies[place - plan->items_length];
}

static void add_items(const Plan *plan, const Account *account, const Limits *limits, Names *own) {
    const Pieces *pieces = &plan->pieces[PIECES_ITEMS];
    for (uint32_t each = 0; each < pieces->length; each++) {
        const Piece *piece = &pieces->items[each];
        if (items_at(plan, account, piece->place)->length > limits->items_max)
            add_name(own, OWN_ITEMS, piece->identity, piece->place);
    }
}

void own_chunks(const Account *account, Names *own) {
    own->length = 0;
    for (uint32_t each = 0; each < account->ids->closed_length; each++)
        add_name(own, OWN_IDS, account->ids->closed[each].number, 0);
}

void own_records(const Plan *plan, const Account *account, const Limits *limits, const Names *held, List *sizes,
                 Names *own) {
    own_chunks(account, own);
    add_totals(plan, account, limits, held, own);
    add_days(plan, account, limits, sizes, own);
    add_items(plan, account, limits, own);
    order_names(own); /* which they are in, nearly always */
}

const Chunk *chunk_by(const Account *account, uint64_t number) {
    const EventIds *ids = account->ids;
    uint32_t low = 0, high = ids->closed_length;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (ids->closed[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ids->closed_length && ids->closed[low].number == number ? &ids->closed[low] : NULL;
}

static bool is_living(const Plan *plan, const Account *account, const Name *name) {
    const Days *days = &account->days;
    uint32_t place;
    switch (name->kind) {
    case OWN_DAY:
        place = day_from(days, (int64_t)name->number);
        return place < days->length && days->days[place] == (int64_t)name->number;
    case OWN_TOTALS:
        return has_totals(plan, account, (int64_t)name->number);
    case OWN_ITEMS:
        return name->place != UINT32_MAX && items_at(plan, account, name->place)->length;
    default:
        return chunk_by(account, name->number) != NULL;
    }
}

void living_records(const Plan *plan, const Account *account, const Names *held, Names *own) {
    own->length = 0;
    for (uint32_t each = 0; each < held->length; each++) {
        const Name *name = &held->names[each];
        if (is_living(plan, account, name)) add_name(own, name->kind, name->number, name->place);
    }
}
