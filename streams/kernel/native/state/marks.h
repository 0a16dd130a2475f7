/* What changed in an account since it was written, and what left its windows in the latest step: `changed_days`,
 * `changed_blocks` and `expired_counts` of scoring.state.account. Memory is taken when there is something, and given back
 * with the last of it: most accounts are idle. */
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

/* Marks are set with every event, nearly all on the newest day. */
static inline void mark_day(Account *account, int64_t day) {
    const Marks *marks = account->marks;
    bool is_latest = marks && marks->length > marks->blocks && marks->numbers[marks->length - 1] == day;
    if (!is_latest) mark(account, false, day);
}

static inline void mark_block_of(Account *account, int64_t day) {
    const Marks *marks = account->marks;
    int64_t block = floor_div(day, TOTALS_BLOCK_DAYS);
    bool is_latest = marks && marks->blocks && marks->numbers[marks->blocks - 1] == block;
    if (!is_latest) mark(account, true, block);
}

typedef struct {
    int64_t number;
    uint32_t window; /* a count window */
    int32_t day;
} Expired;

struct ExpiredCounts {
    uint32_t length, room;
    Expired items[];
};

void note_expired(Account *account, int64_t window, int64_t day, int64_t number);
void forget_expired(Account *account);

#endif
