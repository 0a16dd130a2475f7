/* Reads the counts and values of days: streams.changelog.days_part. */
#include "state_in.h"

#include <stdlib.h>

#define TWICE "it has a day of a series twice"

bool has_day(const Plan *plan, const Cells *cells, int64_t day) {
    int64_t first = day * plan->buckets_a_day;
    return first_bucket_past(cells, first - 1) < first + plan->buckets_a_day;
}

/* Whether there are gaps, and they make buckets that ascend. */
static bool ascend(const Row *gaps) {
    if (!gaps->length || gaps->items[0] < 0) return false;
    for (uint32_t each = 1; each < gaps->length; each++)
        if (gaps->items[each] <= 0) return false;
    return true;
}

/* Makes buckets of gaps, and checks the last of them. */
static bool make_buckets(const Plan *plan, int64_t first, int64_t only, const Row *gaps, In *in) {
    int64_t bucket = first * plan->buckets_a_day, last = INSTANT_MAX / plan->resolution_ms;
    for (uint32_t each = 0; each < gaps->length; each++) {
        bool is_one = !__builtin_add_overflow(bucket, gaps->items[each], &bucket) && bucket <= last;
        if (!check(in, is_one, "a bucket is out of the calendar")) return false;
        gaps->items[each] = bucket;
    }
    return check(in, only == NO_DAY || bucket / plan->buckets_a_day == only, "it is of another day");
}

/* Where the next cell goes; of a series whose cells mostly come in order. */
static Place place_for(const Cells *cells, uint32_t bucket, uint64_t content) {
    const Cell *last = last_cell(cells);
    if (!last || last->bucket < bucket) return (Place){leaves_length(cells), 0};
    return place_of(cells, bucket, content);
}

/* Notes the day of a bucket when it is another than `end` is the end of; false when the series has it already. */
static bool begin_day(const Plan *plan, Account *account, const Cells *cells, int64_t bucket, int64_t *end) {
    if (bucket < *end) return true;
    int64_t day = bucket / plan->buckets_a_day;
    *end = (day + 1) * plan->buckets_a_day;
    make_day(plan, account, day);
    const Cell *last = last_cell(cells);
    return !last || last->bucket < day * plan->buckets_a_day || !has_day(plan, cells, day);
}

static void counts_in(const Plan *plan, Account *account, int64_t first, int64_t only, In *in) {
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--) {
        int64_t place = piece_at(&plan->pieces[PIECES_COUNTS], get_word(in)), end = 0;
        const Row *gaps = get_numbers(in, 0), *numbers = get_numbers(in, 1);
        bool match = gaps->length == numbers->length && ascend(gaps);
        if (!check(in, match, "its counts do not match its buckets") || place < 0) continue;
        if (!make_buckets(plan, first, only, gaps, in)) return;
        Counts *counts = &account->counts[place];
        expect_cells(counts, gaps->length);
        for (uint32_t each = 0; each < gaps->length; each++) {
            int64_t bucket = gaps->items[each];
            if (!check(in, begin_day(plan, account, counts, bucket, &end), TWICE)) return;
            Cell cell = cell_of((uint32_t)bucket, (uint64_t)numbers->items[each]);
            put_cell(counts, place_for(counts, (uint32_t)bucket, 0), cell);
        }
    }
}

static int by_content(const void *one, const void *other) {
    uint64_t first = *(const uint64_t *)one, second = *(const uint64_t *)other;
    return (first > second) - (first < second);
}

/* Puts the values of one bucket in ascending order; they are as they were read. */
static void put_sorted(Cells *cells, uint32_t bucket, const uint8_t *prints, uint32_t size, In *in) {
    uint64_t *values = grow_memory(NULL, size, sizeof *values);
    memcpy(values, prints, size * sizeof *values);
    qsort(values, size, sizeof *values, by_content);
    for (uint32_t each = 0; each < size; each++) {
        if (!check(in, !each || values[each] != values[each - 1], "it has a value twice")) break;
        Place place = place_for(cells, bucket, values[each]);
        put_cell(cells, place, cell_of(bucket, values[each]));
    }
    give_memory(values);
}

static void put_values(Cells *cells, uint32_t bucket, const uint8_t *prints, uint32_t size, In *in) {
    uint32_t ascending = 1;
    while (ascending < size && word_at(prints, ascending - 1) < word_at(prints, ascending)) ascending++;
    if (ascending < size) {
        put_sorted(cells, bucket, prints, size, in);
        return;
    }
    for (uint32_t each = 0; each < size; each++) {
        uint64_t value = word_at(prints, each);
        const Cell *last = last_cell(cells);
        bool is_last = !last || last->bucket <= bucket; /* of this bucket there are lesser values only */
        Place place = is_last ? (Place){leaves_length(cells), 0} : place_of(cells, bucket, value);
        put_cell(cells, place, cell_of(bucket, value));
    }
}

/* How many values all buckets have; more than can follow when one has none. */
static uint64_t sum_of(const Row *sizes, bool *are_some) {
    uint64_t sum = 0;
    *are_some = true;
    for (uint32_t each = 0; each < sizes->length; each++) {
        if (sizes->items[each] <= 0) *are_some = false;
        sum = sizes->items[each] > UINT32_MAX ? (uint64_t)1 << 62 : sum + (uint64_t)sizes->items[each];
        if (sum >> 61) sum = (uint64_t)1 << 62;
    }
    return sum;
}

static void values_in(const Plan *plan, Account *account, int64_t first, int64_t only, In *in) {
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--) {
        int64_t place = piece_at(&plan->pieces[PIECES_VALUES], get_word(in)), end = 0;
        const Row *gaps = get_numbers(in, 0), *sizes = get_numbers(in, 1);
        bool are_some;
        uint64_t sum = sum_of(sizes, &are_some);
        bool match = gaps->length == sizes->length && ascend(gaps) && are_some;
        if (!check(in, match, "its values do not match its buckets")) return;
        const uint8_t *prints = get_words(in, sum);
        if (!prints) return;
        if (place < 0) continue;
        if (!make_buckets(plan, first, only, gaps, in)) return;
        Values *values = &account->values[place];
        expect_cells(&values->cells, (uint32_t)sum);
        for (uint32_t each = 0; each < gaps->length && !is_damaged(in); each++) {
            int64_t bucket = gaps->items[each];
            bool is_new = begin_day(plan, account, &values->cells, bucket, &end);
            if (!check(in, is_new && !has_ceiling(values, bucket / plan->buckets_a_day), TWICE)) return;
            put_values(&values->cells, (uint32_t)bucket, prints, (uint32_t)sizes->items[each], in);
            prints += 8 * sizes->items[each];
        }
    }
}

void days_in(const Plan *plan, Account *account, int64_t only, In *in) {
    int64_t first = (int64_t)get_word(in);
    if (!check(in, only == NO_DAY || first == only, "it is of another day")) return;
    if (!check(in, first >= 0 && first <= DAY_MAX, "a day is out of the calendar")) return;
    counts_in(plan, account, first, only, in);
    values_in(plan, account, first, only, in);
    ceilings_in(plan, account, first, only, in);
    alikes_in(plan, account, first, only, in);
}
