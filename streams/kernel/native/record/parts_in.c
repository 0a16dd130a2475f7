/* Reads life, latest values, instants, items, daily totals and ids: streams.changelog.parts. */
#include "../items/kept.h"
#include "state_in.h"

#include <stdlib.h>

#define NO_INSTANT "an instant is out of the calendar"

int64_t piece_at(const Pieces *pieces, uint64_t identity) {
    uint32_t low = 0, high = pieces->length;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (pieces->items[middle].identity < identity)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < pieces->length && pieces->items[low].identity == identity;
    return is_there ? (int64_t)pieces->items[low].place : -1;
}

void stretches_in(const Plan *plan, Account *account, In *in) {
    uint32_t length = get_length(in);
    if (!length) return;
    Stretch *stretches = grow_memory(NULL, length, sizeof *stretches);
    for (uint32_t each = 0; each < length; each++) {
        stretches[each].first_ms = get_instant(in);
        stretches[each].last_ms = get_instant(in);
        stretches[each].has_between = get_byte(in) != 0;
    }
    if (is_damaged(in))
        give_memory(stretches);
    else
        live(plan, account, stretches, length);
}

void latest_values_in(const Plan *plan, Account *account, In *in) {
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--) {
        int64_t place = piece_at(&plan->pieces[PIECES_LATEST_VALUES], get_word(in));
        LatestValue latest = {.is_set = true};
        latest.at_ms = get_instant(in);
        latest.tie = get_word(in);
        uint8_t kind = get_byte(in);
        if (!check(in, kind <= 1, "a latest value is neither a number nor a text")) return;
        latest.is_text = kind == 1;
        Text text = {"", 0};
        if (kind)
            text = get_text(in);
        else
            latest.number = get_value(in);
        if (place < 0 || is_damaged(in)) continue;
        give_memory((char *)account->latest_values[place].text.bytes);
        account->latest_values[place] = latest;
        if (kind) hold_text(&account->latest_values[place], text);
    }
}

void instants_in(const Pieces *pieces, int64_t *held, In *in) {
    uint32_t length = get_length(in);
    const uint8_t *identities = get_words(in, length), *instants = get_words(in, length);
    if (!instants) return;
    for (uint32_t each = 0; each < length; each++)
        if (!check(in, word_at(instants, each) <= (uint64_t)INSTANT_MAX, NO_INSTANT)) return;
    for (uint32_t each = 0; each < length; each++) {
        int64_t place = piece_at(pieces, word_at(identities, each));
        if (place >= 0) held[place] = (int64_t)word_at(instants, each);
    }
}

static int by_key(const void *one, const void *other) {
    uint64_t first = *(const uint64_t *)one, second = *(const uint64_t *)other;
    return (first > second) - (first < second);
}

/* Whether all keys differ: they ascend, but where somebody else wrote them. */
static bool all_differ(const uint8_t *keys, uint32_t length) {
    uint32_t each = 1;
    while (each < length && word_at(keys, each - 1) < word_at(keys, each)) each++;
    if (each >= length) return true;
    uint64_t *sorted = grow_memory(NULL, length, sizeof *sorted);
    memcpy(sorted, keys, length * sizeof *sorted);
    qsort(sorted, length, sizeof *sorted, by_key);
    for (each = 1; each < length && sorted[each - 1] != sorted[each];) each++;
    give_memory(sorted);
    return each >= length;
}

/* Puts items where there may be some already: of equal keys the last counts, in the place of the first. */
static void put_items(Items *items, const uint8_t *const fields[4], uint32_t length) {
    bool were_some = items->length != 0;
    if (!were_some && length) {
        items->items = grow_memory(items->items, length, sizeof(Item));
        items->room = length;
    }
    for (uint32_t each = 0; each < length; each++) {
        Item item = {word_at(fields[0], each), (int64_t)word_at(fields[1], each), word_at(fields[2], each),
                     real_at(fields[3], each)};
        if (were_some)
            put_item(items, item);
        else
            items->items[items->length++] = item;
    }
    forget_found(items);
}

