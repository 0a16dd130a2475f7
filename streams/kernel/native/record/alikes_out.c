/* Writes what the events of days have in common: `_alikes` of streams.changelog.days_part. */
#include "../fold/days.h"
#include "records.h"

#include <stdlib.h>
#include <string.h>

static int compare_texts(const void *one, const void *other) {
    const Text *first = one, *second = other;
    uint32_t shorter = first->length < second->length ? first->length : second->length;
    int order = shorter ? memcmp(first->bytes, second->bytes, shorter) : 0;
    return order ? order : (first->length > second->length) - (first->length < second->length);
}

static void add_text(Writer *writer, Text text) {
    MAKE_ROOM(writer->texts, writer->texts_length, writer->texts_room, 16);
    writer->texts[writer->texts_length++] = text;
}

/* All names and users, each once, ascending. */
static void gather_texts(Writer *writer) {
    uint32_t kept = 0;
    writer->texts_length = 0;
    for (uint32_t each = 0; each < writer->alikes_length; each++) {
        add_text(writer, alike_event(writer->alikes[each]));
        add_text(writer, alike_user(writer->alikes[each]));
    }
    qsort(writer->texts, writer->texts_length, sizeof(Text), compare_texts);
    for (uint32_t each = 0; each < writer->texts_length; each++)
        if (!kept || compare_texts(&writer->texts[kept - 1], &writer->texts[each]))
            writer->texts[kept++] = writer->texts[each];
    writer->texts_length = kept;
    put_length(&writer->out, kept);
    for (uint32_t each = 0; each < kept; each++) put_text(&writer->out, writer->texts[each]);
}

static void list_text(const Writer *writer, List *places, Text text) {
    const Text *found = bsearch(&text, writer->texts, writer->texts_length, sizeof(Text), compare_texts);
    list_add(places, found - writer->texts);
}

/* What one series has of them; false for nothing. */
static bool put_series(Writer *writer, const Piece *piece) {
    List *days = &writer->gaps, *numbers = &writer->numbers, *events = &writer->others, *users = &writer->more;
    days->length = numbers->length = events->length = users->length = 0;
    for (uint32_t each = 0; each < writer->alikes_length; each++) {
        const Alike *alike = writer->alikes[each];
        if (alike->series != piece->place) continue;
        list_add(days, alike->day - writer->first_day);
        list_add(numbers, alike->number);
        list_text(writer, events, alike_event(alike));
        list_text(writer, users, alike_user(alike));
    }
    if (!days->length) return false;
    put_word(&writer->out, piece->identity);
    put_numbers(&writer->out, days);
    put_numbers(&writer->out, numbers);
    put_numbers(&writer->out, events);
    put_numbers(&writer->out, users);
    return true;
}

void put_alikes(Writer *writer, const Account *account) {
    const Plan *plan = writer->plan;
    const Pieces *pieces = &plan->pieces[PIECES_COUNTS];
    uint32_t written = 0;
    writer->alikes_length = 0;
    for (uint32_t each = 0; each < account->days.alikes_length; each++) {
        const Alike *alike = &account->days.alikes[each];
        if (!is_chosen(writer, alike->day)) continue;
        MAKE_ROOM(writer->alikes, writer->alikes_length, writer->alikes_room, 16);
        writer->alikes[writer->alikes_length++] = alike;
    }
    if (!writer->alikes_length) { /* neither texts nor series */
        put_byte(&writer->out, 0);
        put_byte(&writer->out, 0);
        return;
    }
    gather_texts(writer);
    size_t begin = begin_length(&writer->out);
    for (uint32_t each = 0; each < pieces->length; each++)
        if (plan->count_series[pieces->items[each].place].keeps_alike) written += put_series(writer, &pieces->items[each]);
    end_length(&writer->out, begin, written);
}
