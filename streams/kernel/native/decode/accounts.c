/* The account of an event: scoring.event.shapes.account_of. Where it is in none of these places Python looks on. */
#include "decoder.h"

/* Group types that are accounts, in order of preference. */
static const char *const GROUPS[] = {"account", "company", "organization", "organisation", "workspace", "tenant", "customer"};

/* Whether a value is the account's id; `is_certain` becomes false where only Python can say. */
static bool is_account(Decoder *decoder, const Value *value, bool *is_certain) {
    if (!is_given(value)) return false;
    *is_certain = id_of(value, decoder->account_room, &decoder->account_id);
    return *is_certain && decoder->account_id.length;
}

/* The same of a value in a table. */
static bool has_account(Decoder *decoder, const Value *table, const char *name, bool *is_certain) {
    Value found;
    if (table->kind != VALUE_TABLE) return false;
    *is_certain = json_member(table->text, name, &decoder->room, &found);
    return *is_certain && is_account(decoder, &found, is_certain);
}

static bool has_group(Decoder *decoder, bool *is_certain) {
    const Value *groups = &decoder->values[PROPERTY_GROUPS];
    for (size_t i = 0; *is_certain && i < sizeof GROUPS / sizeof *GROUPS; i++) {
        if (has_account(decoder, groups, GROUPS[i], is_certain)) return true;
    }
    if (groups->kind == VALUE_TABLE && groups->length) *is_certain = false; /* of other types the first by name */
    return false;
}

static bool find_account(Decoder *decoder, bool *is_certain) {
    const Value *tags = &decoder->wire[FIELD_TAGS];
    if (is_account(decoder, &decoder->wire[FIELD_ACCOUNT_ID], is_certain)) return true;
    if (*is_certain && is_account(decoder, &decoder->values[PROPERTY_ACCOUNT_ID], is_certain)) return true;
    if (*is_certain && has_account(decoder, tags, "account_id", is_certain)) return true;
    if (tags->kind == VALUE_LIST) *is_certain = false; /* of pairs, or of {key, value} */
    if (*is_certain && has_account(decoder, &decoder->wire[FIELD_CONTEXT], "groupId", is_certain)) return true;
    if (*is_certain && is_account(decoder, &decoder->wire[FIELD_GROUP_ID], is_certain)) return true;
    if (*is_certain && has_group(decoder, is_certain)) return true;
    return *is_certain && is_account(decoder, &decoder->values[PROPERTY_GROUP_KEY], is_certain);
}

bool read_account(Decoder *decoder) {
    bool is_certain = true;
    return find_account(decoder, &is_certain) && is_short(decoder->account_id);
}
