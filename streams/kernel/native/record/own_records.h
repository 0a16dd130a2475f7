/* Which parts of an account have records of their own, beside its head: streams.changelog.own_records. */
#ifndef VITALS_OWN_RECORDS_H
#define VITALS_OWN_RECORDS_H

#include "../state/account.h"
#include "flat.h"

typedef enum { OWN_DAY, OWN_TOTALS, OWN_ITEMS, OWN_IDS, OWN_KINDS } OwnKind;

/* The name of an own record. */
typedef struct {
    OwnKind kind;
    uint64_t number; /* day, block, chunk: with a sign; identity of the items: without */
    uint32_t place;  /* of items: among those of the plan; UINT32_MAX for none */
    uint32_t held;   /* its place among those that the account had; UINT32_MAX for none: match_names */
} Name;

/* Ascending by number, then by kind. */
typedef struct {
    uint32_t length, room;
    Name *names;
} Names;

/* What a head holds at most. */
typedef struct {
    int64_t open_day_max;   /* cells of the open day */
    int64_t older_days_max; /* cells of the newest older days */
    int64_t totals_max;     /* daily totals; with more only those of the open block */
    int64_t items_max;      /* items of one kind */
} Limits;

extern const Limits LIMITS; /* of streams.changelog.own_records */

void add_name(Names *names, OwnKind kind, uint64_t number, uint32_t place);
/* Puts names into their order, and leaves out what is there twice. False when they were in it. */
bool order_names(Names *names);
/* Finds each of `own` among `held`, both in order. */
void match_names(Names *own, const Names *held);
bool has_name(const Names *names, OwnKind kind, uint64_t number);
/* The place of a list of items by its identity, UINT32_MAX for none. */
uint32_t items_place(const Plan *plan, uint64_t identity);
const Items *items_at(const Plan *plan, const Account *account, uint32_t place);

/* The own records that an account has from now on; `held` are those that it had when it was last written. `sizes` is
 * overwritten. */
void own_records(const Plan *plan, const Account *account, const Limits *limits, const Names *held, List *sizes,
                 Names *own);
/* Those of `held` of which the account still has something. */
void living_records(const Plan *plan, const Account *account, const Names *held, Names *own);
/* The closed chunks of ids alone. */
void own_chunks(const Account *account, Names *own);

#endif
