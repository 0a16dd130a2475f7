/* A decoded event as the bytes of streams.kernel.effects, for tests and for who keeps events: the other way round is
 * packed_event.c. */
#include "decoder.h"
#include "packed_event.h"

static char *put(char *to, const void *bytes, size_t length) {
    if (length) memcpy(to, bytes, length);
    return to + length;
}

static uint32_t texts_length(const FoldEvent *event) {
    uint32_t length = event->name.length + event->user.length;
    for (uint32_t i = 0; i < event->effects_length; i++) length += event->effects[i].text.length;
    return length;
}

Text pack_decoded(Decoder *decoder) {
    FoldEvent *event = &decoder->event;
    uint32_t flags = event->has_id ? HAS_ID : 0;
    uint64_t print = can_tie(decoder) ? tie_of(event, 0) : 0;
    PackedHead head = {event->at_ms, event->id_print, event->origin, event->times, print, flags, event->rank,
                       event->name.length, event->user.length, event->effects_length, texts_length(event)};
    size_t length = sizeof head + event->effects_length * sizeof(PackedEffect) + head.texts;
    decoder->packed = grow_memory(decoder->packed, length, 1);
    char *to = put(decoder->packed, &head, sizeof head);
    for (uint32_t i = 0; i < event->effects_length; i++) {
        const Effect *effect = &event->effects[i];
        PackedEffect row = {effect->kind, effect->number, effect->rank, effect->text.length,
                            effect->amount, effect->key, effect->value};
        to = put(to, &row, sizeof row);
    }
    to = put(to, event->name.bytes, event->name.length);
    to = put(to, event->user.bytes, event->user.length);
    for (uint32_t i = 0; i < event->effects_length; i++) {
        to = put(to, event->effects[i].text.bytes, event->effects[i].text.length);
    }
    return (Text){decoder->packed, (uint32_t)length};
}
