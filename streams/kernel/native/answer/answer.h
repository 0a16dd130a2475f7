/* Answers: the content of a score snapshot as JSON. Equals scoring.explain.snapshot.content_of as msgspec writes it, byte for
 * byte, of an account that has a score or a standing, and nothing unusual, which is left to Python. The texts are Python's. */
#ifndef VITALS_ANSWER_H
#define VITALS_ANSWER_H

#include "../judge/judge.h"
#include "../record/flat.h"

/* Words between the parts, in the order of `WORDS` in streams/kernel/answer_texts.py. */
typedef enum {
    WORD_ACCOUNT,
    WORD_SCORE,
    WORD_COMPONENTS,
    WORD_POINTS,
    WORD_POSSIBLE,
    WORD_EVIDENCE,
    WORD_FACTS,
    WORD_MRR,
    WORD_PLAN,
    WORD_FIRST_EVENT,
    WORD_DETAILS,
    WORD_PROVISIONAL,
    WORD_PROFILE,
    WORD_FLAGS,
    WORD_SOURCES,
    WORD_AS_OF,
    WORD_AS_OF_MS,
    WORD_GENERATION,
    WORD_VERSION,
    WORD_APPLIED,
    WORDS
} Word;

typedef struct {
    uint32_t length;
    Text *items;
} Texts;

/* A signal's further facts: numbers, each behind its text, or the names of what is due. */
typedef struct {
    uint32_t signal;
    bool has_names;
    Texts texts; /* of the signal, then one for each number or name */
} DetailOf;

typedef struct {
    uint32_t series;
    int64_t days, at_least, least_days;
} SignOf;

typedef struct {
    Texts words, components, signals, profiles, rules, standings, sources;
    Texts tiers; /* and that of no score */
    Numbers slots;         /* of the sources */
    int64_t mrr, plan;     /* signals, -1 for none */
    uint32_t details_length, signs_length;
    DetailOf *details;
    SignOf *signs;
    struct Block *blocks; /* all of its memory; NULL before the texts are set */
} AnswerTexts;

/* answer_texts.c: reads the texts; NULL, or what is wrong with them. What was set before is given back. */
const char *answer_texts_of(const Plan *plan, const uint8_t *bytes, size_t length, AnswerTexts *into);

void answer_texts_free(AnswerTexts *texts);

/* The parts of an answer that are Python's, as JSON: each empty, or with its name. */
typedef struct {
    Text account_id; /* a text of JSON */
    Text norm, changes, cases;
} AnswerParts;

/* answer.c: the content. False for what is left to Python: some is written then, which does not count. */
bool put_content(Out *out, const Plan *plan, const AnswerTexts *texts, Account *account, const AnswerParts *parts);

/* Where a snapshot stands: what follows its content. */
typedef struct {
    uint64_t generation, version;
    Text norm_as_of; /* with its name */
    uint32_t applied_length;
    const int64_t *applied;
} Position;

/* Behind the content, whose last brace it replaces. */
void put_position(Out *out, const AnswerTexts *texts, const Account *account, const Position *position);

/* json_out.c */
void put_json_text(Out *out, Text text);
void put_json_real(Out *out, double real);
void put_json_whole(Out *out, int64_t whole);
void put_json_instant(Out *out, int64_t at_ms); /* as SQL prints it */

/* signs.c: the events of a series on one day */
#define SEVERAL_HOURS (-2) /* `_SEVERAL` of scoring.plan.signs */

typedef struct {
    int64_t day, number;
    int64_t hour; /* of the day, UTC, that all of them fall in; SEVERAL_HOURS for none */
} DayOfEvents;

/* The first day from `day` to before `until` with events; false when there is none. */
bool first_day_with_events(const Plan *plan, const Cells *counts, int64_t day, int64_t until, DayOfEvents *into);
/* Whether the account has this sign: SignRule.sign_in. */
bool has_sign(const Plan *plan, const Account *account, const SignOf *sign);

#endif
