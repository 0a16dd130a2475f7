/* Reads flat bytes: streams.changelog.flat. */
#include "flat_in.h"

#include "../text/texts.h"

#include <stdio.h>

#define TOO_SHORT "it is too short"
#define NO_INSTANT "an instant is out of the calendar"

void damaged(In *in, const char *what) {
    if (is_damaged(in)) return;
    snprintf(in->damage, sizeof in->damage, "%s", what);
    in->end = in->at;
}

/* Passes over bytes; where they begin, NULL when there are fewer. */
static inline const uint8_t *take(In *in, uint64_t length) {
    const uint8_t *begin = in->at;
    if (length > (uint64_t)(in->end - begin)) {
        damaged(in, TOO_SHORT);
        return NULL;
    }
    in->at += length;
    return is_damaged(in) ? NULL : begin;
}

uint8_t get_byte(In *in) {
    const uint8_t *byte = take(in, 1);
    return byte ? *byte : 0;
}

uint32_t get_length(In *in) {
    uint32_t length = get_byte(in);
    if (length == FLAT_LONG) {
        const uint8_t *whole = take(in, sizeof length);
        if (!whole) return 0;
        memcpy(&length, whole, sizeof length);
        if (!check(in, length >= FLAT_LONG, "a length is written in more bytes than it needs")) return 0;
    }
    return check(in, length <= (uint64_t)(in->end - in->at), TOO_SHORT) ? length : 0;
}

const uint8_t *get_words(In *in, uint64_t length) {
    if (length > UINT64_MAX / 8) damaged(in, TOO_SHORT);
    return take(in, 8 * length);
}

uint64_t get_word(In *in) {
    const uint8_t *word = take(in, 8);
    return word ? word_at(word, 0) : 0;
}

int64_t get_instant(In *in) {
    uint64_t at_ms = get_word(in);
    return check(in, at_ms <= (uint64_t)INSTANT_MAX, NO_INSTANT) ? (int64_t)at_ms : 0;
}

double get_value(In *in) {
    const uint8_t *bytes = take(in, 8);
    double value = bytes ? real_at(bytes, 0) : 0.0;
    return check(in, is_value(value), "a value is beyond all measure") ? value : 0.0;
}

Text get_text(In *in) {
    uint32_t length = get_length(in);
    const uint8_t *bytes = take(in, length);
    Text text = {bytes ? (const char *)bytes : "", bytes ? length : 0};
    return check(in, is_utf8(text), "a text is not UTF-8") ? text : (Text){"", 0};
}

#define SPREAD(type)                                                                                                   \
    for (uint32_t each = 0; each < length; each++) {                                                                   \
        type number;                                                                                                   \
        memcpy(&number, bytes + each * sizeof number, sizeof number);                                                  \
        into[each] = (int64_t)number;                                                                                  \
    }                                                                                                                  \
    break

/* Numbers of a width to numbers of 64 bits. */
static void spread_out(const uint8_t *restrict bytes, uint8_t width, uint32_t length, int64_t *restrict into) {
    switch (width) {
    case 1: SPREAD(uint8_t);
    case 2: SPREAD(uint16_t);
    case 4: SPREAD(uint32_t);
    case 8: SPREAD(uint64_t);
    case 1 | FLAT_SIGNED: SPREAD(int8_t);
    case 2 | FLAT_SIGNED: SPREAD(int16_t);
    case 4 | FLAT_SIGNED: SPREAD(int32_t);
    default: SPREAD(int64_t);
    }
}

static void get_block(In *in, uint32_t length, int64_t *into) {
    uint8_t width = get_byte(in), bytes_each = width & ~FLAT_SIGNED;
    if (bytes_each != 1 && bytes_each != 2 && bytes_each != 4 && bytes_each != 8) {
        char what[DAMAGE_ROOM];
        snprintf(what, sizeof what, "no number has the width %u", width);
        damaged(in, what);
        return;
    }
    const uint8_t *bytes = take(in, (uint64_t)length * bytes_each);
    if (!bytes) return;
    spread_out(bytes, width, length, into);
    for (uint32_t each = 0; width == 8 && each < length; each++)
        if (into[each] < 0) damaged(in, "a number has more than 63 bits");
}

const List *get_numbers(In *in, uint32_t row) {
    List *into = &in->rows[row];
    uint32_t length = get_length(in);
    if (length > into->room) {
        into->room = length;
        into->items = grow_memory(into->items, length, sizeof *into->items);
    }
    for (uint32_t begin = 0; begin < length && !is_damaged(in); begin += FLAT_BLOCK)
        get_block(in, (uint32_t)least(FLAT_BLOCK, length - begin), into->items + begin);
    into->length = is_damaged(in) ? 0 : length;
    return into;
}

const List *get_steps(In *in, uint32_t row, int64_t most) {
    List *steps = &in->rows[row];
    if (!get_numbers(in, row)->length) return steps;
    int64_t number = (int64_t)get_word(in);
    for (uint32_t each = 0; each < steps->length && !is_damaged(in); each++) {
        int64_t step = steps->items[each];
        if (!check(in, each ? step > 0 : step == 0, "numbers do not ascend")) break;
        bool is_in_range = !__builtin_add_overflow(number, step, &number) && number >= 0 && number <= most;
        check(in, is_in_range, "a number of a record is out of range");
        steps->items[each] = number;
    }
    if (is_damaged(in)) steps->length = 0;
    return steps;
}

void finish(In *in) {
    if (is_damaged(in) || in->at == in->end) return;
    char what[DAMAGE_ROOM];
    snprintf(what, sizeof what, "%zu bytes are left over", (size_t)(in->end - in->at));
    damaged(in, what);
}
