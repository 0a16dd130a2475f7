/* The fold: how an event, and time alone, change an account. Equals `scoring.fold.fold`, in the same order of steps. */
#include "fold.h"

#include "../state/cells.h"
#include "../state/ids.h"

#define BLOCK_DAYS 8 /* of events in a period of ids when the day of arrival is unknown */

static void set_timer(const Plan *plan, Account *account) { account->next_due = next_due(plan, account); }

/* One effect on what does not depend on windows. */
static void take_effect(const Fold *fold, Account *account, FoldEvent *event, const Effect *effect) {
    switch (effect->kind) {
    case EFFECT_LATEST_AT:
        note_latest_at(fold->plan, account, effect->number, event->at_ms);
        break;
    case EFFECT_LATEST_NUMBER:
    case EFFECT_LATEST_TEXT:
        note_latest_value(fold->plan, account, effect, event);
        break;
    case EFFECT_FIRST_AT:
        note_first_at(fold->plan, account, effect->number, event->at_ms);
        break;
    case EFFECT_ITEM:
        note_item(fold, account, effect, event);
        break;
    case EFFECT_STATED:
    case EFFECT_ENDED:
        note_stated(fold, account, effect, event);
        break;
    default:
        fault("an effect is of no known kind");
    }
}

/* One effect on a series. Of an expired event only values count: their day may be in reach still, and its bound be
 * passed by them. */
static void take_into_windows(const Fold *fold, Account *account, FoldEvent *event, const Effect *effect, int64_t bucket,
                              int64_t day, bool is_expired) {
    switch (effect->kind) {
    case EFFECT_COUNT: {
        int64_t amount;
        if (is_expired) break;
        if (__builtin_mul_overflow(effect->amount, event->times, &amount)) fault("an amount is beyond 64 bits");
        count(fold->plan, account, effect->number, amount, bucket, day);
        break;
    }
    case EFFECT_VALUE:
        add_value(fold, account, effect->number, effect->key, bucket, day);
        break;
    case EFFECT_ALIKE:
        if (!is_expired) note_alike(fold->plan, account, effect->number, event, bucket, day);
        break;
    default:
        fault("the effects of an event are not in their order");
    }
}

static Outcome apply_to_windows(const Fold *fold, Account *account, FoldEvent *event, uint32_t first, int64_t day) {
    const Plan *plan = fold->plan;
    int64_t bucket = floor_div(event->at_ms, plan->resolution_ms);
    bool is_expired = plan->span && bucket <= account->current_bucket - plan->span;
    for (uint32_t each = first; each < event->effects_length; each++)
        take_into_windows(fold, account, event, &event->effects[each], bucket, day, is_expired);
    return is_expired ? OUTCOME_EXPIRED : OUTCOME_APPLIED;
}

/* Asks for all of an account's block at once: of many accounts each is out of the caches when its next event comes, and
 * one line of memory after the other would be waited for. */
static void fetch(const Account *account) {
    for (uint32_t at = 0; at < account->bytes; at += 64) __builtin_prefetch((const char *)account + at);
}

Outcome fold_apply(const Fold *fold, Account *account, FoldEvent *event, int64_t as_of_ms, int64_t arrived_ms) {
    const Plan *plan = fold->plan;
    fetch(account);
    if (as_of_ms > account->as_of_ms) fold_advance(fold, account, as_of_ms);
    int64_t day = floor_div(event->at_ms, DAY_MS);
    if (event->has_id) {
        int64_t period = arrived_ms >= 0 ? arrived_ms / DAY_MS : -1 - floor_div(day, BLOCK_DAYS);
        if (!remember_id(fold, account, event, period) && !event->id_is_its_own) return OUTCOME_DUPLICATE;
    }
    note_event_at(plan, account, event->at_ms);
    uint32_t next = 0;
    while (next < event->effects_length && event->effects[next].kind < EFFECT_TOTAL)
        take_effect(fold, account, event, &event->effects[next++]);
    bool has_new_day = false;
    for (; next < event->effects_length && event->effects[next].kind == EFFECT_TOTAL; next++)
        if (!event->totals_hold_it)
            add_to_totals(plan, account, event->effects[next].number, day, event->times, &has_new_day);
    if (has_new_day) due_by(account, next_totals_due(plan, account)); /* else the timer stands */
    return event->tile_holds_it ? OUTCOME_APPLIED : apply_to_windows(fold, account, event, next, day);
}

bool fold_advance(const Fold *fold, Account *account, int64_t as_of_ms) {
    const Plan *plan = fold->plan;
    if (as_of_ms <= account->as_of_ms) return false;
    account->as_of_ms = as_of_ms;
    int64_t before = account->current_bucket, bucket = floor_div(as_of_ms, plan->resolution_ms);
    if (bucket == before) return false;
    account->current_bucket = bucket;
    if (bucket < account->next_due) return false;
    account->changed_dependents |= changed_by_time(plan, account, before);
    if (floor_div(bucket, plan->buckets_a_day) != floor_div(before, plan->buckets_a_day)) {
        account->changed_dependents |= plan->day_dependents;
        drop_totals(plan, account);
    }
    move_windows(plan, account, before);
    drop_days(plan, account);
    drop_items(plan, account);
    set_timer(plan, account);
    return true;
}

/* Whether the account exceeds a bound of its state: `Plan.has_passed_bounds`. */
static bool has_passed_bounds(const Plan *plan, const Account *account) {
    for (uint32_t each = 0; each < plan->items_length; each++)
        if (items_past_bounds(plan, account, each)) return true;
    for (uint32_t each = 0; each < plan->tallies.length; each++)
        if (tally_past_bounds(account, each)) return true;
    for (uint32_t each = 0; each < plan->value_series_length; each++) {
        const Series *series = &plan->value_series[each];
        for (uint32_t number = 0; number < series->windows_length; number++)
            if (values_past_bounds(plan, account, each, series->windows[number].newest, series->windows[number].oldest))
                return true;
    }
    return false;
}

/* Whether all sums of amounts have 64 bits, whatever a window holds. */
static bool can_be_summed(const Counts *counts) {
    unsigned __int128 sum = 0;
    for (uint32_t number = 0; number < leaves_length(counts); number++) {
        const Leaf *leaf = leaf_at(counts, number);
        for (uint32_t each = 0; each < leaf->length; each++) {
            int64_t amount = (int64_t)content_of(&leaf->cells[each]);
            sum += amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
        }
    }
    return sum <= INT64_MAX;
}

const char *fold_restore(const Fold *fold, Account *account) {
    /* First: a closed chunk is not written again without the ids that are gone. */
    ids_forget_gone(fold->plan, account->ids, account->current_bucket);
    ids_restore(account->ids);
    for (uint32_t each = 0; each < fold->plan->count_series_length; each++)
        if (!can_be_summed(&account->counts[each])) return "a sum of amounts is beyond 64 bits";
    account->is_past_bounds = has_passed_bounds(fold->plan, account);
    bound_days(fold->plan, account);
    restore_windows(fold->plan, account);
    set_timer(fold->plan, account);
    return NULL;
}
