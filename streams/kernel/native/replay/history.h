/* The whole history of one account after another, shown at chosen instants: what `streams.replay.by_account.folder` does with
 * `scoring.fold.history`. Nothing is judged between two instants; time moves to an instant before the events that were known
 * by then are applied, so that few of them find their window open. */
#ifndef VITALS_HISTORY_H
#define VITALS_HISTORY_H

#include "../decode/decode.h"
#include "../judge/judge.h"

/* Where the value of an effect comes from. */
typedef enum { FROM_STEP, FROM_USER, FROM_DAY, FROM_KINDS } From;

/* What an event of one topic and name changes that has none of the properties that the model reads. */
typedef struct {
    bool is_known;
    uint8_t rank;
    uint32_t length;
    Effect *effects;
    uint8_t *from; /* by effect, one of From */
} Step;

/* The ids of an account, each with the first bucket at which it is forgotten: scoring.fold.history.IdHorizon. */
typedef struct {
    uint32_t length, room;
    uint64_t *prints; /* 0: the place is free */
    int64_t *goes;
} Horizon;

typedef struct {
    const Plan *plan;
    Decoder *decoder;
    Account *account; /* NULL before the first */
    Past past;
    Horizon ids;
    uint32_t steps_length;
    Step *steps;
    uint32_t effects_room;
    Effect *effects;
    int64_t instant_ms;
    uint64_t amounts; /* of all events of the account, without signs */
} History;

typedef struct {
    int64_t known_ms, at_ms;
    uint64_t print, user; /* fingerprints of the scoped id, 0 for one that comes only once, and of the user, 0 for none */
} HistoryEvent;

void put_step(History *history, uint32_t number, const FoldEvent *event, const uint8_t *from);
void history_begin(History *history, int64_t known_ms);
void history_move(History *history, int64_t instant_ms);
/* Whether these effects can be applied: no sum of amounts can pass 64 bits. If not, the whole account is the reference's. */
bool history_bears(History *history, const Effect *effects, uint32_t length);
/* False when the account is the reference's. */
bool history_add(History *history, const HistoryEvent *event, uint32_t step);
/* False when the decoder does not take the message; then the whole account is the reference's. `asks` becomes whether it
 * only lacks a route: nothing was changed, and the message can be added again. */
bool history_add_message(History *history, const HistoryEvent *event, uint32_t topic, Text message, bool *asks);
void history_free(History *history);

#endif
