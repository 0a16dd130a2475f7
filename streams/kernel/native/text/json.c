/* A reader of JSON that goes forward once, without recursion. */
#include "json.h"

#include <string.h>

#define DEEPEST 64 /* Python's decoder has its own limit, beyond this one */
#define EACH_BYTE 0x0101010101010101
#define HIGH_BITS 0x8080808080808080

/* The high bit of the first byte, and maybe of later ones, that is a quote, a backslash or a control character. A quote with
 * its second bit changed is a space: so it is found with the control characters, none of which becomes one. */
static inline uint64_t marks_in(uint64_t word) {
    uint64_t quotes = (word ^ EACH_BYTE * 0x02) - EACH_BYTE * 0x21;
    uint64_t backslashes = (word ^ EACH_BYTE * '\\') - EACH_BYTE;
    return (quotes | backslashes) & ~word & HIGH_BITS;
}

/* Moves to the first quote, backslash or control character. `high` gets the high bits of what is passed over. */
static inline const char *plain_part(const char *at, const char *end, uint64_t *high) {
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        uint64_t marks = marks_in(word);
        if (marks) {
            int bytes = __builtin_ctzll(marks) / 8;
            *high |= bytes ? word << (64 - 8 * bytes) : 0;
            return at + bytes;
        }
        *high |= word;
        at += 8;
    }
    for (; at < end && *at != '"' && *at != '\\' && (uint8_t)*at >= 0x20; at++) *high |= (uint8_t)*at;
    return at;
}

typedef struct {
    Text text; /* between the quotes */
    bool has_escapes, is_ascii;
} Written;

/* A text as it is written; the opening quote comes first. */
static bool written_text(Json *json, Written *written) {
    uint64_t high = 0;
    if (!json_mark(json, '"')) return false;
    const char *first = json->at, *at = first;
    written->has_escapes = false;
    for (;;) {
        at = plain_part(at, json->end, &high);
        if (at == json->end || (uint8_t)*at < 0x20) return false;
        if (*at == '"') break;
        written->has_escapes = true;
        if (json->end - at < 2) return false;
        at += 2; /* what follows a backslash is looked at by `decode_escapes` */
    }
    written->text = (Text){first, (uint32_t)(at - first)};
    written->is_ascii = !(high & HIGH_BITS);
    json->at = at + 1;
    return true;
}

bool json_text(Json *json, Text *into) {
    Written written;
    if (!written_text(json, &written)) return false;
    if (!written.is_ascii && !is_utf8(written.text)) return false;
    *into = written.text;
    return !written.has_escapes || decode_escapes(json->room, written.text, into);
}

/* Of texts that nobody reads the escapes must still be some. */
static bool skip_text(Json *json, bool is_kept) {
    Written written;
    Text decoded;
    if (is_kept) return json_text(json, &decoded);
    if (!written_text(json, &written)) return false;
    if (!written.has_escapes) return true;
    uint32_t before = json->room->length;
    bool is_fine = decode_escapes(json->room, written.text, &decoded);
    json->room->length = before;
    return is_fine;
}

static bool skip_word(Json *json, const char *word, uint32_t length) {
    if (json->end - json->at < length || memcmp(json->at, word, length)) return false;
    json->at += length;
    return true;
}

static bool number_at(Json *json, Number *number) {
    const char *end = read_number(json->at, json->end, number);
    if (!end) return false;
    json->at = end;
    return true;
}

/* A text, a number or a word; `json` is at its first character. */
static bool skip_plain(Json *json, bool is_kept) {
    Number number;
    switch (*json->at) {
    case '"': return skip_text(json, is_kept);
    case 't': return skip_word(json, "true", 4);
    case 'f': return skip_word(json, "false", 5);
    case 'n': return skip_word(json, "null", 4);
    default: return number_at(json, &number) && (number.is_modest || !is_kept);
    }
}

/* Reads past a list or a table, at whose opening mark `json` is; `length` gets how many values it has itself. */
static bool skip_nested(Json *json, bool is_kept, uint32_t *length) {
    uint64_t tables = 0; /* a bit for each open table or list, the innermost lowest */
    uint32_t depth = 0;
    *length = 0;
    for (;;) {
        skip_space(json);
        if (json->at == json->end) return false;
        char mark = *json->at;
        if (depth == 1) ++*length;
        bool opens = mark == '{' || mark == '[';
        if (opens) {
            if (depth == DEEPEST) return false;
            json->at++;
            tables = tables << 1 | (mark == '{');
            depth++;
            if (!json_mark(json, mark == '{' ? '}' : ']')) {
                if (mark == '{' && !(skip_text(json, is_kept) && json_mark(json, ':'))) return false;
                continue;
            }
        } else if (!skip_plain(json, is_kept)) {
            return false;
        }
        if (opens) { /* it was empty */
            tables >>= 1;
            depth--;
        }
        while (depth && !json_mark(json, ',')) {
            if (!json_mark(json, tables & 1 ? '}' : ']')) return false;
            tables >>= 1;
            depth--;
        }
        if (!depth) return true;
        if (tables & 1 && !(skip_text(json, is_kept) && json_mark(json, ':'))) return false;
    }
}

bool json_skip(Json *json, bool is_kept) {
    uint32_t length;
    skip_space(json);
    if (json->at == json->end) return false;
    return *json->at == '{' || *json->at == '[' ? skip_nested(json, is_kept, &length) : skip_plain(json, is_kept);
}

static bool nested_value(Json *json, Value *into) {
    const char *first = json->at;
    into->kind = *first == '[' ? VALUE_LIST : VALUE_TABLE;
    if (!skip_nested(json, true, &into->length)) return false;
    into->text = (Text){first, (uint32_t)(json->at - first)};
    return true;
}

bool json_value(Json *json, Value *into) {
    skip_space(json);
    if (json->at == json->end) return false;
    into->length = 0;
    into->text = (Text){NULL, 0};
    switch (*json->at) {
    case '"': into->kind = VALUE_TEXT; return json_text(json, &into->text);
    case 't': into->kind = VALUE_TRUE; return skip_word(json, "true", 4);
    case 'f': into->kind = VALUE_FALSE; return skip_word(json, "false", 5);
    case 'n': into->kind = VALUE_NULL; return skip_word(json, "null", 4);
    case '[': case '{': return nested_value(json, into);
    default: into->kind = VALUE_NUMBER; return number_at(json, &into->number) && into->number.is_modest;
    }
}

bool json_member(Text table, const char *name, TextRoom *room, Value *into) {
    Json json = {table.bytes, table.bytes + table.length, room};
    Text key;
    into->kind = VALUE_UNSET;
    if (!json_mark(&json, '{')) return false;
    if (json_mark(&json, '}')) return true;
    do {
        if (!json_text(&json, &key) || !json_mark(&json, ':')) return false;
        if (!(is_text(key, name) ? json_value(&json, into) : json_skip(&json, false))) return false;
    } while (json_mark(&json, ','));
    return true;
}