void items_in(const Plan *plan, Account *account, int64_t place, In *in) {
    uint32_t length = get_length(in);
    const uint8_t *fields[4];
    for (uint32_t field = 0; field < 4; field++) fields[field] = get_words(in, length);
    if (!fields[3]) return;
    for (uint32_t each = 0; each < length; each++)
        if (!check(in, word_at(fields[1], each) <= (uint64_t)INSTANT_MAX, NO_INSTANT)) return;
    for (uint32_t each = 0; each < length; each++)
        if (!check(in, is_value(real_at(fields[3], each)), "a value is beyond all measure")) return;
    if (!check(in, all_differ(fields[0], length), "it has an item twice") || place < 0) return;
    bool is_tally = place >= plan->items_length;
    put_items(is_tally ? &account->tallies[place - plan->items_length] : &account->items[place], fields, length);
}

/* Whether days that ascend by steps lie in the calendar. */
static bool are_days(int64_t first, const List *steps) {
    int64_t day = first;
    for (uint32_t each = 0; each < steps->length; each++)
        if (__builtin_add_overflow(day, steps->items[each], &day) || day < 0 || day > DAY_MAX) return false;
    return true;
}

static bool check_totals(int64_t first, const List *steps, const List *numbers, In *in) {
    bool match = steps->length && steps->length == numbers->length;
    for (uint32_t each = 1; match && each < steps->length; each++) match = steps->items[each] > 0;
    if (!check(in, match, "its daily totals do not match their days")) return false;
    if (!check(in, are_days(first, steps), "a day is out of the calendar")) return false;
    bool are_totals = true;
    for (uint32_t each = 0; each < numbers->length; each++)
        are_totals = are_totals && numbers->items[each] > 0 && numbers->items[each] <= TOTAL_MAX;
    return check(in, are_totals, "a daily total is out of range");
}

void totals_in(const Plan *plan, Account *account, int64_t block, In *in) {
    int64_t first = (int64_t)get_word(in);
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--) {
        int64_t place = piece_at(&plan->pieces[PIECES_TOTALS], get_word(in)), day = first;
        const List *steps = get_numbers(in, 0), *numbers = get_numbers(in, 1);
        if (is_damaged(in) || !check_totals(first, steps, numbers, in)) return;
        if (place >= 0) expect_totals(&account->totals[place], steps->length);
        for (uint32_t each = 0; each < steps->length; each++) {
            day += steps->items[each];
            bool is_of_it = block < 0 || day / TOTALS_BLOCK_DAYS == block;
            if (!check(in, is_of_it, "a daily total is of another block")) return;
            if (place >= 0) set_total(&account->totals[place], day, numbers->items[each]);
        }
    }
}

#define PERIOD_MIN (-((int64_t)1 << 28)) /* of ids with an unknown arrival */

static bool has_period(const IdList *list, int64_t period) {
    for (uint32_t each = 0; each < list->length; each++)
        if (periods_of(list)[each] == period) return true;
    return false;
}

void chunk_in(IdList *list, In *in) {
    int64_t latest = PERIOD_MIN - 1;
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--) {
        int64_t period = (int64_t)get_word(in);
        uint32_t length = get_length(in);
        const uint8_t *prints = get_words(in, length);
        if (!prints) return;
        bool is_period = period >= PERIOD_MIN && period <= DAY_MAX;
        if (!check(in, is_period, "a period of ids is out of the calendar")) return;
        bool is_new = period > latest || !has_period(list, period);
        if (!check(in, length && is_new, "its ids do not match their periods")) return;
        latest = greatest(latest, period);
        expect_ids(list, length);
        for (uint32_t each = 0; each < length; each++) put_in_list(list, period, word_at(prints, each));
    }
}
