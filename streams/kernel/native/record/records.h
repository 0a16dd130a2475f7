/* An account's state as flat bytes, as the changelog's records hold it: `_encode_state` and `_encode_own` of
 * streams.changelog.account_codec, byte for byte. Pieces of state come in the order of their identities. */
#ifndef VITALS_RECORDS_H
#define VITALS_RECORDS_H

#include "own_records.h"

/* Buckets that are written, by the days that have them. */
typedef struct {
    int64_t first, last;
    int64_t first_day, last_day;
    bool is_to_end; /* nothing of the account is later */
} Range;

/* What writes the records of accounts, one after another, into `out`; it takes no memory for each. */
typedef struct {
    bool is_busy; /* with an account */
    const Plan *plan;
    Out out, words;
    Out after; /* of the opaque part of a head, what follows the baseline */
    List gaps, numbers, others, more;
    List offsets; /* applied ones by topic, each plus one */
    Limits limits;
    int64_t first_day; /* of the days that are written, 0 without one */
    uint32_t ranges_length, ranges_room;
    Range *ranges;
    uint32_t alikes_length, alikes_room;
    const Alike **alikes;
    uint32_t texts_length, texts_room;
    Text *texts;
    uint32_t items_room;
    const Item **items;
    Names own, held; /* the own records of the account, and those that it had when it was last written */
} Writer;

void writer_free(Writer *writer);

/* state_out.c */
/* The state of the head of an account with the own records `own`. */
void put_state(Writer *writer, const Account *account);
/* The contents of an own record. */
void put_own(Writer *writer, const Account *account, const Name *name);
/* Whether it changed since it was written. */
bool is_changed(const Account *account, const Name *name);

/* days_out.c */
/* The days to be written: those without a record of their own, or one. */
void choose_days(Writer *writer, const Account *account, const Names *own);
void choose_day(Writer *writer, const Account *account, int64_t day);
bool is_chosen(const Writer *writer, int64_t day);
void put_days(Writer *writer, const Account *account);

/* alikes_out.c: what the events of these days have in common */
void put_alikes(Writer *writer, const Account *account);

/* parts_out.c */
void put_stretches(Writer *writer, const Account *account);
void put_latest_values(Writer *writer, const Account *account);
void put_instants(Writer *writer, const Pieces *pieces, const int64_t *held);
void put_items(Writer *writer, const Items *items);
/* The daily totals of the days [begin, end). */
void put_totals(Writer *writer, const Account *account, int64_t begin, int64_t end);

#endif
