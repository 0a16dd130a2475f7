/* The fields of an event and its properties, from JSON. Of two with one name the last counts, as in msgspec. */
#include "decoder.h"

/* Empties what the message before had set. */
static void empty(Decoder *decoder) {
    for (uint32_t i = 0; i < decoder->set_length; i++) decoder->values[decoder->set[i]].kind = VALUE_UNSET;
    decoder->set_length = 0;
    decoder->set_mask = 0;
}

static Value *property_to_set(Decoder *decoder, uint32_t number) {
    Value *value = &decoder->values[number];
    if (value->kind == VALUE_UNSET) {
        MAKE_ROOM(decoder->set, decoder->set_length, decoder->set_room, 32);
        decoder->set[decoder->set_length++] = number;
        decoder->set_mask |= property_bit(number);
    }
    return value;
}

static bool read_properties(Decoder *decoder, Json *json) {
    empty(decoder);
    if (!json_mark(json, '{')) return false;
    if (json_mark(json, '}')) return true;
    for (;;) {
        Text name;
        if (!json_text(json, &name) || !json_mark(json, ':')) return false;
        int32_t number = number_of(&decoder->tables.properties, name);
        if (number < 0) {
            if (!json_skip(json, false)) return false;
        } else if (!json_value(json, property_to_set(decoder, (uint32_t)number))) {
            return false;
        }
        if (json_mark(json, '}')) return true;
        if (!json_mark(json, ',')) return false;
    }
}

/* Properties may be null, or an object; Python unwraps what else producers send. */
static bool read_all_properties(Decoder *decoder, Json *json) {
    Json ahead = *json;
    Value value;
    if (json_mark(&ahead, '{')) return read_properties(decoder, json);
    if (!json_value(json, &value) || value.kind != VALUE_NULL) return false;
    empty(decoder);
    return true;
}

static bool read_field(Decoder *decoder, Json *json, Text name) {
    int32_t field = number_of(&decoder->fields, name);
    if (field < 0) return json_skip(json, false);
    /* A second time may follow one that is none, for which Python reads both in another way. */
    if (field == FIELD_TIMESTAMP && decoder->wire[field].kind != VALUE_NULL) return false;
    if (field < FIELDS_READ) return json_value(json, &decoder->wire[field]);
    return field == FIELD_PROPERTIES ? read_all_properties(decoder, json) : json_skip(json, true);
}

bool read_fields(Decoder *decoder, Text message) {
    Json json = {message.bytes, message.bytes + message.length, &decoder->room};
    empty(decoder);
    decoder->room.length = 0;
    for (uint32_t i = 0; i < FIELDS_READ; i++) decoder->wire[i].kind = VALUE_NULL;
    if (!json_mark(&json, '{')) return false;
    for (bool is_first = true;; is_first = false) {
        Text name;
        if (is_first && json_mark(&json, '}')) break;
        if (!json_text(&json, &name) || !json_mark(&json, ':') || !read_field(decoder, &json, name)) return false;
        if (json_mark(&json, '}')) break;
        if (!json_mark(&json, ',')) return false;
    }
    return json_ends(&json);
}
