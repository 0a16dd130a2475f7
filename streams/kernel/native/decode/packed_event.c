/* Reads an event that Python decoded: the bytes of streams/kernel/effects.py. Each effect is of state that the plan has. */
#include "packed_event.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIMES_MAX ((int64_t)1 << 31)
#define AMOUNT_MAX ((int64_t)10000000000000) /* scoring.plan.extractors: AMOUNT_LIMIT in ten-thousandths */
#define COUNTED_MAX ((int64_t)1 << 60)       /* the amount of all times together */
#define VALUE_MAX 1e20

/* The texts that are still to come. */
typedef struct {
    const char *bytes;
    size_t left;
} Texts;

static uint64_t no_print(FoldEvent *event) { return event->print; }

static bool take_text(Texts *texts, uint32_t length, Text *into) {
    if (length > texts->left) return false;
    into->bytes = texts->bytes;
    into->length = length;
    texts->bytes += length;
    texts->left -= length;
    return true;
}

static uint32_t length_of(const Plan *plan, uint32_t kind) {
    switch (kind) {
    case EFFECT_LATEST_AT: return plan->latest_at.length;
    case EFFECT_LATEST_NUMBER:
    case EFFECT_LATEST_TEXT: return plan->latest_values.length;
    case EFFECT_FIRST_AT: return plan->first_at.length;
    case EFFECT_ITEM: return plan->items_length;
    case EFFECT_STATED:
    case EFFECT_ENDED: return plan->tallies.length;
    case EFFECT_TOTAL: return plan->daily_length;
    case EFFECT_COUNT:
    case EFFECT_ALIKE: return plan->count_series_length;
    case EFFECT_VALUE: return plan->value_series_length;
    default: return 0;
    }
}

/* What events of a day have in common is noted of counted events only. */
static bool is_counted(const Effect *effects, uint32_t length, uint32_t series) {
    for (uint32_t i = 0; i < length; i++) {
        if (effects[i].kind == EFFECT_COUNT && effects[i].number == series) return true;
    }
    return false;
}

/* The fold takes totals after all that is not of days, and series last. */
static int step_of(uint32_t kind) { return (kind >= EFFECT_TOTAL) + (kind > EFFECT_TOTAL); }

static const char *take_effect(const Plan *plan, const PackedEffect *row, Texts *texts, Effect *effects, uint32_t place) {
    Effect *effect = &effects[place];
    if (row->number >= length_of(plan, row->kind)) return "an effect is on state that the plan does not have";
    if (row->rank > UINT8_MAX) return "an effect has a rank above 255";
    if (place && step_of(row->kind) < step_of(effects[place - 1].kind)) return "the effects are not in their order";
    if (row->amount < -AMOUNT_MAX || row->amount > AMOUNT_MAX) return "an effect has an amount beyond all measure";
    if (row->kind == EFFECT_COUNT && !row->amount) return "an effect counts nothing";
    if (!(fabs(row->value) <= VALUE_MAX)) return "an effect has a value beyond all measure";
    if (!take_text(texts, row->text, &effect->text)) return "an event is shorter than its texts";
    if (row->kind == EFFECT_ALIKE && !is_counted(effects, place, row->number)) return "an event is not counted";
    effect->kind = (EffectKind)row->kind;
    effect->number = row->number;
    effect->rank = (uint8_t)row->rank;
    effect->amount = row->amount;
    effect->key = row->key;
    effect->value = row->value;
    return NULL;
}

static const char *take_head(const PackedHead *head, FoldEvent *event) {
    if (head->at_ms < 0 || head->at_ms > INSTANT_MAX) return "an event is before 1970 or after 2105";
    if (head->times < 1 || head->times > TIMES_MAX) return "an event counts too many times";
    if (head->flags > ALL_FLAGS || head->rank > UINT8_MAX || head->print >> 56) return "an event's head is out of range";
    event->at_ms = head->at_ms;
    event->has_id = head->flags & HAS_ID;
    event->id_print = head->id_print;
    event->origin = head->origin;
    event->times = head->times;
    event->id_is_its_own = head->flags & ID_IS_ITS_OWN;
    event->tile_holds_it = head->flags & TILE_HOLDS_IT;
    event->totals_hold_it = head->flags & TOTALS_HOLD_IT;
    event->rank = (uint8_t)head->rank;
    event->print_of = no_print;
    event->has_print = true;
    event->print = head->print;
    return NULL;
}

const char *unpack_event(const Plan *plan, const uint8_t *bytes, size_t length, PackedEvent *packed) {
    PackedHead head;
    if (length < sizeof head) return "an event is shorter than its head";
    memcpy(&head, bytes, sizeof head);
    const char *error = take_head(&head, &packed->event);
    if (error) return error;
    size_t rows = (size_t)head.effects * sizeof(PackedEffect);
    if (length - sizeof head != rows + head.texts) return "an event is longer or shorter than its head says";
    if (head.effects > packed->room) {
        packed->effects = grow_memory(packed->effects, head.effects, sizeof *packed->effects);
        packed->room = head.effects;
    }
    FoldEvent *event = &packed->event;
    Texts texts = {(const char *)bytes + sizeof head + rows, head.texts};
    bool has_texts = take_text(&texts, head.name, &event->name) && take_text(&texts, head.user, &event->user);
    if (!has_texts) return "an event is shorter than its texts";
    for (uint32_t i = 0; i < head.effects; i++) {
        PackedEffect row;
        memcpy(&row, bytes + sizeof head + i * sizeof row, sizeof row);
        if ((error = take_effect(plan, &row, &texts, packed->effects, i))) return error;
        if (llabs(row.amount) > COUNTED_MAX / event->times) return "an event counts an amount too many times";
    }
    event->effects_length = head.effects;
    event->effects = packed->effects;
    return texts.left ? "an event has more texts than it uses" : NULL;
}

void packed_event_free(PackedEvent *packed) {
    give_memory(packed->effects);
    packed->effects = NULL;
    packed->room = 0;
}
