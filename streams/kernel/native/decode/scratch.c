/* Texts one after another, to be fingerprinted as one. */
#include "decoder.h"

void scratch_clear(Decoder *decoder) { decoder->scratch_length = 0; }

void scratch_put(Decoder *decoder, Text text) {
    size_t needed = decoder->scratch_length + text.length;
    if (needed > decoder->scratch_room) {
        decoder->scratch_room = 2 * needed;
        decoder->scratch = grow_memory(decoder->scratch, decoder->scratch_room, 1);
    }
    if (text.length) memcpy(decoder->scratch + decoder->scratch_length, text.bytes, text.length);
    decoder->scratch_length = needed;
}

Text scratch_text(const Decoder *decoder) { return (Text){decoder->scratch, (uint32_t)decoder->scratch_length}; }
