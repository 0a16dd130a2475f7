/* Writes life, latest values, instants, items, ids and daily totals. Equals streams.changelog.parts. */
#include "../fold/running.h"
#include "chunks.h"

#include <stdlib.h>

#define TEXT_FOLLOWS 1
#define FEW 40 /* items that are sorted one by one */

static void put_stretch(Writer *writer, Stretch stretch) {
    put_word(&writer->out, (uint64_t)stretch.first_ms);
    put_word(&writer->out, (uint64_t)stretch.last_ms);
    put_byte(&writer->out, stretch.has_between);
}

void put_stretches(Writer *writer, const Account *account) {
    bool has_life = account->first_ms != FAR;
    put_length(&writer->out, has_life ? (uint64_t)account->earlier_length + 1 : 0);
    if (!has_life) return;
    for (uint32_t each = 0; each < account->earlier_length; each++) put_stretch(writer, account->earlier[each]);
    put_stretch(writer, (Stretch){account->first_ms, account->latest_ms, account->has_between});
}

void put_latest_values(Writer *writer, const Account *account) {
    const Pieces *pieces = &writer->plan->pieces[PIECES_LATEST_VALUES];
    size_t begin = begin_length(&writer->out);
    uint32_t written = 0;
    for (uint32_t each = 0; each < pieces->length; each++) {
        const LatestValue *latest = &account->latest_values[pieces->items[each].place];
        if (!latest->is_set) continue;
        put_word(&writer->out, pieces->items[each].identity);
        put_word(&writer->out, (uint64_t)latest->at_ms);
        put_word(&writer->out, latest->tie);
        put_byte(&writer->out, latest->is_text ? TEXT_FOLLOWS : 0);
        if (latest->is_text)
            put_text(&writer->out, latest->text);
        else
            put_real(&writer->out, latest->number);
        written++;
    }
    end_length(&writer->out, begin, written);
}

static bool is_instant(int64_t at_ms) { return at_ms >= 0 && at_ms < FAR; }

void put_instants(Writer *writer, const Pieces *pieces, const int64_t *held) {
    size_t begin = begin_length(&writer->out);
    uint32_t written = 0;
    for (uint32_t each = 0; each < pieces->length; each++) {
        if (!is_instant(held[pieces->items[each].place])) continue;
        put_word(&writer->out, pieces->items[each].identity);
        written++;
    }
    for (uint32_t each = 0; each < pieces->length; each++) {
        int64_t at_ms = held[pieces->items[each].place];
        if (is_instant(at_ms)) put_word(&writer->out, (uint64_t)at_ms);
    }
    end_length(&writer->out, begin, written);
}

static int compare_keys(const void *one, const void *other) {
    uint64_t first = (*(const Item *const *)one)->key, second = (*(const Item *const *)other)->key;
    return (first > second) - (first < second);
}

/* The items by key. */
static const Item **sorted_items(Writer *writer, const Items *items) {
    uint32_t length = items->length;
    if (length > writer->items_room) {
        writer->items_room = length;
        writer->items = grow_memory(writer->items, length, sizeof *writer->items);
    }
    const Item **sorted = writer->items;
    for (uint32_t each = 0; each < length; each++) {
        const Item *next = sorted[each] = &items->items[each];
        if (length > FEW) continue;
        uint32_t place = each;
        for (; place && sorted[place - 1]->key > next->key; place--) sorted[place] = sorted[place - 1];
        sorted[place] = next;
    }
    if (length > FEW) qsort(sorted, length, sizeof *sorted, compare_keys);
    return sorted;
}

void put_items(Writer *writer, const Items *items) {
    Out *out = &writer->out;
    uint32_t length = items->length;
    const Item **sorted = sorted_items(writer, items);
    put_length(out, length);
    put_room(out, (size_t)length * sizeof *items->items);
    for (uint32_t each = 0; each < length; each++) put_word(out, sorted[each]->key);
    for (uint32_t each = 0; each < length; each++) put_word(out, (uint64_t)sorted[each]->at_ms);
    for (uint32_t each = 0; each < length; each++) put_word(out, sorted[each]->tie);
    for (uint32_t each = 0; each < length; each++) put_real(out, sorted[each]->value);
}

/* The first period after `after`, FAR for none; how many ids it has becomes `length`. */
static int64_t next_period(const IdList *ids, int64_t after, uint32_t *length) {
    int64_t next = FAR;
    for (uint32_t each = 0; each < ids->length; each++) {
        int64_t period = periods_of(ids)[each];
        if (period <= after || period > next) continue;
        *length = period == next ? *length + 1 : 1;
        next = period;
    }
    return next;
}

void put_chunk(Writer *writer, const IdList *ids) {
    size_t begin = begin_length(&writer->out);
    uint32_t written = 0, length = 0;
    for (int64_t period = -FAR; (period = next_period(ids, period, &length)) != FAR; written++) {
        put_word(&writer->out, (uint64_t)period);
        put_length(&writer->out, length);
        uint8_t *words = put_room(&writer->out, (size_t)length * 8);
        writer->out.length += (size_t)length * 8;
        for (uint32_t each = 0; each < ids->length; each++) {
            if (periods_of(ids)[each] != period) continue;
            memcpy(words, &ids->prints[each], 8);
            words += 8;
        }
    }
    end_length(&writer->out, begin, written);
}

/* The first day of [begin, end) that has a total, 0 for none. */
static int64_t first_total(const Plan *plan, const Account *account, int64_t begin, int64_t end) {
    int64_t first = FAR;
    for (uint32_t daily = 0; daily < plan->daily_length; daily++) {
        const Totals *totals = &account->totals[daily];
        uint32_t place = place_of_day(totals, begin);
        if (place < totals->length && totals->days[place] < end) first = least(first, totals->days[place]);
    }
    return first == FAR ? 0 : first;
}

void put_totals(Writer *writer, const Account *account, int64_t begin_day, int64_t end) {
    const Pieces *pieces = &writer->plan->pieces[PIECES_TOTALS];
    int64_t first = first_total(writer->plan, account, begin_day, end);
    put_word(&writer->out, (uint64_t)first);
    size_t begin = begin_length(&writer->out);
    uint32_t written = 0;
    for (uint32_t each = 0; each < pieces->length; each++) {
        const Totals *totals = &account->totals[pieces->items[each].place];
        int64_t before = first;
        writer->gaps.length = writer->numbers.length = 0;
        for (uint32_t at = place_of_day(totals, begin_day); at < totals->length && totals->days[at] < end; at++) {
            list_add(&writer->gaps, totals->days[at] - before);
            list_add(&writer->numbers, totals->totals[at]);
            before = totals->days[at];
        }
        if (!writer->gaps.length) continue;
        put_word(&writer->out, pieces->items[each].identity);
        put_numbers(&writer->out, &writer->gaps);
        put_numbers(&writer->out, &writer->numbers);
        written++;
    }
    end_length(&writer->out, begin, written);
}
