/* Reads a head's state, and own records into it: streams.changelog.account_codec. */
#include "state_in.h"

static void offsets_in(Offsets *offsets, In *in) {
    const List *numbers = get_numbers(in, 0);
    if (!check(in, numbers->length == TOPICS, "it is not of as many topics as there are")) return;
    for (uint32_t topic = 0; topic < TOPICS; topic++) offsets->applied[topic] = numbers->items[topic] - 1;
}

static void all_items_in(const Plan *plan, Account *account, In *in) {
    for (uint32_t left = get_length(in); left && !is_damaged(in); left--)
        items_in(plan, account, piece_at(&plan->pieces[PIECES_ITEMS], get_word(in)), in);
}

static void ids_in(EventIds *ids, In *in) {
    int64_t next = (int64_t)get_word(in);
    if (!check(in, next >= 0 && next <= CHUNK_NUMBER_MAX, "a number of a chunk is out of range")) return;
    ids->next_number = (uint32_t)next;
    chunk_in(&ids->open, in);
}

static void names_in(Names *names, In *in) {
    static const OwnKind KINDS[] = {OWN_DAY, OWN_TOTALS, OWN_IDS};
    static const int64_t MOST[] = {DAY_MAX, BLOCK_MAX, CHUNK_NUMBER_MAX};
    for (uint32_t kind = 0; kind < 3; kind++) {
        const List *numbers = get_steps(in, 0, MOST[kind]);
        for (uint32_t each = 0; each < numbers->length; each++)
            add_name(names, KINDS[kind], (uint64_t)numbers->items[each], UINT32_MAX);
    }
    uint32_t length = get_length(in);
    const uint8_t *identities = get_words(in, length);
    for (uint32_t each = 0; identities && each < length; each++)
        add_name(names, OWN_ITEMS, word_at(identities, each), UINT32_MAX);
    order_names(names);
}

Account *account_in(const Plan *plan, In *in, Offsets *offsets, Names *names) {
    offsets_in(offsets, in);
    int64_t as_of_ms = get_instant(in);
    if (is_damaged(in)) return NULL;
    Account *account = account_new(plan, as_of_ms);
    stretches_in(plan, account, in);
    latest_values_in(plan, account, in);
    instants_in(&plan->pieces[PIECES_LATEST_AT], account->latest_at, in);
    instants_in(&plan->pieces[PIECES_FIRST_AT], account->first_at, in);
    all_items_in(plan, account, in);
    days_in(plan, account, NO_DAY, in);
    totals_in(plan, account, -1, in);
    ids_in(account->ids, in);
    names_in(names, in);
    finish(in);
    if (!is_damaged(in)) return account;
    account_free(plan, account);
    return NULL;
}

static void closed_chunk_in(EventIds *ids, uint32_t number, In *in) {
    IdList list = {0};
    chunk_in(&list, in);
    if (check(in, list.length, "a chunk has no ids"))
        add_chunk(ids, number, list);
    else
        give_memory(list.prints);
}

void own_in(const Plan *plan, Account *account, const Name *name, In *in, Offsets *offsets) {
    switch (name->kind) {
    case OWN_DAY:
        offsets_in(offsets, in);
        if (is_damaged(in)) return;
        make_day(plan, account, (int64_t)name->number);
        days_in(plan, account, (int64_t)name->number, in);
        break;
    case OWN_TOTALS:
        offsets_in(offsets, in);
        totals_in(plan, account, (int64_t)name->number, in);
        break;
    case OWN_ITEMS:
        items_in(plan, account, piece_at(&plan->pieces[PIECES_ITEMS], name->number), in);
        break;
    default:
        closed_chunk_in(account->ids, (uint32_t)name->number, in);
    }
    finish(in);
}
