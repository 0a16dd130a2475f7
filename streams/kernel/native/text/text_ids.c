/* The rule for ids of scoring.event.ids, for texts whose characters are plain: printable ASCII, or inert beyond it. */
#include "texts.h"

#include <string.h>

#define EACH_BYTE 0x0101010101010101
#define HIGH_BITS 0x8080808080808080
#define PLACEHOLDER_LONGEST 10 /* of those that do not begin with 0 */

static const char *const PLACEHOLDERS[] = {
    "null",     "(null)",  "<null>",  "undefined", "none",      "<none>",     "nil",    "<nil>",
    "nan",      "true",    "false",   "n/a",       "#n/a",      "{}",         "[]",     "\"\"",
    "''",       "\"null\"", "'null'", "(none)",    "(not set)", "<no value>", "\\n",    "#ref!",
    "#value!",  "#null!",  "#name?",  "#num!",     "#div/0!",
    "00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000",
};

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r') || (byte >= 0x1c && byte <= 0x1f); }

Text strip_ascii(Text text) {
    while (text.length && is_space(text.bytes[0])) {
        text.bytes++;
        text.length--;
    }
    while (text.length && is_space(text.bytes[text.length - 1])) text.length--;
    return text;
}

/* Moves over what is printable ASCII, eight bytes at a time. */
static const char *skip_printable(const char *at, const char *end) {
    uint64_t word;
    for (; end - at >= 8; at += 8) {
        memcpy(&word, at, 8);
        if ((word | (word - EACH_BYTE * 0x20) | (word + EACH_BYTE)) & HIGH_BITS) break;
    }
    return at;
}

bool clean(Text text, Text *into) {
    text = strip_ascii(text);
    *into = text;
    const char *end = text.bytes + text.length;
    const char *at = skip_printable(text.bytes, end);
    while (at < end) {
        uint8_t byte = (uint8_t)*at;
        if (byte >= 0x80) {
            if (!is_inert(next_code_point(&at))) return false;
        } else {
            if (byte < 0x20 || byte == 0x7f) return false;
            at++;
        }
    }
    return true;
}

static char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte; }

/* Whether a text, in lower case, is `plain`; only ASCII becomes ASCII of the characters that `clean` lets pass. */
static bool is_lower(Text text, const char *plain) {
    for (uint32_t i = 0; i < text.length; i++) {
        if (!plain[i] || lower(text.bytes[i]) != plain[i]) return false;
    }
    return !plain[text.length];
}

/* How JavaScript prints an object: \[object [a-z]+\] in lower case. */
static bool is_object(Text text) {
    Text begin = {text.bytes, 8};
    if (text.length < 10 || !is_lower(begin, "[object ") || text.bytes[text.length - 1] != ']') return false;
    for (uint32_t i = 8; i < text.length - 1; i++) {
        char byte = lower(text.bytes[i]);
        if (byte < 'a' || byte > 'z') return false;
    }
    return true;
}

static bool is_placeholder(Text text) {
    if (!text.length) return false;
    if (text.bytes[0] == '[' && is_object(text)) return true;
    if (text.length > PLACEHOLDER_LONGEST && text.bytes[0] != '0') return false;
    for (size_t i = 0; i < sizeof PLACEHOLDERS / sizeof *PLACEHOLDERS; i++) {
        if (is_lower(text, PLACEHOLDERS[i])) return true;
    }
    return false;
}

bool text_id(Text text, Text *into) {
    if (!clean(text, into)) return false;
    if (is_placeholder(*into)) into->length = 0;
    return true;
}

bool is_text(Text text, const char *plain) {
    size_t length = strlen(plain);
    return text.length == length && !memcmp(text.bytes, plain, length);
}
