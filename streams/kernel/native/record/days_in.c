/* Reads the counts and values of days: streams.changelog.days_part. */
#include "state_in.h"

#include <stdlib.h>

#define TWICE "it has a day of a series twice"

/* Whether there are gaps, and they make buckets that ascend. */
static bool ascend(const List *gaps) {
    if (!gaps->length || gaps->items[0] < 0) return false;
    for (uint32_t each = 1; each < gaps->length; each++)
        if (gaps->items[each] <= 0) return false;
    return true;
}

/* Makes buckets of gaps, and checks the last of them. */
static bool make_buckets(const Plan *plan, int64_t first, int64_t only, const List *gaps, In *in) {
    int64_t bucket = first * plan->buckets_a_day, last = INSTANT_MAX / plan->resolution_ms;
    for (uint32_t each = 0; each < gaps->length; each++) {
        bool is_one = !__builtin_add_overflow(bucket, gaps->items[each], &bucket) && bucket <= last;
        if (!check(in, is_one, "a bucket is out of the calendar")) return false;
        gaps->items[each] = bucket;
    }
    return check(in, only == NO_DAY || bucket / plan->buckets_a_day == only, "it is of another day");
}

/* The buckets of one day in a series that is read: those from `at` to before `end`. */
typedef struct {
    Cells *cells;
    uint32_t at, end;
    int64_t day;
} Segment;

/* The segment that begins at `at`, whose day the account has from now on. */
static Segment next_segment(const Plan *plan, Account *account, Cells *cells, const List *buckets, uint32_t at) {
    Segment segment = {cells, at, at + 1, buckets->items[at] / plan->buckets_a_day};
    int64_t last = (segment.day + 1) * plan->buckets_a_day;
    while (segment.end < buckets->length && buckets->items[segment.end] < last) segment.end++;
    make_day(plan, account, segment.day);
    return segment;
}

/* Room for the cells of a segment, of which the series has none; NULL when they have to be put one by one. */
static Cell *make_segment(const Plan *plan, const Segment *segment, uint64_t length, In *in) {
    Place place = place_past(segment->cells, segment->day * plan->buckets_a_day - 1);
    int64_t end = (segment->day + 1) * plan->buckets_a_day;
    bool is_new = !is_cell(segment->cells, place) || cell_at(segment->cells, place)->bucket >= end;
    return check(in, is_new, TWICE) ? make_cells(segment->cells, place, length) : NULL;
}

/* Puts a cell into the room of its segment, or where it belongs. */
static void fill_in(Cells *cells, Cell **room, Cell cell) {
    if (*room)
        *(*room)++ = cell;
    else
        put_cell(cells, place_of(cells, cell.bucket, content_of(&cell)), cell);
}

static void counts_in(const Plan *plan, Account *account, int64_t first, int64_t only, In *in) {
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--) {
        int64_t place = piece_at(&plan->pieces[PIECES_COUNTS], get_word(in));
        const List *gaps = get_numbers(in, 0), *numbers = get_numbers(in, 1);
        bool match = gaps->length == numbers->length && ascend(gaps);
        if (!check(in, match, "its counts do not match its buckets") || place < 0) continue;
        if (!make_buckets(plan, first, only, gaps, in)) return;
        for (uint32_t at = 0; at < gaps->length && !is_damaged(in);) {
            Segment segment = next_segment(plan, account, &account->counts[place], gaps, at);
            Cell *room = make_segment(plan, &segment, segment.end - at, in);
            for (; at < segment.end && !is_damaged(in); at++) {
                Cell cell = cell_of((uint32_t)gaps->items[at], (uint64_t)numbers->items[at]);
                fill_in(segment.cells, &room, cell);
            }
        }
    }
}

static int by_content(const void *one, const void *other) {
    uint64_t first = *(const uint64_t *)one, second = *(const uint64_t *)other;
    return (first > second) - (first < second);
}

/* Puts the values of one bucket in ascending order; they are as they were read. */
static void put_sorted(Cells *cells, Cell **room, uint32_t bucket, const uint8_t *prints, uint32_t size, In *in) {
    uint64_t *values = grow_memory(NULL, size, sizeof *values);
    memcpy(values, prints, size * sizeof *values);
    qsort(values, size, sizeof *values, by_content);
    for (uint32_t each = 0; each < size; each++) {
        if (each && values[each] == values[each - 1]) damaged(in, "it has a value twice");
        fill_in(cells, room, cell_of(bucket, values[each]));
    }
    give_memory(values);
}

static void put_values(Cells *cells, Cell **room, uint32_t bucket, const uint8_t *prints, uint32_t size, In *in) {
    uint32_t ascending = 1;
    while (ascending < size && word_at(prints, ascending - 1) < word_at(prints, ascending)) ascending++;
    if (ascending < size) {
        put_sorted(cells, room, bucket, prints, size, in);
        return;
    }
    for (uint32_t each = 0; each < size; each++) fill_in(cells, room, cell_of(bucket, word_at(prints, each)));
}

/* How many values all buckets have; more than can follow when one has none. */
static uint64_t sum_of(const List *sizes, bool *are_some) {
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
        int64_t place = piece_at(&plan->pieces[PIECES_VALUES], get_word(in));
        const List *gaps = get_numbers(in, 0), *sizes = get_numbers(in, 1);
        bool are_some;
        uint64_t sum = sum_of(sizes, &are_some);
        bool match = gaps->length == sizes->length && ascend(gaps) && are_some;
        if (!check(in, match, "its values do not match its buckets")) return;
        const uint8_t *prints = get_words(in, sum);
        if (!prints) return;
        if (place < 0) continue;
        if (!make_buckets(plan, first, only, gaps, in)) return;
        for (uint32_t at = 0; at < gaps->length && !is_damaged(in);) {
            Segment segment = next_segment(plan, account, &account->values[place].cells, gaps, at);
            uint64_t size = 0;
            for (uint32_t each = at; each < segment.end; each++) size += (uint64_t)sizes->items[each];
            if (!check(in, !has_ceiling(&account->values[place], segment.day), TWICE)) return;
            Cell *room = make_segment(plan, &segment, size, in);
            for (; at < segment.end && !is_damaged(in); at++) {
                put_values(segment.cells, &room, (uint32_t)gaps->items[at], prints, (uint32_t)sizes->items[at], in);
                prints += 8 * sizes->items[at];
            }
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
