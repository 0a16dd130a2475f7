/* Latest values, and the instants of latest and first events: scoring.fold.latest. */
#include "fold.h"

#include <string.h>

void note_latest_at(const Plan *plan, Account *account, uint32_t slot, int64_t at_ms) {
    int64_t held = account->latest_at[slot];
    if (at_ms <= held) return;
    account->latest_at[slot] = at_ms;
    if (held >= 0 && floor_div(held, DAY_MS) == floor_div(at_ms, DAY_MS)) {
        int64_t before = greatest(0, account->current_bucket - floor_div(held, plan->resolution_ms));
        int64_t since = greatest(0, account->current_bucket - floor_div(at_ms, plan->resolution_ms));
        /* The number of whole days is the same, and the timer before the next day stands. */
        if (before / plan->buckets_a_day == since / plan->buckets_a_day) return;
    }
    due_by(account, next_silence_due(plan, account)); /* fewer whole days, which now step at another time of the day */
    account->changed_dependents |= plan->latest_at.items[slot];
}

void note_first_at(const Plan *plan, Account *account, uint32_t slot, int64_t at_ms) {
    if (at_ms >= account->first_at[slot]) return;
    account->first_at[slot] = at_ms;
    account->changed_dependents |= plan->first_at.items[slot];
}

/* Texts compare by code point, as their bytes in UTF-8 do. */
static int compare_texts(Text one, Text other) {
    uint32_t shorter = one.length < other.length ? one.length : other.length;
    int order = shorter ? memcmp(one.bytes, other.bytes, shorter) : 0;
    return order ? order : (one.length > other.length) - (one.length < other.length);
}

/* Whether an event's value is later than the held one, by instant, tie and value. */
static bool is_later(const LatestValue *held, const Effect *effect, int64_t at_ms, uint64_t tie) {
    if (at_ms != held->at_ms) return at_ms > held->at_ms;
    if (tie != held->tie) return tie > held->tie;
    bool is_text = effect->kind == EFFECT_LATEST_TEXT;
    if (is_text != held->is_text) return is_text; /* of one event that names a slot twice: never of one of the decoder's */
    return is_text ? compare_texts(effect->text, held->text) > 0 : effect->value > held->number;
}

void hold_text(LatestValue *held, Text text) {
    char *bytes = grow_memory((void *)held->text.bytes, text.length, 1);
    if (text.length) memcpy(bytes, text.bytes, text.length);
    held->text = (Text){bytes, text.length};
}

static bool is_instant_slot(const Plan *plan, uint32_t slot) {
    for (uint32_t each = 0; each < plan->instant_slots.length; each++) {
        if (plan->instant_slots.items[each] == slot) return true;
    }
    return false;
}

void note_latest_value(const Plan *plan, Account *account, const Effect *effect, FoldEvent *event) {
    LatestValue *held = account->latest_values + effect->number;
    bool is_first = !held->is_set;
    if (!is_first && event->at_ms < held->at_ms) return;
    uint64_t tie = tie_of(event, event->rank);
    if (!is_first && !is_later(held, effect, event->at_ms, tie)) return;
    held->is_set = true;
    held->is_text = effect->kind == EFFECT_LATEST_TEXT;
    held->at_ms = event->at_ms;
    held->tie = tie;
    if (held->is_text) {
        hold_text(held, effect->text);
    } else {
        held->number = effect->value;
    }
    account->changed_dependents |= plan->latest_values.items[effect->number];
    if (is_first && is_instant_slot(plan, effect->number)) due_by(account, next_instant_due(plan, account));
}
