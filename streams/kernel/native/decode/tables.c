/* Reads the tables of streams/kernel/routes.py. Nothing is trusted: each number is one of the tables, each kind known. */
#include "tables.h"

#include <math.h>
#include <string.h>

#define VERSION 1
#define TOPICS_MAX 64
#define OPERATIONS_MAX 100000

static Names read_names(TableReader *reader) {
    uint32_t length = read_length(reader);
    Text *names = take_block(reader, length, sizeof *names);
    for (uint32_t i = 0; i < length; i++) names[i] = read_text(reader);
    return names_of(reader, names, length);
}

/* Numbers of properties. */
static Numbers read_properties(TableReader *reader, uint32_t properties) {
    Numbers numbers = read_numbers(reader);
    for (uint32_t i = 0; i < numbers.length; i++) {
        if (numbers.items[i] < 0 || numbers.items[i] >= properties) refuse(reader, "a route names no property");
    }
    return numbers;
}

static const char *finish(TableReader *reader) {
    if (!reader->error && reader->at != reader->length) refuse(reader, "the tables are longer than they say");
    if (reader->error) give_blocks(reader->blocks);
    return reader->error;
}

const char *decoder_tables_of(const uint8_t *bytes, size_t length, DecoderTables *into) {
    TableReader reader = {.bytes = bytes, .length = length};
    if (read_whole(&reader) != VERSION) refuse(&reader, "the tables of the decoder are of another version");
    into->topics = read_names(&reader);
    into->properties = read_names(&reader);
    if (into->topics.length > TOPICS_MAX) refuse(&reader, "there are too many topics");
    if (into->properties.length < PROPERTIES_ANYWAY) refuse(&reader, "properties that are always read are missing");
    into->of_tie = read_properties(&reader, into->properties.length);
    into->blocks = reader.blocks;
    return finish(&reader);
}

/* What a text stands for: another text, or a number with the text that Python prints of it. */
static Value read_stands_for(TableReader *reader) {
    Value value = {.kind = read_bool(reader) ? VALUE_TEXT : VALUE_NUMBER};
    value.text = read_text(reader);
    value.number.real = read_real(reader);
    value.number.is_real = value.number.is_exact = true;
    return value;
}

static void read_reader(TableReader *reader, uint32_t properties, Reader *into) {
    into->properties = read_properties(reader, properties);
    for (uint32_t i = 0; i < into->properties.length; i++) into->mask |= property_bit(into->properties.items[i]);
    into->has_synonyms = read_bool(reader);
    if (!into->has_synonyms && into->properties.length != 1) refuse(reader, "a property without synonyms has one name");
    into->synonyms_length = read_length(reader);
    into->synonyms = take_block(reader, into->synonyms_length, sizeof *into->synonyms);
    for (uint32_t i = 0; i < into->synonyms_length; i++) {
        into->synonyms[i].text = read_text(reader);
        into->synonyms[i].value = read_stands_for(reader);
    }
}

static void read_where(TableReader *reader, uint32_t properties, WhereOf *into) {
    read_reader(reader, properties, &into->reader);
    into->exists = (Exists)read_between(reader, EXISTS_NO, EXISTS_EITHER);
    into->values_length = read_length(reader);
    into->values = take_block(reader, into->values_length, sizeof *into->values);
    for (uint32_t i = 0; i < into->values_length; i++) {
        into->values[i].kind = (PlainKind)read_between(reader, PLAIN_TEXT, PLAIN_NEVER);
        into->values[i].text = read_text(reader);
        into->values[i].real = read_real(reader);
    }
    into->at_least = read_real(reader);
    into->at_most = read_real(reader);
}

static void read_property_of(TableReader *reader, uint32_t properties, PropertyOf *into) {
    into->is_given = read_bool(reader);
    if (!into->is_given) return;
    into->counts = read_bool(reader);
    read_reader(reader, properties, &into->reader);
}

/* Whether an operation has the properties that it takes from. */
static bool has_properties(const Operation *operation) {
    switch (operation->take) {
    case TAKE_AMOUNT: case TAKE_HAS_NUMBER: case TAKE_NUMBER: case TAKE_INSTANT: case TAKE_WORDS: case TAKE_LENGTH:
    case TAKE_VALUE: return operation->of.is_given;
    case TAKE_ITEM: case TAKE_CLOSE: case TAKE_TOKEN: case TAKE_CLOSE_TOKEN: return operation->item.is_given;
    case TAKE_STATED: return operation->of.is_given && operation->item.is_given;
    default: return true;
    }
}

static void read_operation(TableReader *reader, uint32_t properties, Operation *into) {
    into->take = (Take)read_between(reader, 0, TAKES - 1);
    into->kind = (EffectKind)read_between(reader, 0, EFFECT_ALIKE);
    into->number = (uint32_t)read_between(reader, 0, INT32_MAX);
    into->rank = (uint8_t)read_between(reader, 0, UINT8_MAX);
    into->wheres_length = read_length(reader);
    into->wheres = take_block(reader, into->wheres_length, sizeof *into->wheres);
    for (uint32_t i = 0; i < into->wheres_length; i++) read_where(reader, properties, &into->wheres[i]);
    read_property_of(reader, properties, &into->of);
    read_property_of(reader, properties, &into->item);
    into->lowest = read_real(reader);
    into->highest = read_real(reader);
    into->weights_length = read_length(reader);
    into->weights = take_block(reader, into->weights_length, sizeof *into->weights);
    for (uint32_t i = 0; i < into->weights_length; i++) {
        into->weights[i].text = read_text(reader);
        into->weights[i].weight = read_real(reader);
    }
    if (!has_properties(into)) refuse(reader, "an operation names no property");
}

static bool needs_tie(EffectKind kind) {
    return kind == EFFECT_LATEST_NUMBER || kind == EFFECT_LATEST_TEXT || kind == EFFECT_ITEM || kind == EFFECT_STATED ||
           kind == EFFECT_ENDED;
}

const char *route_of(const uint8_t *bytes, size_t length, const DecoderTables *tables, Route **into) {
    TableReader reader = {.bytes = bytes, .length = length};
    Route *route = take_block(&reader, 1, sizeof *route);
    if (read_whole(&reader) != VERSION) refuse(&reader, "a route is of another version");
    route->rank = (uint8_t)read_between(&reader, 0, UINT8_MAX);
    route->length = read_length(&reader);
    if (route->length > OPERATIONS_MAX) refuse(&reader, "a route has too many operations");
    if (reader.error) return finish(&reader);
    route->operations = take_block(&reader, route->length, sizeof *route->operations);
    for (uint32_t i = 0; i < route->length; i++) {
        read_operation(&reader, tables->properties.length, &route->operations[i]);
        route->needs_tie |= needs_tie(route->operations[i].kind);
    }
    route->blocks = reader.blocks;
    *into = route;
    return finish(&reader);
}
