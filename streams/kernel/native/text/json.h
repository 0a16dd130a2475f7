/* JSON, read as msgspec reads it. Each function returns false for what is not plain: the message is handed back. */
#ifndef VITALS_JSON_H
#define VITALS_JSON_H

#include "texts.h"

/* Characters of texts that were written with escapes; they live until the next message. */
typedef struct {
    char *bytes;
    uint32_t length, room;
} TextRoom;

typedef struct {
    const char *at, *end;
    TextRoom *room;
} Json;

typedef enum {
    VALUE_UNSET,
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_NUMBER,
    VALUE_TEXT,
    VALUE_LIST,
    VALUE_TABLE
} ValueKind;

typedef struct {
    ValueKind kind;
    uint32_t length; /* of a list */
    Text text;       /* of a text; of a list or a table as it is written; of a number what Python prints, where that is
                        known before */
    Number number;
} Value;

static inline void skip_space(Json *json) {
    while (json->at < json->end) {
        char byte = *json->at;
        if (byte != ' ' && byte != '\n' && byte != '\t' && byte != '\r') return;
        json->at++;
    }
}

static inline bool json_mark(Json *json, char mark) {
    skip_space(json);
    if (json->at == json->end || *json->at != mark) return false;
    json->at++;
    return true;
}

static inline bool json_ends(Json *json) {
    skip_space(json);
    return json->at == json->end;
}

/* json.c: each skips white space before what it reads */
bool json_text(Json *json, Text *into); /* decoded, and valid UTF-8 */
bool json_value(Json *json, Value *into);
/* A value that nobody reads; with `is_kept` one that Python would make. */
bool json_skip(Json *json, bool is_kept);

/* The value of a name in a table as it is written, which was read before: the last of them; unset for none. */
bool json_member(Text table, const char *name, TextRoom *room, Value *into);

/* escapes.c: a text with escapes, decoded into the room */
bool decode_escapes(TextRoom *room, Text written, Text *into);

#endif
