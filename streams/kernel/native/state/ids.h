/* The ids of an account's events: scoring.state.event_ids. */
#ifndef VITALS_IDS_H
#define VITALS_IDS_H

#include "../fold/fold.h"

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
    /* The ids that are known: while they are few in a list, then in a hash table with 0 for a free place. */
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

/* The last day of a period, in days since 1970. */
int64_t last_day_of(int64_t period);
/* Puts the last chunk back: to be called before `periods` is read. */
void ids_close(EventIds *ids);
/* Puts a restored chunk, the numbers of a period ascending. */
void ids_restore(EventIds *ids, int64_t period, uint32_t number, const uint64_t *prints, uint32_t length);

/* state/known_ids.c */
bool is_known(const EventIds *ids, uint64_t print);
/* Learns an id that is not known. */
void learn(EventIds *ids, uint64_t print);
void unlearn(EventIds *ids, uint64_t print);
/* Makes what is known as small as the ids that are left, after some were dropped. */
void tighten_known(EventIds *ids);

#endif
