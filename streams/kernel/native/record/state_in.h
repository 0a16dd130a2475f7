/* An account's state from records: streams.changelog.{account_codec, parts, days_part}, with the same words for the same
 * damage. Pieces of state are found by identity; what a plan does not have is checked and passed over. */
#ifndef VITALS_STATE_IN_H
#define VITALS_STATE_IN_H

#include "../fold/days.h"
#include "../state/ids.h"
#include "flat_in.h"

#define TOPICS 5 /* the inputs, and control: streams.topics */
#define NO_DAY (-1)
#define TOTALS_BLOCK_DAYS 32
#define BLOCK_MAX (DAY_MAX / TOTALS_BLOCK_DAYS)
#define CHUNK_NUMBER_MAX ((int64_t)INT32_MAX)
#define TOTAL_MAX ((int64_t)1 << 38) /* events of a day */

/* The kinds of own records: streams.changelog.own_records. */
typedef enum { OWN_DAY, OWN_TOTALS, OWN_ITEMS, OWN_IDS, OWN_KINDS } OwnKind;

/* The name of an own record: for items the number is an identity, without a sign. */
typedef struct {
    OwnKind kind;
    uint64_t number;
} OwnName;

typedef struct {
    uint32_t length, room;
    OwnName *items;
} OwnNames;

typedef struct {
    int64_t applied[TOPICS];
} Offsets;

/* state_in.c: a new account from a head's state; NULL when it is damaged. `names` become those of its own records. */
Account *account_in(const Plan *plan, In *in, Offsets *offsets, OwnNames *names);
/* Puts an own record into it. Records of days and totals begin with offsets. */
void own_in(const Plan *plan, Account *account, OwnName name, In *in, Offsets *offsets);

/* The place of a piece of state by its identity, -1 for none. */
int64_t piece_at(const Pieces *pieces, uint64_t identity);

/* parts_in.c */
void stretches_in(const Plan *plan, Account *account, In *in);
void latest_values_in(const Plan *plan, Account *account, In *in);
void instants_in(const Pieces *pieces, int64_t *held, In *in);
void items_in(const Plan *plan, Account *account, int64_t place, In *in); /* of no place: -1 */
/* Of one block, or of any with -1. */
void totals_in(const Plan *plan, Account *account, int64_t block, In *in);
void chunk_in(IdList *list, In *in);

/* days_in.c, shared_in.c: the days of a section; with `only`, of that day alone */
void days_in(const Plan *plan, Account *account, int64_t only, In *in);
bool check_day(In *in, int64_t first, uint64_t days, int64_t only);
void ceilings_in(const Plan *plan, Account *account, int64_t first, int64_t only, In *in);
void alikes_in(const Plan *plan, Account *account, int64_t first, int64_t only, In *in);
/* Whether a series has something on a day. */
bool has_day(const Plan *plan, const Cells *cells, int64_t day);

#endif
