/* Writes flat bytes. */
#include "flat.h"

void grow_out(Out *out, size_t bytes) {
    out->room = 2 * (out->length + bytes) + 256;
    out->bytes = grow_memory(out->bytes, out->room, 1);
}

void put_bytes(Out *out, const void *bytes, size_t length) {
    uint8_t *at = put_room(out, length);
    if (length) memcpy(at, bytes, length);
    out->length += length;
}

void put_length(Out *out, uint64_t length) {
    uint32_t whole = (uint32_t)length;
    if (length > UINT32_MAX) fault("a list of a record is too long");
    put_byte(out, length < FLAT_LONG ? (uint8_t)length : FLAT_LONG);
    if (length >= FLAT_LONG) put_bytes(out, &whole, sizeof whole);
}

size_t begin_length(Out *out) {
    put_byte(out, 0);
    return out->length - 1;
}

void end_length(Out *out, size_t begin, uint64_t length) {
    uint32_t whole = (uint32_t)length;
    out->bytes[begin] = length < FLAT_LONG ? (uint8_t)length : FLAT_LONG;
    if (length < FLAT_LONG) return;
    if (length > UINT32_MAX) fault("a list of a record is too long");
    put_room(out, sizeof whole);
    uint8_t *at = out->bytes + begin + 1;
    memmove(at + sizeof whole, at, out->length - begin - 1);
    memcpy(at, &whole, sizeof whole);
    out->length += sizeof whole;
}

void put_plain(Out *out, Text text) { put_bytes(out, text.bytes, text.length); }

void put_text(Out *out, Text text) {
    put_length(out, text.length);
    put_bytes(out, text.bytes, text.length);
}

void grow_list(List *list) { MAKE_ROOM(list->items, list->length, list->room, 64); }

/* The width of numbers from `lowest` to `highest`, and FLAT_SIGNED when some are negative. */
static uint8_t width_of(int64_t lowest, int64_t highest) {
    bool is_signed = lowest < 0;
    uint64_t most = is_signed ? (uint64_t)greatest(highest, -1 - lowest) : (uint64_t)highest;
    uint8_t width = 1;
    while (width < 8 && most >> (8 * width - is_signed)) width *= 2;
    return width | (is_signed ? FLAT_SIGNED : 0);
}

static void put_block(Out *out, const int64_t *numbers, uint32_t length) {
    int64_t lowest = numbers[0], highest = numbers[0];
    for (uint32_t each = 1; each < length; each++) {
        lowest = least(lowest, numbers[each]);
        highest = greatest(highest, numbers[each]);
    }
    uint8_t *at = put_room(out, 1 + (size_t)length * 8), tagged = width_of(lowest, highest);
    uint32_t width = tagged & ~FLAT_SIGNED;
    *at++ = tagged;
    if (width == 1)
        for (uint32_t each = 0; each < length; each++) at[each] = (uint8_t)numbers[each];
    else /* the lower bytes of each, with some more that the next one replaces: there is room */
        for (uint32_t each = 0; each < length; each++) memcpy(at + (size_t)each * width, &numbers[each], 8);
    out->length += 1 + (size_t)length * width;
}

void put_numbers(Out *out, const List *numbers) {
    put_length(out, numbers->length);
    for (uint32_t begin = 0; begin < numbers->length; begin += FLAT_BLOCK)
        put_block(out, numbers->items + begin, (uint32_t)least(FLAT_BLOCK, numbers->length - begin));
}

void put_steps(Out *out, const List *ascending) {
    List steps = {0};
    for (uint32_t each = 0; each < ascending->length; each++)
        list_add(&steps, ascending->items[each] - ascending->items[each ? each - 1 : 0]);
    put_numbers(out, &steps);
    if (ascending->length) put_word(out, (uint64_t)ascending->items[0]);
    give_memory(steps.items);
}
