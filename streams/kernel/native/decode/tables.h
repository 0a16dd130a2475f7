/* What the decoder knows of a plan: its properties, and the route of each topic and name as operations. Made from the bytes
 * of streams/kernel/routes.py; names and numbers are those there. */
#ifndef VITALS_DECODE_TABLES_H
#define VITALS_DECODE_TABLES_H

#include "../fold/effects.h"
#include "../text/json.h"
#include "names.h"

/* Properties that are always read: the first numbers, in the order of scoring.event.event.READ_ANYWAY. */
enum {
    PROPERTY_ACCOUNT_ID,
    PROPERTY_USER_ID,
    PROPERTY_DISTINCT_ID,
    PROPERTY_UUID,
    PROPERTY_INSERT_ID,
    PROPERTY_GROUPS,
    PROPERTY_GROUP_KEY,
    PROPERTY_GROUP_SET,
    PROPERTY_PERSON_SET,
    PROPERTY_CLIENT_TIME,
    PROPERTIES_ANYWAY
};

/* What a text of a property stands for: scoring.event.synonyms. */
typedef struct {
    Text text;
    Value value;
} Synonym;

typedef struct {
    Numbers properties; /* the first that has a value counts */
    Bits mask;          /* a bit for each of them */
    bool has_synonyms;
    uint32_t synonyms_length;
    Synonym *synonyms;
} Reader;

/* The bit of a property; those beyond the width of a mask share its last one; so do
 * numbers that are none, which the checks refuse later. */
static inline Bits property_bit(int64_t number) { return (Bits)1 << (number >= 0 && number < 127 ? number : 127); }

/* A property as a signal reads it; `counts` what it cannot use, so that such an event is handed back. */
typedef struct {
    bool is_given, counts;
    Reader reader;
} PropertyOf;

typedef enum { PLAIN_TEXT, PLAIN_TRUTH, PLAIN_REAL, PLAIN_NEVER } PlainKind;

typedef struct {
    PlainKind kind;
    Text text;
    double real;
} Plain;

typedef enum { EXISTS_NO, EXISTS_YES, EXISTS_EITHER } Exists;

typedef struct {
    Reader reader;
    Exists exists;
    uint32_t values_length;
    Plain *values;
    double at_least, at_most; /* NaN for none */
} WhereOf;

typedef enum {
    TAKE_EVENT,
    TAKE_AMOUNT,
    TAKE_HAS_NUMBER,
    TAKE_ZERO,
    TAKE_NUMBER,
    TAKE_INSTANT,
    TAKE_WORDS,
    TAKE_LENGTH,
    TAKE_USER,
    TAKE_NAME,
    TAKE_DAY,
    TAKE_VALUE,
    TAKE_ITEM,
    TAKE_CLOSE,
    TAKE_TOKEN,
    TAKE_CLOSE_TOKEN,
    TAKE_STATED,
    TAKE_RUNS,
    TAKE_END,
    TAKES
} Take;

typedef struct {
    Text text;
    double weight;
} WeightOf;

typedef struct {
    Take take;
    EffectKind kind;
    uint32_t number;
    uint8_t rank;
    uint32_t wheres_length;
    WhereOf *wheres;
    PropertyOf of, item;
    double lowest, highest;
    uint32_t weights_length;
    WeightOf *weights;
} Operation;

typedef struct Route Route;
struct Route {
    uint32_t topic;
    Text name;
    uint8_t rank;
    bool needs_tie; /* some effect of it is decided by the tie of events */
    uint32_t length;
    Operation *operations;
    Block *blocks; /* its memory */
    Route *next;   /* in its place of the table */
};

typedef struct {
    Names topics, properties;
    Numbers of_tie; /* properties that distinguish events without an id, in their order */
    Block *blocks;
} DecoderTables;

/* Both return an error, NULL for none. */
const char *decoder_tables_of(const uint8_t *bytes, size_t length, DecoderTables *into);
const char *route_of(const uint8_t *bytes, size_t length, const DecoderTables *tables, Route **into);

/* routes.c: the routes that are known, at most ROUTES_MAX */
typedef struct Routes Routes;
Routes *routes_new(void);
void routes_free(Routes *routes);
const Route *find_route(const Routes *routes, uint32_t topic, Text name);
/* Takes the route over; one more than the most forgets all others. */
void put_route(Routes *routes, Route *route, uint32_t topic, Text name);

#endif
