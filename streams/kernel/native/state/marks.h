/* What changed in an account since it was written, and what left its windows in the latest step: `changed_days`,
 * `changed_blocks` and `expired_counts` of scoring.state.account. Memory is taken when there is something, and given back
 * when it is written, or by a step in which nothing leaves: most accounts are idle. */
#ifndef VITALS_MARKS_H
#define VITALS_MARKS_H

#include "account.h"

#define TOTALS_BLOCK_DAYS 32 /* scoring.state.daily_totals: days in a block of daily totals */

struct Marks {
    uint32_t blocks, length, room; /* there is at least one number */
    int32_t numbers[];             /* first the blocks, then the days, both ascending */
};

/* Puts a number among the blocks, or among the days. */
void mark(Account *account, bool is_block, int64_t number);
bool is_marked(const Account *account, bool is_block, int64_t number);
/* Days that have gone are no change any more. */
void unmark_days_up_to(Account *account, int64_t day);
/* All changes are in records now: scoring.fold.fold.note_written. */
void forget_changes(Account *account);
void give_marks(Account *account);

static inline void mark_day(Account *account, int64_t day) {
    if (account->latest_day != day) mark(account, false, day);
}

static inline void mark_block_of(Account *account, int64_t day) {
    int64_t block = floor_div(day, TOTALS_BLOCK_DAYS);
    if (account->latest_block != block) mark(account, true, block);
}

typedef struct {
    int64_t number;
    uint32_t window; /* a count window */
    uint32_t bucket; /* the first of its day */
} Expired;

struct ExpiredCounts {
    uint32_t length, room;
    Expired items[];
};

/* What is noted from here on is of a later step. */
static inline void begin_expired(Account *account) {
    if (account->expired) account->expired->length = 0;
}

void note_expired(Account *account, int64_t window, uint32_t bucket, int64_t number);
void forget_expired(Account *account);

#endif
