/* Values of JSON, as msgspec writes them. */
#include "../text/texts.h"
#include "answer.h"

#define QUOTE '"'

static void put_escaped(Out *out, uint8_t byte) {
    static const char HEX[] = "0123456789abcdef", SHORT[] = "\bb\tt\nn\ff\rr\"\"\\\\";
    put_byte(out, '\\');
    for (const char *pair = SHORT; *pair; pair += 2)
        if ((uint8_t)pair[0] == byte) return put_byte(out, (uint8_t)pair[1]);
    put_bytes(out, "u00", 3);
    put_byte(out, (uint8_t)HEX[byte >> 4]);
    put_byte(out, (uint8_t)HEX[byte & 15]);
}

void put_json_text(Out *out, Text text) {
    put_byte(out, QUOTE);
    uint32_t begin = 0;
    for (uint32_t at = 0; at < text.length; at++) {
        uint8_t byte = (uint8_t)text.bytes[at];
        if (byte >= ' ' && byte != QUOTE && byte != '\\') continue;
        put_bytes(out, text.bytes + begin, at - begin);
        put_escaped(out, byte);
        begin = at + 1;
    }
    put_bytes(out, text.bytes + begin, text.length - begin);
    put_byte(out, QUOTE);
}

void put_json_real(Out *out, double real) {
    char *at = (char *)put_room(out, SHORTEST_ROOM);
    out->length += (size_t)(put_shortest(at, real) - at);
}

void put_json_whole(Out *out, int64_t whole) {
    char room[24], *end = room + sizeof room, *first = end;
    uint64_t rest = whole < 0 ? 0 - (uint64_t)whole : (uint64_t)whole;
    do *--first = (char)('0' + rest % 10);
    while (rest /= 10);
    if (whole < 0) *--first = '-';
    put_bytes(out, first, (size_t)(end - first));
}

void put_json_instant(Out *out, int64_t at_ms) {
    char room[INSTANT_ROOM];
    put_byte(out, QUOTE);
    put_plain(out, instant_text(at_ms, room));
    put_byte(out, QUOTE);
}
