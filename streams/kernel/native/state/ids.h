/* The ids of an account's events: scoring.state.event_ids. */
#ifndef VITALS_IDS_H
#define VITALS_IDS_H

#include "../fold/fold.h"

/* Ids in order of arrival, as fingerprints, each with its period: the day of arrival, or a negative number for a block of
 * days of events. */
typedef struct {
    uint32_t length, room;
    uint64_t *prints; /* `room` of them, then as many periods of 32 bits, then as many first bytes */
} IdList;

typedef struct {
    uint32_t number;
    IdList ids;
} Chunk;

struct EventIds {
    int64_t count;
    IdList open; /* the latest */
    uint32_t next_number; /* of the chunk that is closed next */
    uint32_t closed_length, closed_room;
    Chunk *closed; /* ascending by number; they never change, but that ids are forgotten */
    /* The ids that are known, when they are not few: a hash table with 0 for a free place. */
    uint64_t *known;
    uint32_t known_length, known_room;
    bool knows_zero;
};

/* The first bucket at which no id of a period can matter any more: scoring.plan.layout.Layout.ids_go. */
int64_t ids_go(const Plan *plan, int64_t period);
/* Forgets the ids that have gone at a bucket. */
void ids_forget_gone(const Plan *plan, EventIds *ids, int64_t bucket);
/* When the first of them goes, FAR when there is none. */
int64_t ids_next_gone(const Plan *plan, const EventIds *ids);

/* Puts a closed chunk where it belongs by its number; takes the list over. */
void add_chunk(EventIds *ids, uint32_t number, IdList list);

/* state/id_list.c */
static inline int32_t *periods_of(const IdList *list) { return (int32_t *)(list->prints + list->room); }
bool is_listed(const IdList *list, uint64_t print);
void put_in_list(IdList *list, int64_t period, uint64_t print);
/* Makes room for more ids. */
void expect_ids(IdList *list, uint32_t more);
/* Gives back the room that is not needed. */
void fit_list(IdList *list);
/* Removes the ids that have gone at a bucket; each is unlearned. */
void forget_listed(const Plan *plan, EventIds *ids, IdList *list, int64_t bucket);
int64_t list_next_gone(const Plan *plan, const IdList *list);
void remove_listed(IdList *list, uint32_t place);

/* state/known_ids.c */
bool is_known(const EventIds *ids, uint64_t print);
/* Learns an id, if it is not known. */
void learn(EventIds *ids, uint64_t print);
/* Makes an empty table for this many. */
void expect_known(EventIds *ids, uint32_t length);
void unlearn(EventIds *ids, uint64_t print);
/* Makes the table as small as the ids that are left, after some were dropped. */
void tighten_known(EventIds *ids);
void free_known(EventIds *ids);

#endif
