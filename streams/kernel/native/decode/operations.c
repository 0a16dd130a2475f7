/* Operations to effects: scoring.plan.extractors and scoring.plan.properties.readers. Each returns false where Python would
 * count a value that it cannot use. */
#include "decoder.h"

#include <math.h>

#define AMOUNT_SCALE 10000.0
#define TEXT_MAX_CHARACTERS 200
#define TOKEN_SHIFT 12
#define CLOSED (-1.0)
#define FROM_MS 946684800000
#define TO_MS 253402300800000

/* What an operation found: an effect that is not there is none of the event's. */
typedef struct {
    bool is_there;
    Effect effect;
} Found;

/* A number within the operation's bounds; `is_there` is false for none. */
static bool take_number(const Decoder *decoder, const Operation *operation, bool *is_there, double *number) {
    Value read;
    *is_there = false;
    const Value *value = read_property(decoder, &operation->of.reader, &read);
    if (!value) return false;
    if (!is_given(value)) return true;
    if (value->kind != VALUE_NUMBER) return !operation->of.counts;
    if (!value->number.is_exact) return false;
    *number = value->number.real;
    *is_there = operation->lowest <= *number && *number <= operation->highest;
    return *is_there || !operation->of.counts;
}

static bool take_amount(const Decoder *decoder, const Operation *operation, Found *found) {
    double number;
    if (!take_number(decoder, operation, &found->is_there, &number)) return false;
    if (!found->is_there) return true;
    found->effect.amount = operation->take == TAKE_AMOUNT ? (int64_t)nearbyint(number * AMOUNT_SCALE) : 1;
    found->is_there = found->effect.amount != 0;
    return true;
}

static bool take_latest(const Decoder *decoder, const Operation *operation, Found *found) {
    Value read;
    const Value *value = read_property(decoder, &operation->of.reader, &read);
    if (!value) return false;
    if (operation->take == TAKE_WORDS && value->kind == VALUE_TEXT) {
        found->is_there = true;
        found->effect.text = first_characters(value->text, TEXT_MAX_CHARACTERS);
        return true;
    }
    if (operation->take == TAKE_LENGTH && value->kind == VALUE_LIST) {
        found->is_there = true;
        found->effect.value = value->length;
        return true;
    }
    return !is_given(value) || !operation->of.counts;
}

/* The instant that a property names: scoring.plan.signals.until. */
static bool take_instant(const Decoder *decoder, const Operation *operation, Found *found) {
    Value read;
    int64_t at_ms;
    const Value *value = read_property(decoder, &operation->of.reader, &read);
    if (!value) return false;
    if (!is_given(value)) return true;
    bool is_read = value->kind == VALUE_TEXT ? written_ms(value->text, &at_ms) : stamp_ms(value, &at_ms);
    if (!is_read || at_ms < FROM_MS || at_ms >= TO_MS) return false;
    found->is_there = true;
    found->effect.value = (double)at_ms;
    return true;
}

static bool take_value(Decoder *decoder, const Operation *operation, Found *found) {
    Value read;
    Text key;
    char room[NUMBER_ROOM];
    const Value *value = read_property(decoder, &operation->of.reader, &read);
    if (!value) return false;
    if (!is_given(value)) return true;
    if (!value_of(value, room, &key)) return false;
    found->is_there = key.length > 0;
    if (found->is_there) found->effect.key = cached_fingerprint(decoder->prints, key);
    bool is_blank = value->kind == VALUE_TEXT && !strip_ascii(value->text).length;
    return found->is_there || is_blank || !operation->of.counts;
}

/* The value of what every event has: its user, name or day. */
static bool take_own(Decoder *decoder, const Operation *operation, Found *found) {
    char room[NUMBER_ROOM];
    Text text = operation->take == TAKE_USER   ? decoder->user
                : operation->take == TAKE_NAME ? decoder->event.name
                                               : whole_text(floor_div(decoder->event.at_ms, DAY_MS), room);
    found->is_there = text.length > 0;
    if (found->is_there) found->effect.key = cached_fingerprint(decoder->prints, text);
    return true;
}

/* The id of an item, empty when none was sent; `is_there` is false when the value is no id. */
static bool take_item_id(const Decoder *decoder, const PropertyOf *item, char *room, bool *is_there, Text *id) {
    Value read;
    const Value *value = read_property(decoder, &item->reader, &read);
    if (!value || !id_of(value, room, id)) return false;
    bool is_blank = value->kind == VALUE_TEXT && !strip_ascii(value->text).length;
    *is_there = id->length || !is_given(value) || is_blank;
    return *is_there || !item->counts;
}

