/* Account, name, time, id and user of an event: scoring.event.event.EventDecoder.decode and scoring.event.shapes, as far as
 * they look in the usual places and find something there. */
#include "decoder.h"

#include "packed_event.h"

#include <math.h>

#define EARLIEST_MS 946684800000         /* 2000-01-01 */
#define FUTURE_TOLERANCE_MS 300000
#define NUMBER_LIMIT 1e15
#define MILLISECONDS_FROM 1e11           /* an epoch number of this size or more is in milliseconds */

/* The name of an event without one: only of exceptions, whose account is no number of a vendor's, and which are no call. */
static bool name_of_nameless(Decoder *decoder) {
    const Value *account = &decoder->wire[FIELD_ACCOUNT_ID];
    decoder->event.name = (Text){"$exception", 10};
    return is_text(decoder->topic, "exceptions") && !is_given(&decoder->wire[FIELD_TYPE]) &&
           (account->kind == VALUE_TEXT || !is_given(account));
}

static bool read_name(Decoder *decoder) {
    const Value *given = &decoder->wire[FIELD_EVENT];
    Text *name = &decoder->event.name;
    if (!is_given(given)) return name_of_nameless(decoder);
    if (given->kind != VALUE_TEXT || !is_short(given->text)) return false;
    return clean(given->text, name) && name->length > 0;
}

/* Properties that others lend an event are looked up by Python. */
static bool lends(const Decoder *decoder) {
    return is_given(&decoder->wire[FIELD_TRAITS]) || is_given(&decoder->wire[FIELD_PERSON_SET]) ||
           decoder->values[PROPERTY_GROUP_SET].kind != VALUE_UNSET ||
           decoder->values[PROPERTY_PERSON_SET].kind != VALUE_UNSET;
}

bool stamp_ms(const Value *value, int64_t *into) {
    if (value->kind != VALUE_NUMBER || !value->number.is_exact || !(fabs(value->number.real) <= NUMBER_LIMIT)) return false;
    double real = value->number.real;
    *into = (int64_t)(real >= MILLISECONDS_FROM ? real : real * 1000);
    return true;
}

/* The time of an event without a timestamp: that of its message, unless a rarer place has one. */
static bool undated(const Decoder *decoder, int64_t message_time_ms, int64_t *into) {
    if (is_given(&decoder->wire[FIELD_ORIGINAL_TIMESTAMP]) || is_given(&decoder->wire[FIELD_SENT_AT]) ||
        is_given(&decoder->wire[FIELD_RECEIVED_AT]) || decoder->values[PROPERTY_CLIENT_TIME].kind != VALUE_UNSET) {
        return false;
    }
    *into = message_time_ms;
    return true;
}

static bool read_time(Decoder *decoder, int64_t message_time_ms, int64_t now_ms) {
    const Value *given = &decoder->wire[FIELD_TIMESTAMP];
    int64_t *at_ms = &decoder->event.at_ms;
    bool is_read = !is_given(given)            ? undated(decoder, message_time_ms, at_ms)
                   : given->kind == VALUE_TEXT ? rfc3339_ms(given->text, at_ms)
                                               : stamp_ms(given, at_ms);
    return is_read && *at_ms >= EARLIEST_MS && *at_ms <= INSTANT_MAX && *at_ms <= now_ms + FUTURE_TOLERANCE_MS;
}

/* The first id among values; false when there is none but some value that is no id, which Python counts. */
static bool first_id(const Value *const *candidates, size_t length, char *room, Text *id) {
    bool is_odd = false;
    for (size_t i = 0; i < length; i++) {
        const Value *value = candidates[i];
        if (!is_given(value)) continue;
        if (!id_of(value, room, id)) return false;
        if (id->length) return true;
        is_odd |= value->kind != VALUE_TEXT || strip_ascii(value->text).length > 0;
    }
    *id = (Text){room, 0};
    return !is_odd;
}

static bool read_id(Decoder *decoder) {
    static const Value none = {.kind = VALUE_UNSET};
    bool has_distinct_id = decoder->values[PROPERTY_DISTINCT_ID].kind != VALUE_UNSET;
    const Value *const candidates[] = {
        &decoder->wire[FIELD_ID],
        &decoder->wire[FIELD_MESSAGE_ID],
        &decoder->wire[FIELD_UUID],
        &decoder->values[PROPERTY_INSERT_ID],
        has_distinct_id ? &decoder->values[PROPERTY_UUID] : &none,
    };
    return first_id(candidates, sizeof candidates / sizeof *candidates, decoder->id_room, &decoder->event_id);
}

/* What `user` says: itself, or the id in an object; a list says nothing. */
static bool of_user(Decoder *decoder, Value *room, const Value **found) {
    *found = &decoder->wire[FIELD_USER];
    if ((*found)->kind != VALUE_TABLE && (*found)->kind != VALUE_LIST) return true;
    room->kind = VALUE_UNSET;
    bool is_read = (*found)->kind == VALUE_LIST || json_member((*found)->text, "id", &decoder->room, room);
    *found = room;
    return is_read;
}

static bool read_user(Decoder *decoder) {
    Value room;
    const Value *user;
    if (!of_user(decoder, &room, &user)) return false;
    const Value *const candidates[] = {
        &decoder->wire[FIELD_USER_ID],
        &decoder->wire[FIELD_DISTINCT_ID],
        &decoder->wire[FIELD_USER_ID_OF_CALL],
        user,
        &decoder->values[PROPERTY_USER_ID],
        &decoder->values[PROPERTY_DISTINCT_ID],
        &decoder->wire[FIELD_ANONYMOUS_ID],
    };
    return first_id(candidates, sizeof candidates / sizeof *candidates, decoder->user_room, &decoder->user);
}

bool read_places(Decoder *decoder, int64_t message_time_ms, int64_t now_ms) {
    if (!read_name(decoder) || !read_account(decoder) || lends(decoder)) return false;
    if (!read_time(decoder, message_time_ms, now_ms) || !read_id(decoder) || !read_user(decoder)) return false;
    bool is_derived = decoder->user.length && decoder->user.bytes[0] == '$' && is_text(decoder->event.name, "$groupidentify");
    if (is_derived) decoder->user.length = 0; /* PostHog's servers derive it from the group's type and key */
    return true;
}
