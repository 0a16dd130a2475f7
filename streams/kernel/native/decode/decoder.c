/* The decoder: one message at a time. */
#include "decoder.h"

#include <string.h>

#define EVENT_MAX_BYTES 1000000
#define USER_MAX_CHARACTERS 200

#define NAME(text) {text, sizeof text - 1}

/* In the order of `Field`. */
static const Text FIELD_NAMES[FIELDS_ALL] = {
    NAME("account_id"), NAME("event"),      NAME("timestamp"), NAME("id"),          NAME("user_id"),
    NAME("distinct_id"), NAME("uuid"),      NAME("user"),      NAME("userId"),      NAME("messageId"),
    NAME("traits"),     NAME("anonymousId"), NAME("originalTimestamp"), NAME("sentAt"), NAME("receivedAt"),
    NAME("$set"),       NAME("tags"),       NAME("type"),      NAME("context"),     NAME("groupId"),
    NAME("topic"),      NAME("properties"), NAME("name"),
};

Decoder *decoder_new(const uint8_t *bytes, size_t length, const char **error) {
    DecoderTables tables;
    *error = decoder_tables_of(bytes, length, &tables);
    if (*error) return NULL;
    Decoder *decoder = take_memory(1, sizeof *decoder);
    TableReader memory = {0};
    decoder->tables = tables;
    decoder->fields = names_of(&memory, FIELD_NAMES, FIELDS_ALL);
    decoder->blocks = memory.blocks;
    decoder->routes = routes_new();
    decoder->prints = print_cache_new();
    decoder->values = take_memory(tables.properties.length, sizeof *decoder->values);
    decoder->event.print_of = tie_print;
    decoder->event.times = 1;
    return decoder;
}

void decoder_free(Decoder *decoder) {
    if (!decoder) return;
    give_blocks(decoder->tables.blocks);
    give_blocks(decoder->blocks);
    routes_free(decoder->routes);
    give_memory(decoder->prints);
    give_memory(decoder->values);
    give_memory(decoder->set);
    give_memory(decoder->room.bytes);
    give_memory(decoder->event.effects);
    give_memory(decoder->scratch);
    give_memory(decoder->packed);
    give_memory(decoder);
}

void decoder_set_key(Decoder *decoder, const uint8_t key[16]) {
    memcpy(&decoder->id_key, key, sizeof decoder->id_key);
    decoder->has_id_key = true;
}

/* The room for all that the texts of a message can become without their escapes, with some more for what is looked into
 * again; a message for which it is too little is handed back. */
static void make_room(Decoder *decoder, uint32_t length) {
    length *= 2;
    if (decoder->room.room >= length && decoder->room.bytes) return;
    decoder->room.room = length < 4096 ? 4096 : length;
    decoder->room.bytes = grow_memory(decoder->room.bytes, decoder->room.room, 1);
}

/* The fingerprint of topic, name and id: scoring.event.event.scoped_id. */
static uint64_t print_of_id(Decoder *decoder) {
    Text between = {"\0", 1};
    scratch_clear(decoder);
    scratch_put(decoder, decoder->topic);
    scratch_put(decoder, between);
    scratch_put(decoder, decoder->event.name);
    scratch_put(decoder, between);
    scratch_put(decoder, decoder->event_id);
    Text scoped = scratch_text(decoder);
    return decoder->has_id_key ? siphash(decoder->id_key, scoped) : fingerprint(scoped);
}

Decoded decode(Decoder *decoder, uint32_t topic, Text message, int64_t message_time_ms, int64_t now_ms) {
    FoldEvent *event = &decoder->event;
    if (topic >= decoder->tables.topics.length || message.length > EVENT_MAX_BYTES) return HAND_BACK;
    make_room(decoder, message.length);
    decoder->topic = decoder->tables.topics.names[topic];
    if (!read_fields(decoder, message) || !read_places(decoder, message_time_ms, now_ms)) return HAND_BACK;
    decoder->route = find_route(decoder->routes, topic, event->name);
    if (!decoder->route) return ASK_ROUTE;
    if (!take_effects(decoder) || (decoder->route->needs_tie && !can_tie(decoder))) return HAND_BACK;
    event->rank = decoder->route->rank;
    event->has_id = decoder->event_id.length > 0;
    event->id_print = event->has_id ? print_of_id(decoder) : 0;
    event->user = first_characters(decoder->user, USER_MAX_CHARACTERS);
    event->has_print = false;
    return DECODED;
}

bool decode_line(Decoder *decoder, Text line, int64_t now_ms, LineEvent *into) {
    if (line.length > EVENT_MAX_BYTES) return false;
    make_room(decoder, line.length);
    if (!read_fields(decoder, line)) return false;
    const Value *topic = &decoder->wire[FIELD_TOPIC], *account = &decoder->wire[FIELD_ACCOUNT_ID];
    ValueKind stamp = decoder->wire[FIELD_TIMESTAMP].kind;
    if (topic->kind != VALUE_TEXT || account->kind != VALUE_TEXT || stamp == VALUE_NULL) return false;
    int32_t number = number_of(&decoder->tables.topics, topic->text);
    if (number < 0) return false;
    decoder->topic = decoder->tables.topics.names[number];
    if (!read_places(decoder, 0, now_ms)) return false;
    Text id = decoder->account_id;
    if (id.length != account->text.length || memcmp(id.bytes, account->text.bytes, id.length)) return false;
    *into = (LineEvent){.topic = (uint32_t)number, .is_bare = !decoder->set_length, .at_ms = decoder->event.at_ms};
    into->id_print = decoder->event_id.length ? print_of_id(decoder) : 0;
    into->user_print = decoder->user.length ? cached_fingerprint(decoder->prints, decoder->user) : 0;
    return true;
}

FoldEvent *decoded_event(Decoder *decoder) { return &decoder->event; }

Text decoded_account(const Decoder *decoder) { return decoder->account_id; }

Text decoded_id(const Decoder *decoder) { return decoder->event_id; }

Text asked_name(const Decoder *decoder) { return decoder->event.name; }

const char *learn_route(Decoder *decoder, uint32_t topic, Text name, const uint8_t *bytes, size_t length) {
    Route *route;
    if (topic >= decoder->tables.topics.length) return "there is no such topic";
    const char *error = route_of(bytes, length, &decoder->tables, &route);
    if (!error) put_route(decoder->routes, route, topic, name);
    return error;
}
