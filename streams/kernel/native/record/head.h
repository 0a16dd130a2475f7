/* Whole records: what they begin and end with, and the part of a head that is not the account's state. Equals
 * streams.changelog.records, byte for byte. */
#ifndef VITALS_HEAD_H
#define VITALS_HEAD_H

#include "../judge/judge.h"
#include "records.h"

#define SCHEMA 8
#define PARTS_MAX (128 + PARTS_OF_NONE) /* of a score: an evaluation has a bit for each component */

typedef struct {
    uint32_t epoch;
    uint64_t version;
} RecordRank;

/* What a head says beside the state: its prefix, and its opaque part in three pieces. */
typedef struct {
    RecordRank rank;
    int64_t due_at_ms, flush, tier;
    double mrr;
    bool has_cases;
    Text before, after;       /* of the opaque part, before the baseline and after it */
    const Evaluation *judged; /* of which the baseline is; NULL: `before` is all of it */
} Heading;

/* The texts of a baseline, as msgspec writes them in MessagePack. One block of memory. */
typedef struct {
    uint32_t tiers_length, parts_length;
    Text begin;   /* up to the value */
    Text *tiers;  /* by tier, between the value and the points */
    Text *parts;  /* the names of the points: by component, then of the parts that belong to none */
    char *memory;
} BaselineTexts;

void baseline_texts_free(BaselineTexts *texts);

void begin_record(Out *out, RecordRank rank);
void end_record(Out *out); /* its checksum */
/* All of a head before the state. */
void begin_head(Out *out, const Heading *heading, const BaselineTexts *texts, const ScorePlanOf *primary,
                const Judged *judged);
/* The key of an own record. */
void put_own_key(Out *out, const Name *name, Text account_id);

#endif
