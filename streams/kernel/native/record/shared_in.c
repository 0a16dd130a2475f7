/* Reads the ceilings of values, and what the counted events of a day have in common: streams.changelog.days_part. */
#include "state_in.h"

#include "../text/texts.h"

#define NAME_MAX_CHARACTERS 1000
#define NO_COMMON "it does not say what counts have in common"

/* Checks a day that is so many after the first one of a section. */
static bool check_day(In *in, int64_t first, uint64_t days, int64_t only) {
    bool is_day = days <= (uint64_t)DAY_MAX && first + (int64_t)days <= DAY_MAX;
    return check(in, is_day, "a day is out of the calendar") &&
           check(in, only == NO_DAY || !days, "it is of another day");
}

void ceilings_in(const Plan *plan, Account *account, int64_t first, int64_t only, In *in) {
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--) {
        int64_t place = piece_at(&plan->pieces[PIECES_VALUES], get_word(in));
        uint64_t days = get_word(in), ceiling = get_word(in);
        if (!check_day(in, first, days, only) || !check(in, ceiling != UINT64_MAX, "a ceiling is none")) return;
        if (place < 0) continue;
        make_day(plan, account, first + (int64_t)days);
        set_ceiling(&account->values[place], first + (int64_t)days, ceiling);
    }
}

/* Whether a series has something on a day. */
static bool has_day(const Plan *plan, const Cells *cells, int64_t day) {
    int64_t first = day * plan->buckets_a_day;
    return first_bucket_past(cells, first - 1) < first + plan->buckets_a_day;
}

typedef struct {
    uint32_t length, room;
    Text *items;
} Shared;

static void shared_in(Shared *names, In *in) {
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--) {
        Text name = get_text(in);
        bool is_short = name.length <= NAME_MAX_CHARACTERS || code_points(name) <= NAME_MAX_CHARACTERS;
        check(in, is_short, "a name is too long");
        MAKE_ROOM(names->items, names->length, names->room, 8);
        names->items[names->length++] = name;
    }
}

static void range_of(const List *row, int64_t *lowest, int64_t *highest) {
    *lowest = *highest = row->items[0];
    for (uint32_t each = 1; each < row->length; each++) {
        *lowest = least(*lowest, row->items[each]);
        *highest = greatest(*highest, row->items[each]);
    }
}

static bool are_places(const List *row, uint32_t length) {
    int64_t lowest, highest;
    range_of(row, &lowest, &highest);
    return lowest >= 0 && highest < length;
}

/* Checks what was read of one series: days, numbers, places of events and of users among the names. */
static bool check_alikes(uint32_t names, int64_t first, int64_t only, In *in) {
    const List *row = in->rows;
    uint32_t length = row[0].length;
    bool match = length && row[1].length == length && row[2].length == length && row[3].length == length;
    int64_t lowest, highest;
    if (!check(in, match && are_places(&row[2], names) && are_places(&row[3], names), NO_COMMON)) return false;
    range_of(&row[0], &lowest, &highest);
    if (!check(in, lowest >= -first && highest <= DAY_MAX - first, "a day is out of the calendar")) return false;
    if (!check(in, only == NO_DAY || (!lowest && !highest), "it is of another day")) return false;
    range_of(&row[1], &lowest, &highest);
    return check(in, lowest > 0 && highest <= TOTAL_MAX, NO_COMMON);
}

void alikes_in(const Plan *plan, Account *account, int64_t first, int64_t only, In *in) {
    Shared names = {0, 0, NULL};
    shared_in(&names, in);
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--) {
        int64_t place = piece_at(&plan->pieces[PIECES_COUNTS], get_word(in));
        for (uint32_t row = 0; row < ROWS; row++) get_numbers(in, row);
        if (is_damaged(in) || !check_alikes(names.length, first, only, in)) break;
        if (place < 0 || !plan->count_series[place].keeps_alike) continue;
        for (uint32_t each = 0; each < in->rows[0].length; each++) {
            int64_t day = first + in->rows[0].items[each];
            bool is_counted = has_day(plan, &account->counts[place], day);
            if (!check(in, is_counted, "it knows more of counts than it has")) break;
            set_alike(&account->days, day, (uint32_t)place, in->rows[1].items[each],
                      names.items[in->rows[2].items[each]], names.items[in->rows[3].items[each]]);
        }
    }
    give_memory(names.items);
}
