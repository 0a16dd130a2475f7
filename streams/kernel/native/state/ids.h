/* The ids of an account's events: scoring.state.event_ids. */
#ifndef VITALS_IDS_H
#define VITALS_IDS_H

#include "../fold/fold.h"

#define FEW_IDS_MAX 64 /* so that none of their periods would have a second chunk */

/* Ids in order of arrival, as fingerprints. */
typedef struct {
    uint32_t number, length, room; /* `number`: within its period */
    uint64_t *prints;
} Chunk;

typedef struct {
    int64_t period; /* the day of arrival, or a negative number for a block of days of events */
    int64_t count;
    uint32_t length, room;
    Chunk *chunks; /* ascending by number */
} Period;

struct EventIds {
    int64_t count;
    /* While they have always been few: in order of arrival, each with its period. Then nothing below is there. */
    uint32_t few_length, few_room;
    uint64_t *few; /* `few_room` of them, then as many periods of 32 bits, then as many first bytes */
    /* The ids that are known: a hash table with 0 for a free place. */
    uint64_t *known;
    uint32_t known_length, known_room;
    bool knows_zero;
    /* The last chunk of a period, taken out of it as long as ids of this period arrive: `ids_close` puts it back. */
    bool is_open;
    uint32_t open_limit; /* how many ids belong into it; 0: none was opened */
    int64_t open_period;
    Chunk open;
    uint32_t length, room;
    Period *periods; /* in the order in which they were begun */
};

/* The first bucket at which no id of a period can matter any more: scoring.plan.layout.Layout.ids_go. */
int64_t ids_go(const Plan *plan, int64_t period);
/* Forgets the periods that have gone at a bucket. */
void ids_forget_gone(const Plan *plan, EventIds *ids, int64_t bucket);
/* When the first period goes, FAR when there is none. */
int64_t ids_next_gone(const Plan *plan, const EventIds *ids);
/* Puts the last chunk back: to be called before `periods` is read. */
void ids_close(EventIds *ids);
/* Puts a restored chunk, the numbers of a period ascending. */
void ids_restore(EventIds *ids, int64_t period, uint32_t number, const uint64_t *prints, uint32_t length);

/* state/few_ids.c */
static inline int32_t *few_periods(const EventIds *ids) { return (int32_t *)(ids->few + ids->few_room); }
bool is_among_few(const EventIds *ids, uint64_t print);
void put_among_few(EventIds *ids, int64_t period, uint64_t print);
void forget_few(const Plan *plan, EventIds *ids, int64_t bucket);
int64_t few_next_gone(const Plan *plan, const EventIds *ids); /* at least one is there */

/* state/known_ids.c */
bool is_known(const EventIds *ids, uint64_t print);
/* Learns an id that is not known. */
void learn(EventIds *ids, uint64_t print);
void unlearn(EventIds *ids, uint64_t print);
/* Makes the table as small as the ids that are left, after some were dropped. */
void tighten_known(EventIds *ids);

#endif
