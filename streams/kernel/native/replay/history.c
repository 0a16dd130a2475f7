/* Folds histories: see history.h. */
#include "history.h"

#include "../prints/prints.h"
#include "../fold/days.h"
#include "../state/ids.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS FAR    /* no event of a file is in the future here: the first pass has refused those */
#define BLOCK_DAYS 8  /* scoring.state.event_ids */
#define DAY_TEXT_MAX 24
#define AMOUNTS_MAX ((uint64_t)1 << 62)
#define ROOM_KEPT 4096 /* ids of the account before; more are given back, as to clear them costs the next account */

/* --- ids --- */

static uint32_t place_for(const Horizon *ids, uint64_t print) {
    uint32_t mask = ids->room - 1, place = (uint32_t)(print ^ print >> 32) & mask;
    while (ids->prints[place] && ids->prints[place] != print) place = (place + 1) & mask;
    return place;
}

static void grow_ids(Horizon *ids) {
    if (2 * (ids->length + 1) <= ids->room) return;
    Horizon before = *ids;
    ids->room = before.room ? 2 * before.room : 64;
    ids->prints = take_memory(ids->room, sizeof *ids->prints);
    ids->goes = take_memory(ids->room, sizeof *ids->goes);
    for (uint32_t each = 0; each < before.room; each++) {
        if (!before.prints[each]) continue;
        uint32_t place = place_for(ids, before.prints[each]);
        ids->prints[place] = before.prints[each];
        ids->goes[place] = before.goes[each];
    }
    give_memory(before.prints);
    give_memory(before.goes);
}

static void forget_ids(Horizon *ids) {
    if (ids->room > ROOM_KEPT) {
        give_memory(ids->prints);
        give_memory(ids->goes);
        *ids = (Horizon){0};
    } else if (ids->length) {
        memset(ids->prints, 0, ids->room * sizeof *ids->prints);
        ids->length = 0;
    }
}

/* Whether an event has the id of an earlier one that is not forgotten. Remembers the id if not. */
static bool is_copy(History *history, const HistoryEvent *event) {
    Horizon *ids = &history->ids;
    grow_ids(ids);
    uint32_t place = place_for(ids, event->print);
    bool is_held = ids->prints[place] != 0;
    if (is_held && ids->goes[place] > floor_div(event->known_ms, history->plan->resolution_ms)) return true;
    int64_t period = -1 - floor_div(floor_div(event->at_ms, DAY_MS), BLOCK_DAYS);
    ids->length += !is_held;
    ids->prints[place] = event->print;
    ids->goes[place] = ids_go(history->plan, period);
    return false;
}

/* --- steps --- */

static void make_steps(History *history, uint32_t number) {
    if (number < history->steps_length) return;
    uint32_t length = history->steps_length ? history->steps_length : 64;
    while (length <= number) length *= 2;
    history->steps = grow_memory(history->steps, length, sizeof *history->steps);
    memset(history->steps + history->steps_length, 0, (length - history->steps_length) * sizeof *history->steps);
    history->steps_length = length;
}

void put_step(History *history, uint32_t number, const FoldEvent *event, const uint8_t *from) {
    make_steps(history, number);
    Step *step = &history->steps[number];
    give_memory(step->effects);
    give_memory(step->from);
    uint32_t length = event->effects_length;
    *step = (Step){.is_known = true, .rank = event->rank, .length = length};
    step->effects = take_memory(length, sizeof *step->effects);
    step->from = take_memory(length, 1);
    if (!length) return;
    memcpy(step->effects, event->effects, length * sizeof *step->effects);
    memcpy(step->from, from, length);
    if (length > history->effects_room) {
        history->effects = grow_memory(history->effects, length, sizeof *history->effects);
        history->effects_room = length;
    }
}

static uint64_t no_print(FoldEvent *event) {
    (void)event;
    fault("an event without properties has no latest value");
}

/* The fingerprint of a day as a value: its number in decimal. */
static uint64_t day_print(int64_t at_ms) {
    char text[DAY_TEXT_MAX];
    int length = snprintf(text, sizeof text, "%lld", (long long)floor_div(at_ms, DAY_MS));
    return fingerprint((Text){text, (uint32_t)length});
}

/* The effects of a step for one event; returns how many there are. */
static uint32_t effects_of(const History *history, const Step *step, const HistoryEvent *event) {
    uint32_t length = 0;
    for (uint32_t each = 0; each < step->length; each++) {
        Effect effect = step->effects[each];
        if (step->from[each] == FROM_USER) {
            if (!event->user) continue;
            effect.key = event->user;
        } else if (step->from[each] == FROM_DAY) {
            effect.key = day_print(event->at_ms);
        }
        history->effects[length++] = effect;
    }
    return length;
}

/* --- histories --- */

void history_begin(History *history, int64_t known_ms) {
    account_free(history->plan, history->account);
    history->account = account_new(history->plan, known_ms);
    history->instant_ms = known_ms;
    history->amounts = 0;
    forget_ids(&history->ids);
}

void history_move(History *history, int64_t instant_ms) {
    Fold fold = {history->plan, &history->past};
    fold_advance(&fold, history->account, instant_ms);
    history->instant_ms = instant_ms;
}

bool history_bears(History *history, const Effect *effects, uint32_t length) {
    for (uint32_t each = 0; each < length; each++) {
        if (effects[each].kind != EFFECT_COUNT) continue;
        int64_t amount = effects[each].amount;
        uint64_t unsigned_amount = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
        if (unsigned_amount > AMOUNTS_MAX - history->amounts) return false;
        history->amounts += unsigned_amount;
    }
    return true;
}

bool history_add(History *history, const HistoryEvent *event, uint32_t number) {
    if (number >= history->steps_length || !history->steps[number].is_known) fault("a step of a history is not known");
    if (event->print && is_copy(history, event)) return true;
    const Step *step = &history->steps[number];
    Fold fold = {history->plan, &history->past};
    FoldEvent folded = {.at_ms = event->at_ms, .times = 1, .rank = step->rank, .print_of = no_print};
    folded.effects_length = effects_of(history, step, event);
    folded.effects = history->effects;
    if (!history_bears(history, folded.effects, folded.effects_length)) return false;
    fold_apply(&fold, history->account, &folded, history->instant_ms, -1);
    return true;
}

bool history_add_message(History *history, const HistoryEvent *event, uint32_t topic, Text message, bool *asks) {
    Decoded decoded = decode(history->decoder, topic, message, 0, NOW_MS);
    *asks = decoded == ASK_ROUTE;
    if (decoded != DECODED) return false;
    if (event->print && is_copy(history, event)) return true;
    Fold fold = {history->plan, &history->past};
    FoldEvent *folded = decoded_event(history->decoder);
    if (!history_bears(history, folded->effects, folded->effects_length)) return false;
    folded->has_id = false; /* ids are those of the horizon */
    folded->times = 1;
    fold_apply(&fold, history->account, folded, history->instant_ms, -1);
    return true;
}

void history_free(History *history) {
    account_free(history->plan, history->account);
    for (uint32_t each = 0; each < history->steps_length; each++) {
        give_memory(history->steps[each].effects);
        give_memory(history->steps[each].from);
    }
    give_memory(history->steps);
    give_memory(history->effects);
    give_memory(history->ids.prints);
    give_memory(history->ids.goes);
}
