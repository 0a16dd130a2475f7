/* UTF-8: validity as Unicode defines it (table 3-7), and code points. */
#include "texts.h"

#include <string.h>

#define HIGH_BITS 0x8080808080808080

static const uint8_t *skip_ascii(const uint8_t *at, const uint8_t *end) {
    uint64_t word;
    while (end - at >= 8) {
        memcpy(&word, at, 8);
        if (word & HIGH_BITS) break;
        at += 8;
    }
    while (at < end && *at < 0x80) at++;
    return at;
}

bool is_ascii(Text text) {
    const uint8_t *at = (const uint8_t *)text.bytes;
    return skip_ascii(at, at + text.length) == at + text.length;
}

/* How many bytes the sequence at `at` has, 0 when it is none; the first byte is beyond ASCII. */
static size_t sequence(const uint8_t *at, size_t left) {
    uint8_t first = at[0];
    uint8_t lowest = 0x80, highest = 0xbf;
    size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || left < length) return 0;
    if (first == 0xe0) lowest = 0xa0; /* overlong */
    if (first == 0xed) highest = 0x9f; /* surrogates */
    if (first == 0xf0) lowest = 0x90;
    if (first == 0xf4) highest = 0x8f; /* beyond Unicode */
    if (at[1] < lowest || at[1] > highest) return 0;
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) return 0;
    }
    return length;
}

bool is_utf8(Text text) {
    const uint8_t *at = (const uint8_t *)text.bytes;
    const uint8_t *end = at + text.length;
    while ((at = skip_ascii(at, end)) < end) {
        size_t length = sequence(at, (size_t)(end - at));
        if (!length) return false;
        at += length;
    }
    return true;
}

uint32_t code_points(Text text) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < text.length; i++) found += ((uint8_t)text.bytes[i] & 0xc0) != 0x80;
    return found;
}

Text first_characters(Text text, uint32_t most) {
    if (text.length <= most) return text;
    uint32_t found = 0;
    for (uint32_t i = 0; i < text.length; i++) {
        if (((uint8_t)text.bytes[i] & 0xc0) != 0x80 && found++ == most) return (Text){text.bytes, i};
    }
    return text;
}

uint32_t next_code_point(const char **at) {
    const uint8_t *byte = (const uint8_t *)*at;
    uint32_t found = byte[0];
    size_t length = found < 0x80 ? 1 : found < 0xe0 ? 2 : found < 0xf0 ? 3 : 4;
    if (length > 1) found &= 0x7fu >> length;
    for (size_t i = 1; i < length; i++) found = found << 6 | (byte[i] & 0x3f);
    *at += length;
    return found;
}
