/* Effects: what one event changes in its account, as numbers. The narrow waist of the kernel: the decoder makes effects of
 * bytes, `streams.kernel.effects` makes the same of a decoded `Event`, and the fold takes nothing else. */
#ifndef VITALS_EFFECTS_H
#define VITALS_EFFECTS_H

#include "../core/core.h"

/* In the order in which the fold takes them: that of `scoring.fold.fold.apply`. */
typedef enum {
    EFFECT_LATEST_AT,     /* number: slot */
    EFFECT_LATEST_NUMBER, /* number: slot, value */
    EFFECT_LATEST_TEXT,   /* number: slot, text */
    EFFECT_FIRST_AT,      /* number: slot */
    EFFECT_ITEM,          /* number: open items, key: fingerprint of the item, rank, value: weight or token */
    EFFECT_STATED,        /* number: tally, key: fingerprint of the item, 0 for the whole account, value */
    EFFECT_ENDED,         /* number: tally, key: the same */
    EFFECT_TOTAL,         /* number: daily totals */
    EFFECT_COUNT,         /* number: count series, amount: not 0; times `times` */
    EFFECT_VALUE,         /* number: value series, key: fingerprint of the value */
    EFFECT_ALIKE          /* number: count series; the event's name and user */
} EffectKind;

typedef struct {
    EffectKind kind;
    uint32_t number;
    uint8_t rank; /* of an item; else the event's own is taken */
    int64_t amount;
    uint64_t key;
    double value;
    Text text;
} Effect;

typedef struct FoldEvent FoldEvent;
struct FoldEvent {
    int64_t at_ms;
    bool has_id;
    uint64_t id_print; /* keyed fingerprint of topic, name and id */
    int64_t origin;    /* the message that brought it, within its account */
    int64_t times;
    bool id_is_its_own, tile_holds_it, totals_hold_it; /* see scoring.fold.fold.apply */
    uint8_t rank;      /* scoring.plan.event_order: of two events of one instant the greater rank is the later */
    Text name, user;   /* `user` cut to what is kept of it */
    /* The 56-bit fingerprint that decides between events of one instant and rank: costly, so made when first needed. */
    uint64_t (*print_of)(FoldEvent *event);
    bool has_print;
    uint64_t print;
    uint32_t effects_length;
    Effect *effects;
};

/* The tie-breaker of an event at its instant: rank, then 56 bits. See scoring.plan.event_order.EventOrder.tie. */
static inline uint64_t tie_of(FoldEvent *event, uint8_t rank) {
    if (!event->has_print) {
        event->print = event->print_of(event);
        event->has_print = true;
    }
    return (uint64_t)rank << 56 | event->print;
}

#endif
