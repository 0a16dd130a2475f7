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
    uint32_t length, room;
    Period *periods; /* in the order in which they were begun */
    int64_t last_period;
    int64_t last_room;    /* how many more ids fit into the last chunk of `last_period` */
    uint64_t *known;      /* a hash table of all ids, 0 for a free place; NULL while they are few */
    uint32_t known_room;
    bool knows_zero;
};

/* The last day of a period, in days since 1970. */
int64_t last_day_of(int64_t period);
/* Puts a restored chunk, the numbers of a period ascending. */
void ids_restore(EventIds *ids, int64_t period, uint32_t number, const uint64_t *prints, uint32_t length);

#endif
