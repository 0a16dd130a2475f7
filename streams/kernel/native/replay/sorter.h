/* The first pass of a replay: the lines of a file, as events sorted by account. Equals streams.replay.by_account.sorter for
 * plain lines; what is not plain it leaves, line by line, to Python, which puts its events into the same columns. */
#ifndef VITALS_SORTER_H
#define VITALS_SORTER_H

#include "../decode/decode.h"
#include "../prints/prints.h"

/* The events of one partition from one block, as columns: streams.replay.by_account.spill.Chunk. */
typedef struct {
    uint32_t length, room;
    uint32_t *accounts, *routes;
    int64_t *occurred, *known;
    uint64_t *prints, *users;
    uint32_t whole; /* how many are whole */
} Rows;

typedef struct {
    Text id; /* owned */
    uint64_t hash;
    uint32_t partition, number; /* within its partition */
} SortedAccount;

typedef struct {
    Text name; /* owned */
    uint64_t hash;
    uint32_t topic, number;
    bool keeps_bare, keeps_others; /* whether its events are kept whole */
    int64_t bare_until, others_until; /* events known before this are Python's: a source may begin with them */
} SortedRoute;

typedef enum { LINES_DONE, LINES_LEFT, LINES_ASK_ROUTE } LinesStop;

typedef struct {
    Decoder *decoder;
    SipKey key; /* of the hashes of names: who writes a file must not know it */
    uint32_t partitions;
    bool is_in_order;
    int64_t now_ms, last_ms;
    uint32_t accounts_length, accounts_room, account_places_length;
    SortedAccount *accounts;
    uint32_t *account_places; /* numbers plus 1 by hash of the id; 0: free */
    uint32_t *next_numbers;   /* by partition */
    uint32_t routes_length, routes_room, route_places_length;
    SortedRoute *routes;
    uint32_t *route_places;
    Rows *rows; /* by partition */
    /* of the block */
    int64_t latest_ms, first_at_ms, last_at_ms;
    uint64_t lines, events;
    uint32_t fresh; /* accounts from this place on were not told of yet */
    uint32_t asked_topic;
    void (*keep_whole)(void *self, uint32_t partition, uint32_t topic, Text line);
    void *self;
} Sorter;

void sorter_begin(Sorter *sorter, Decoder *decoder, uint32_t partitions);
void sorter_free(Sorter *sorter);
void begin_block(Sorter *sorter, int64_t latest_ms);
/* Sorts lines of a text from `*at` on, which moves behind what was taken, or to the line that is left or asks. `end` becomes
 * the end of that line. */
LinesStop sort_lines(Sorter *sorter, Text text, size_t *at, size_t *end);
/* The account with this id, made when there is none. */
const SortedAccount *sorted_account(Sorter *sorter, Text id);
bool knows_account(const Sorter *sorter, Text id);
SortedRoute *sorted_route(Sorter *sorter, uint32_t topic, Text name); /* NULL for none */
void put_route_of(Sorter *sorter, const SortedRoute *route);          /* copies its name */
void put_row(Sorter *sorter, const SortedAccount *account, uint32_t route, const LineEvent *event, int64_t known_ms,
             uint64_t user);
void empty_rows(Rows *rows);

#endif
