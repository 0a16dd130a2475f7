/* Writes days: buckets of counts and values, and ceilings. Equals `encode_days` of streams.changelog.days_part. */
#include "../fold/days.h"
#include "../state/cells.h"
#include "records.h"

#define NO_CEILING UINT64_MAX

/* --- which days: ranges of buckets. Between two days that follow one another in an account there is nothing. */

static void add_range(Writer *writer, const Account *account, uint32_t from, uint32_t until) {
    const Days *days = &account->days;
    int64_t a_day = writer->plan->buckets_a_day, first = days->days[from], last = days->days[until - 1];
    MAKE_ROOM(writer->ranges, writer->ranges_length, writer->ranges_room, 4);
    writer->ranges[writer->ranges_length++] = (Range){
        .first = first * a_day,
        .last = (last + 1) * a_day - 1,
        .first_day = first,
        .last_day = last,
        .is_to_end = until == days->length,
    };
    if (writer->ranges_length == 1) writer->first_day = first;
}

static void begin_ranges(Writer *writer) {
    writer->ranges_length = 0;
    writer->first_day = 0;
}

void choose_days(Writer *writer, const Account *account, const Names *own) {
    const Days *days = &account->days;
    uint32_t name = 0, from = 0;
    begin_ranges(writer);
    for (uint32_t day = 0; day < days->length; day++) {
        while (name < own->length &&
               (own->names[name].kind != OWN_DAY || (int64_t)own->names[name].number < days->days[day]))
            name++;
        if (name == own->length || (int64_t)own->names[name].number != days->days[day]) continue;
        if (from < day) add_range(writer, account, from, day);
        from = day + 1;
    }
    if (from < days->length) add_range(writer, account, from, days->length);
}

void choose_day(Writer *writer, const Account *account, int64_t day) {
    uint32_t place = day_from(&account->days, day);
    begin_ranges(writer);
    add_range(writer, account, place, place + 1);
}

bool is_chosen(const Writer *writer, int64_t day) {
    for (uint32_t each = 0; each < writer->ranges_length; each++)
        if (day >= writer->ranges[each].first_day && day <= writer->ranges[each].last_day) return true;
    return false;
}

/* --- the cells in them */

typedef struct {
    int64_t before; /* the bucket of the cell before */
    Writer *writer;
} Gathered;

typedef void Gather(Gathered *gathered, const Cell *cells, uint32_t length);

static void gather_counts(Gathered *gathered, const Cell *cells, uint32_t length) {
    Writer *writer = gathered->writer;
    for (uint32_t each = 0; each < length; each++) {
        list_add(&writer->gaps, cells[each].bucket - gathered->before);
        list_add(&writer->numbers, (int64_t)content_of(&cells[each]));
        gathered->before = cells[each].bucket;
    }
}

/* The numbers are those of values in each bucket. */
static void gather_values(Gathered *gathered, const Cell *cells, uint32_t length) {
    Writer *writer = gathered->writer;
    uint8_t *words = put_room(&writer->words, (size_t)length * 8);
    writer->words.length += (size_t)length * 8;
    for (uint32_t each = 0; each < length; each++) {
        if (!writer->gaps.length || cells[each].bucket != gathered->before) {
            list_add(&writer->gaps, cells[each].bucket - gathered->before);
            list_add(&writer->numbers, 0);
            gathered->before = cells[each].bucket;
        }
        writer->numbers.items[writer->numbers.length - 1]++;
        memcpy(words + (size_t)each * 8, &cells[each].lower, 8);
    }
}

static void gather_range(Gathered *gathered, const Cells *cells, const Range *range, Gather *gather) {
    uint32_t leaves = leaves_length(cells);
    Place begin = place_past(cells, range->first - 1);
    Place end = range->is_to_end ? (Place){leaves, 0} : place_past(cells, range->last);
    for (uint32_t number = begin.leaf; number < leaves && number <= end.leaf; number++) {
        const Leaf *leaf = leaf_at(cells, number);
        uint32_t from = number == begin.leaf ? begin.index : 0;
        uint32_t until = number == end.leaf ? end.index : leaf->length;
        if (from < until) gather(gathered, leaf->cells + from, until - from);
    }
}

/* Gathers what a series has on these days; false when that is nothing. */
static bool gather(Writer *writer, const Cells *cells, Gather *with) {
    Gathered gathered = {writer->first_day * writer->plan->buckets_a_day, writer};
    writer->gaps.length = writer->numbers.length = 0;
    writer->words.length = 0;
    if (!leaves_length(cells)) return false;
    for (uint32_t each = 0; each < writer->ranges_length; each++)
        gather_range(&gathered, cells, &writer->ranges[each], with);
    return writer->gaps.length;
}

static void put_counts(Writer *writer, const Account *account) {
    const Pieces *pieces = &writer->plan->pieces[PIECES_COUNTS];
    size_t begin = begin_length(&writer->out);
    uint32_t written = 0;
    for (uint32_t each = 0; each < pieces->length; each++) {
        const Piece *piece = &pieces->items[each];
        if (!gather(writer, &account->counts[piece->place], gather_counts)) continue;
        put_word(&writer->out, piece->identity);
        put_numbers(&writer->out, &writer->gaps);
        put_numbers(&writer->out, &writer->numbers);
        written++;
    }
    end_length(&writer->out, begin, written);
}

static void put_values(Writer *writer, const Account *account) {
    const Pieces *pieces = &writer->plan->pieces[PIECES_VALUES];
    size_t begin = begin_length(&writer->out);
    uint32_t written = 0;
    for (uint32_t each = 0; each < pieces->length; each++) {
        const Piece *piece = &pieces->items[each];
        if (!gather(writer, &account->values[piece->place].cells, gather_values)) continue;
        put_word(&writer->out, piece->identity);
        put_numbers(&writer->out, &writer->gaps);
        put_numbers(&writer->out, &writer->numbers);
        put_bytes(&writer->out, writer->words.bytes, writer->words.length);
        written++;
    }
    end_length(&writer->out, begin, written);
}

static void put_ceilings(Writer *writer, const Account *account) {
    const Pieces *pieces = &writer->plan->pieces[PIECES_VALUES];
    size_t begin = begin_length(&writer->out);
    uint32_t written = 0;
    for (uint32_t each = 0; each < pieces->length; each++) {
        const Values *values = &account->values[pieces->items[each].place];
        for (uint32_t number = 0; number < values->ceilings_length; number++) {
            const Ceiling *held = &values->ceilings[number];
            if (held->ceiling == NO_CEILING || !is_chosen(writer, held->day)) continue;
            put_word(&writer->out, pieces->items[each].identity);
            put_word(&writer->out, (uint64_t)(held->day - writer->first_day));
            put_word(&writer->out, held->ceiling);
            written++;
        }
    }
    end_length(&writer->out, begin, written);
}

void put_days(Writer *writer, const Account *account) {
    put_word(&writer->out, (uint64_t)writer->first_day);
    put_counts(writer, account);
    put_values(writer, account);
    put_ceilings(writer, account);
    put_alikes(writer, account);
}
