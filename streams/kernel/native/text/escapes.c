/* The escapes of JSON's texts. Surrogates come in pairs, or the text is none. */
#include "json.h"

#include <string.h>

static int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The four hexadecimal digits at `at`, -1 for none. */
static int32_t unit_at(const char *at, const char *end) {
    int32_t unit = 0;
    if (end - at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static void put_code_point(TextRoom *room, uint32_t point) {
    char *to = room->bytes + room->length;
    if (point < 0x80) {
        *to = (char)point;
        room->length += 1;
    } else if (point < 0x800) {
        to[0] = (char)(0xc0 | point >> 6);
        to[1] = (char)(0x80 | (point & 0x3f));
        room->length += 2;
    } else if (point < 0x10000) {
        to[0] = (char)(0xe0 | point >> 12);
        to[1] = (char)(0x80 | (point >> 6 & 0x3f));
        to[2] = (char)(0x80 | (point & 0x3f));
        room->length += 3;
    } else {
        to[0] = (char)(0xf0 | point >> 18);
        to[1] = (char)(0x80 | (point >> 12 & 0x3f));
        to[2] = (char)(0x80 | (point >> 6 & 0x3f));
        to[3] = (char)(0x80 | (point & 0x3f));
        room->length += 4;
    }
}

/* Decodes what follows \u, at `at`; returns where it ends, NULL when it is no code point. */
static const char *decode_unit(TextRoom *room, const char *at, const char *end) {
    int32_t unit = unit_at(at, end);
    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return NULL;
    at += 4;
    if (unit < 0xd800 || unit > 0xdfff) {
        put_code_point(room, (uint32_t)unit);
        return at;
    }
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return NULL;
    int32_t low = unit_at(at + 2, end);
    if (low < 0xdc00 || low > 0xdfff) return NULL;
    put_code_point(room, 0x10000 + (((uint32_t)unit - 0xd800) << 10) + ((uint32_t)low - 0xdc00));
    return at + 6;
}

static char plain_escape(char byte) {
    switch (byte) {
    case '"': case '\\': case '/': return byte;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

bool decode_escapes(TextRoom *room, Text written, Text *into) {
    const char *at = written.bytes, *end = at + written.length;
    uint32_t first = room->length;
    if (room->room - room->length < written.length) return false; /* no escape is shorter than what it stands for */
    while (at < end) {
        const char *next = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((next ? next : end) - at);
        memcpy(room->bytes + room->length, at, plain);
        room->length += (uint32_t)plain;
        if (!next) break;
        if (end - next < 2) return false;
        at = next + 2;
        if (next[1] == 'u') {
            at = decode_unit(room, at, end);
            if (!at) return false;
        } else {
            char escaped = plain_escape(next[1]);
            if (!escaped) return false;
            room->bytes[room->length++] = escaped;
        }
    }
    *into = (Text){room->bytes + first, room->length - first};
    return true;
}
