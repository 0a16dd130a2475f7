/* Writes the state of a head, and own records: `_encode_state` and `_encode_own` of streams.changelog.account_codec. */
#include "../state/marks.h"
#include "chunks.h"

/* The numbers of the own records of a kind. */
static const List *numbers_of(Writer *writer, const Names *own, OwnKind kind) {
    writer->numbers.length = 0;
    for (uint32_t each = 0; each < own->length; each++)
        if (own->names[each].kind == kind) list_add(&writer->numbers, (int64_t)own->names[each].number);
    return &writer->numbers;
}

/* Lists of items without records of their own. */
static void put_items_of_head(Writer *writer, const Account *account, const Names *own) {
    const Pieces *pieces = &writer->plan->pieces[PIECES_ITEMS];
    size_t begin = begin_length(&writer->out);
    uint32_t written = 0;
    for (uint32_t each = 0; each < pieces->length; each++) {
        const Piece *piece = &pieces->items[each];
        const Items *items = items_at(writer->plan, account, piece->place);
        if (!items->length || has_name(own, OWN_ITEMS, piece->identity)) continue;
        put_word(&writer->out, piece->identity);
        put_items(writer, items);
        written++;
    }
    end_length(&writer->out, begin, written);
}

/* The first day whose totals are in the head: that after the last block with a record of its own. */
static int64_t first_day_of_head(const Names *own) {
    for (uint32_t each = own->length; each--;)
        if (own->names[each].kind == OWN_TOTALS) return ((int64_t)own->names[each].number + 1) * TOTALS_BLOCK_DAYS;
    return 0;
}

void put_state(Writer *writer, const Account *account) {
    const Plan *plan = writer->plan;
    const Names *own = &writer->own;
    Out *out = &writer->out;
    put_numbers(out, &writer->offsets);
    put_word(out, (uint64_t)account->as_of_ms);
    put_stretches(writer, account);
    put_latest_values(writer, account);
    put_instants(writer, &plan->pieces[PIECES_LATEST_AT], account->latest_at);
    put_instants(writer, &plan->pieces[PIECES_FIRST_AT], account->first_at);
    put_items_of_head(writer, account, own);
    choose_days(writer, account, own);
    put_days(writer, account);
    put_totals(writer, account, first_day_of_head(own), FAR);
    put_word(out, account->ids->next_number);
    put_chunk(writer, &account->ids->open);
    put_steps(out, numbers_of(writer, own, OWN_DAY));
    put_steps(out, numbers_of(writer, own, OWN_TOTALS));
    put_steps(out, numbers_of(writer, own, OWN_IDS));
    const List *identities = numbers_of(writer, own, OWN_ITEMS);
    put_length(out, identities->length);
    put_bytes(out, identities->items, identities->length * sizeof *identities->items);
}

void put_own(Writer *writer, const Account *account, const Name *name) {
    int64_t number = (int64_t)name->number;
    switch (name->kind) {
    case OWN_DAY:
        put_numbers(&writer->out, &writer->offsets);
        choose_day(writer, account, number);
        put_days(writer, account);
        break;
    case OWN_TOTALS:
        put_numbers(&writer->out, &writer->offsets);
        put_totals(writer, account, number * TOTALS_BLOCK_DAYS, (number + 1) * TOTALS_BLOCK_DAYS);
        break;
    case OWN_ITEMS:
        put_items(writer, items_at(writer->plan, account, name->place));
        break;
    default:
        put_chunk(writer, &chunk_by(account, name->number)->ids);
    }
}

bool is_changed(const Account *account, const Name *name) {
    if (name->kind == OWN_ITEMS) return account->items_changed;
    if (name->kind == OWN_IDS) return false; /* written once */
    return is_marked(account, name->kind == OWN_TOTALS, (int64_t)name->number);
}

void writer_free(Writer *writer) {
    give_memory(writer->out.bytes);
    give_memory(writer->words.bytes);
    give_memory(writer->after.bytes);
    give_memory(writer->gaps.items);
    give_memory(writer->numbers.items);
    give_memory(writer->others.items);
    give_memory(writer->more.items);
    give_memory(writer->offsets.items);
    give_memory(writer->ranges);
    give_memory(writer->alikes);
    give_memory(writer->texts);
    give_memory(writer->items);
    give_memory(writer->own.names);
    give_memory(writer->held.names);
}
