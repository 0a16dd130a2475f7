/* An account's state from records: streams.changelog.{account_codec, parts, days_part}, with the same words for the same
 * damage. Pieces of state are found by identity; what a plan does not have is checked and passed over. */
#ifndef VITALS_STATE_IN_H
#define VITALS_STATE_IN_H

#include "../fold/days.h"
#include "../state/ids.h"
#include "flat_in.h"
#include "own_records.h"

#define TOPICS 5 /* the inputs, and control: streams.topics */
#define NO_DAY (-1)
#define TOTALS_BLOCK_DAYS 32
#define BLOCK_MAX (DAY_MAX / TOTALS_BLOCK_DAYS)
#define CHUNK_NUMBER_MAX ((int64_t)INT32_MAX)
#define TOTAL_MAX ((int64_t)1 << 38) /* events of a day */

typedef struct {
    int64_t applied[TOPICS];
} Offsets;

/* state_in.c: a new account from a head's state; NULL when it is damaged. `names` become those of its own records. */
Account *account_in(const Plan *plan, In *in, Offsets *offsets, Names *names);
/* Puts an own record into it. Records of days and totals begin with offsets. */
void own_in(const Plan *plan, Account *account, const Name *name, In *in, Offsets *offsets);

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
void ceilings_in(const Plan *plan, Account *account, int64_t first, int64_t only, In *in);
void alikes_in(const Plan *plan, Account *account, int64_t first, int64_t only, In *in);

#endif
