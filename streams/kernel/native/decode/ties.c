/* The fingerprint that decides between events of one instant and rank: scoring.plan.event_order.EventOrder.tie. */
#include "decoder.h"

#define PRINT_SHIFT 8

static const Text BETWEEN = {"\0", 1};

static Text plain(const char *text) { return (Text){text, (uint32_t)strlen(text)}; }

static void put_number(Decoder *decoder, const Value *value) {
    char room[NUMBER_ROOM];
    if (value->text.length) {
        scratch_put(decoder, value->text);
    } else {
        scratch_put(decoder, value->number.is_real ? real_text(&value->number, room) : whole_text(value->number.whole, room));
    }
}

/* The readable part of a property: scoring.plan.event_order.plain. */
static void put_plain(Decoder *decoder, const Value *value) {
    char room[NUMBER_ROOM];
    switch (value->kind) {
    case VALUE_TRUE: scratch_put(decoder, plain("?True")); break;
    case VALUE_FALSE: scratch_put(decoder, plain("?False")); break;
    case VALUE_NUMBER: put_number(decoder, value); break;
    case VALUE_TEXT:
        scratch_put(decoder, plain("'"));
        scratch_put(decoder, value->text);
        break;
    case VALUE_LIST:
        scratch_put(decoder, plain("["));
        scratch_put(decoder, whole_text(value->length, room));
        break;
    case VALUE_TABLE: scratch_put(decoder, plain("{")); break;
    default: break;
    }
}

bool can_tie(const Decoder *decoder) {
    const Numbers *of_tie = &decoder->tables.of_tie;
    for (uint32_t i = 0; !decoder->event_id.length && i < of_tie->length; i++) {
        const Value *value = &decoder->values[of_tie->items[i]];
        if (value->kind == VALUE_NUMBER && !value->number.is_exact) return false;
    }
    return true;
}

uint64_t tie_print(FoldEvent *event) {
    Decoder *decoder = (Decoder *)event;
    scratch_clear(decoder);
    scratch_put(decoder, decoder->topic);
    scratch_put(decoder, BETWEEN);
    scratch_put(decoder, event->name);
    scratch_put(decoder, BETWEEN);
    scratch_put(decoder, decoder->event_id);
    if (!decoder->event_id.length) {
        scratch_put(decoder, BETWEEN);
        scratch_put(decoder, decoder->user);
        for (uint32_t i = 0; i < decoder->tables.of_tie.length; i++) {
            scratch_put(decoder, BETWEEN);
            put_plain(decoder, &decoder->values[decoder->tables.of_tie.items[i]]);
        }
    }
    return fingerprint(scratch_text(decoder)) >> PRINT_SHIFT;
}
