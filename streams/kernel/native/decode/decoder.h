/* The decoder inside: its state, and what its files share. */
#ifndef VITALS_DECODER_H
#define VITALS_DECODER_H

#include "decode.h"
#include "../prints/prints.h"
#include "tables.h"

/* The fields that are read of an event beside its properties: scoring.event.wire.Wire. */
typedef enum {
    FIELD_ACCOUNT_ID,
    FIELD_EVENT,
    FIELD_TIMESTAMP,
    FIELD_ID,
    FIELD_USER_ID,
    FIELD_DISTINCT_ID,
    FIELD_UUID,
    FIELD_USER,
    FIELD_USER_ID_OF_CALL,
    FIELD_MESSAGE_ID,
    FIELD_TRAITS,
    FIELD_ANONYMOUS_ID,
    FIELD_ORIGINAL_TIMESTAMP,
    FIELD_SENT_AT,
    FIELD_RECEIVED_AT,
    FIELD_PERSON_SET,
    FIELD_TAGS,
    FIELD_TYPE,
    FIELD_CONTEXT,
    FIELD_GROUP_ID,
    FIELD_TOPIC, /* of a line in a file of events */
    FIELDS_READ,
    FIELD_PROPERTIES = FIELDS_READ,
    FIELDS_KEPT, /* Python makes the others, too, but does not read them here */
    FIELDS_ALL = FIELDS_KEPT + 1
} Field;

struct Decoder {
    FoldEvent event; /* first: `print_of` finds the decoder by it */
    Text account_id, topic;
    DecoderTables tables;
    Names fields;
    Block *blocks;
    Routes *routes;
    PrintCache *prints; /* of users and other values */
    bool has_id_key;
    SipKey id_key;
    TextRoom room;
    /* of the latest message */
    Value wire[FIELDS_READ];
    Value *values;     /* by property */
    uint32_t set_length, set_room;
    uint32_t *set;     /* the properties that have a value, which are emptied before the next message */
    Bits set_mask;     /* their bits */
    Text event_id;
    Text user;         /* whole */
    const Route *route;
    char account_room[NUMBER_ROOM], id_room[NUMBER_ROOM], user_room[NUMBER_ROOM];
    uint32_t effects_room;
    char *scratch; /* of what fingerprints are made of */
    size_t scratch_length, scratch_room;
    char *packed;
};

#define CHARACTERS_MAX 200 /* of an account's id and of a name */

static inline bool is_short(Text text) { return text.length <= CHARACTERS_MAX || code_points(text) <= CHARACTERS_MAX; }

static inline bool is_given(const Value *value) { return value->kind != VALUE_NULL && value->kind != VALUE_UNSET; }

/* fields.c: the fields and properties of a message */
bool read_fields(Decoder *decoder, Text message);

/* accounts.c: the account from the known places */
bool read_account(Decoder *decoder);

/* places.c: account, name, time, id and user from the usual places */
bool read_places(Decoder *decoder, int64_t message_time_ms, int64_t now_ms);
/* Epoch seconds or milliseconds, as scoring.event.timestamps.any_stamp_ms. */
bool stamp_ms(const Value *value, int64_t *into);

/* values.c */
/* The value of a property, in `room` where it is another than was sent; NULL to hand back. */
const Value *read_property(const Decoder *decoder, const Reader *reader, Value *room);
/* The id in a value: scoring.event.ids.id_of; empty for none. `room` has NUMBER_ROOM characters. */
bool id_of(const Value *value, char *room, Text *id);
bool value_of(const Value *value, char *room, Text *key); /* scoring.event.ids.value_of */

/* wheres.c */
bool wheres_hold(const Decoder *decoder, const Operation *operation, bool *holds);

/* operations.c: the effects of the route */
bool take_effects(Decoder *decoder);

/* ties.c */
uint64_t tie_print(FoldEvent *event);
bool can_tie(const Decoder *decoder); /* whether the print of an event without an id can be made here */

/* scratch.c */
void scratch_clear(Decoder *decoder);
void scratch_put(Decoder *decoder, Text text);
Text scratch_text(const Decoder *decoder);

#endif