static bool weight_of(const Decoder *decoder, const Operation *operation, double *weight) {
    Value read;
    *weight = 1.0;
    if (!operation->of.is_given) return true;
    const Value *value = read_property(decoder, &operation->of.reader, &read);
    if (!value) return false;
    for (uint32_t i = 0; value->kind == VALUE_TEXT && i < operation->weights_length; i++) {
        const WeightOf *each = &operation->weights[i];
        if (each->text.length == value->text.length && !memcmp(each->text.bytes, value->text.bytes, value->text.length)) {
            *weight = each->weight;
        }
    }
    return true;
}

/* What is kept of an event of an item: a text of its own, and the item's token: scoring.plan.signals.duration.EventOfItem. */
static void put_token(Decoder *decoder, const Operation *operation, Text item, Effect *effect) {
    char room[NUMBER_ROOM];
    Text space = {" ", 1};
    double token = (double)((fingerprint(item) >> TOKEN_SHIFT) + 2);
    effect->value = operation->take == TAKE_CLOSE_TOKEN ? -token : token;
    scratch_clear(decoder);
    scratch_put(decoder, whole_text(decoder->event.at_ms, room));
    scratch_put(decoder, space);
    scratch_put(decoder, whole_text(operation->rank, room));
    scratch_put(decoder, space);
    scratch_put(decoder, item);
    effect->key = fingerprint(scratch_text(decoder));
}

static bool take_item(Decoder *decoder, const Operation *operation, Found *found) {
    char room[NUMBER_ROOM];
    Text item;
    if (!take_item_id(decoder, &operation->item, room, &found->is_there, &item)) return false;
    found->is_there &= item.length > 0;
    if (!found->is_there) return true;
    if (operation->take == TAKE_TOKEN || operation->take == TAKE_CLOSE_TOKEN) {
        put_token(decoder, operation, item, &found->effect);
        return true;
    }
    found->effect.key = fingerprint(item);
    found->effect.value = CLOSED;
    return operation->take == TAKE_CLOSE || weight_of(decoder, operation, &found->effect.value);
}

static bool take_stated(const Decoder *decoder, const Operation *operation, Found *found) {
    char room[NUMBER_ROOM];
    Text item = {room, 0};
    double value = operation->take == TAKE_RUNS ? 1.0 : 0.0;
    found->is_there = true;
    if (operation->take == TAKE_STATED && !take_number(decoder, operation, &found->is_there, &value)) return false;
    if (!found->is_there) return true;
    if (operation->item.is_given && !take_item_id(decoder, &operation->item, room, &found->is_there, &item)) return false;
    found->effect.value = value == 0 ? 0.0 : value; /* Python's `value or 0.0`: no negative zero */
    found->effect.key = item.length ? fingerprint(item) : 0;
    return true;
}

static bool take(Decoder *decoder, const Operation *operation, Found *found) {
    switch (operation->take) {
    case TAKE_EVENT:
        found->is_there = true;
        found->effect.amount = operation->kind == EFFECT_COUNT;
        return true;
    case TAKE_ZERO: found->is_there = true; return true;
    case TAKE_AMOUNT: case TAKE_HAS_NUMBER: return take_amount(decoder, operation, found);
    case TAKE_NUMBER: return take_number(decoder, operation, &found->is_there, &found->effect.value);
    case TAKE_WORDS: case TAKE_LENGTH: return take_latest(decoder, operation, found);
    case TAKE_INSTANT: return take_instant(decoder, operation, found);
    case TAKE_USER: case TAKE_NAME: case TAKE_DAY: return take_own(decoder, operation, found);
    case TAKE_VALUE: return take_value(decoder, operation, found);
    case TAKE_ITEM: case TAKE_CLOSE: case TAKE_TOKEN: case TAKE_CLOSE_TOKEN: return take_item(decoder, operation, found);
    default: return take_stated(decoder, operation, found);
    }
}

bool take_effects(Decoder *decoder) {
    const Route *route = decoder->route;
    FoldEvent *event = &decoder->event;
    if (route->length > decoder->effects_room) {
        decoder->effects_room = route->length;
        event->effects = grow_memory(event->effects, route->length, sizeof *event->effects);
    }
    event->effects_length = 0;
    for (uint32_t i = 0; i < route->length; i++) {
        const Operation *operation = &route->operations[i];
        Found found = {false, {.kind = operation->kind, .number = operation->number}};
        bool holds = true;
        if (operation->wheres_length && !wheres_hold(decoder, operation, &holds)) return false;
        if (holds && !take(decoder, operation, &found)) return false;
        if (operation->kind == EFFECT_ITEM) found.effect.rank = operation->rank;
        if (found.is_there) event->effects[event->effects_length++] = found.effect;
    }
    return true;
}
