/* Conditions on the properties of an event: scoring.model.schema.rules.Where.holds. */
#include "decoder.h"

#include <math.h>

/* Numbers are equal by value; a text or a truth value never equals a number. */
static bool is_same(const Plain *plain, const Value *found) {
    switch (plain->kind) {
    case PLAIN_TEXT:
        return found->kind == VALUE_TEXT && plain->text.length == found->text.length &&
               !memcmp(plain->text.bytes, found->text.bytes, plain->text.length);
    case PLAIN_TRUTH: return found->kind == (plain->real != 0 ? VALUE_TRUE : VALUE_FALSE);
    case PLAIN_REAL: return found->kind == VALUE_NUMBER && found->number.real == plain->real;
    default: return false;
    }
}

static bool is_any(const WhereOf *where, const Value *found) {
    for (uint32_t i = 0; i < where->values_length; i++) {
        if (is_same(&where->values[i], found)) return true;
    }
    return !where->values_length;
}

static bool is_within(const WhereOf *where, const Value *found) {
    if (isnan(where->at_least) && isnan(where->at_most)) return true;
    if (found->kind != VALUE_NUMBER) return false;
    return !(found->number.real < where->at_least) && !(found->number.real > where->at_most);
}

static bool where_holds(const Decoder *decoder, const WhereOf *where, bool *holds) {
    Value room;
    const Value *found = read_property(decoder, &where->reader, &room);
    if (!found) return false;
    bool exists = found->kind != VALUE_UNSET && found->kind != VALUE_NULL;
    *holds = where->exists == EXISTS_EITHER || (where->exists == EXISTS_YES) == exists;
    bool has_tests = where->values_length || !isnan(where->at_least) || !isnan(where->at_most);
    if (!*holds || !has_tests) return true;
    if (found->kind == VALUE_NUMBER && !found->number.is_exact) return false;
    *holds = is_any(where, found) && is_within(where, found);
    return true;
}

bool wheres_hold(const Decoder *decoder, const Operation *operation, bool *holds) {
    *holds = true;
    for (uint32_t i = 0; i < operation->wheres_length && *holds; i++) {
        if (!where_holds(decoder, &operation->wheres[i], holds)) return false;
    }
    return true;
}
