/* Values of properties: synonyms, ids and keys. */
#include "decoder.h"

/* A text in lower case, as keys of synonyms are; only of ASCII. */
static bool is_synonym(Text lower, Text text) {
    if (lower.length != text.length) return false;
    for (uint32_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (lower.bytes[i] != (byte >= 'A' && byte <= 'Z' ? byte + 32 : byte)) return false;
    }
    return true;
}

/* What a value that was sent stands for: scoring.event.synonyms.plain_value; unset for nothing. */
static bool plain_value(const Reader *reader, Value *found) {
    if (found->kind == VALUE_NULL) found->kind = VALUE_UNSET;
    if (found->kind != VALUE_TEXT) return true;
    Text text = strip_ascii(found->text);
    if (!is_ascii(text)) {
        Text cleaned; /* only to know that it is not blank */
        return !reader->synonyms_length && clean(text, &cleaned);
    }
    if (!text.length) {
        found->kind = VALUE_UNSET;
        return true;
    }
    for (uint32_t i = 0; i < reader->synonyms_length; i++) {
        if (is_synonym(reader->synonyms[i].text, text)) {
            *found = reader->synonyms[i].value;
            break;
        }
    }
    if (found->kind == VALUE_TEXT && !found->text.length) found->kind = VALUE_UNSET;
    return true;
}

const Value *read_property(const Decoder *decoder, const Reader *reader, Value *room) {
    if (!reader->has_synonyms) return &decoder->values[reader->properties.items[0]];
    bool is_any_set = reader->mask & decoder->set_mask;
    for (uint32_t i = 0; is_any_set && i < reader->properties.length; i++) {
        const Value *sent = &decoder->values[reader->properties.items[i]];
        if (sent->kind == VALUE_UNSET) continue;
        *room = *sent;
        if (!plain_value(reader, room)) return NULL;
        if (room->kind != VALUE_UNSET) return room;
    }
    room->kind = VALUE_UNSET;
    return room;
}

static bool number_id(const Number *number, char *room, Text *id) {
    if (!number->is_exact) return false;
    if (!number->is_real) {
        *id = whole_text(number->whole, room);
        return true;
    }
    double limit = (double)((int64_t)1 << 53);
    bool is_whole = number->real > -limit && number->real < limit && number->real == (double)(int64_t)number->real;
    *id = is_whole ? whole_text((int64_t)number->real, room) : (Text){room, 0};
    return true;
}

bool id_of(const Value *value, char *room, Text *id) {
    if (value->kind == VALUE_TEXT) return text_id(value->text, id);
    if (value->kind == VALUE_NUMBER) return number_id(&value->number, room, id);
    *id = (Text){room, 0};
    return true;
}

bool value_of(const Value *value, char *room, Text *key) {
    if (!id_of(value, room, key)) return false;
    if (key->length || value->kind != VALUE_NUMBER) return true;
    *key = value->text.length ? value->text : real_text(&value->number, room);
    return true;
}
