/* The fold: how an event, and time alone, change an account. The steps and their order are those of `scoring.fold.fold`;
 * each part's functions stand under the file that has them. */
#ifndef VITALS_FOLD_H
#define VITALS_FOLD_H

#include "../state/account.h"
#include "effects.h"

typedef enum { OUTCOME_APPLIED, OUTCOME_DUPLICATE, OUTCOME_EXPIRED } Outcome;

typedef struct {
    const Plan *plan;
    Past *past;
} Fold;

/* fold.c */
Outcome fold_apply(const Fold *fold, Account *account, FoldEvent *event, int64_t as_of_ms, int64_t arrived_ms);
bool fold_advance(const Fold *fold, Account *account, int64_t as_of_ms);
/* Computes what records do not hold, after an account's fields were filled: scoring.fold.fold.restore. */
const char *fold_restore(const Fold *fold, Account *account); /* NULL, or why it is no account */

/* timers.c */
void due_by(Account *account, int64_t bucket);
int64_t next_due(const Plan *plan, Account *account);
int64_t next_age_due(const Plan *plan, const Account *account);
int64_t next_totals_due(const Plan *plan, const Account *account);
int64_t next_silence_due(const Plan *plan, const Account *account);
int64_t next_silent_day(const Plan *plan, const Account *account); /* of those that are counted in days of UTC */
int64_t next_instant_due(const Plan *plan, const Account *account);
/* What must be judged again because time went on from a bucket, beside windows and days: only what has another number.
 * Asked before items are dropped. */
Bits changed_by_time(const Plan *plan, const Account *account, int64_t before);

/* life.c */
void note_event_at(const Plan *plan, Account *account, int64_t at_ms);
void live(const Plan *plan, Account *account, Stretch *stretches, uint32_t length); /* at least one; takes them over */
static inline int64_t oldest_ms(const Account *account) {
    return account->earlier_length ? account->earlier[0].first_ms : account->first_ms;
}

/* days.c: which days have a tile, what their events have in common, and when days and ids are dropped */
bool remember_id(const Fold *fold, Account *account, const FoldEvent *event, int64_t period);
void drop_days(const Plan *plan, Account *account);
void bound_days(const Plan *plan, Account *account);
void note_alike(const Plan *plan, Account *account, uint32_t series, const FoldEvent *event, int64_t bucket, int64_t day);

/* windows.c, counts.c, values.c */
void count(const Plan *plan, Account *account, uint32_t series, int64_t amount, int64_t bucket, int64_t day);
void add_value(const Fold *fold, Account *account, uint32_t series, uint64_t value, int64_t bucket, int64_t day);
void move_windows(const Plan *plan, Account *account, int64_t before);
void restore_windows(const Plan *plan, Account *account);
bool values_past_bounds(const Plan *plan, const Account *account, uint32_t series, int64_t newest, int64_t oldest);

/* totals.c, peaks.c, past_windows.c, spread.c, gaps.c */
void add_to_totals(const Plan *plan, Account *account, uint32_t daily, int64_t day, int64_t times, bool *has_new_day);
void set_total(Totals *totals, int64_t day, int64_t total);
void expect_totals(Totals *totals, uint32_t more); /* makes room */
void drop_totals(const Plan *plan, Account *account);
/* The place of the first day that is `day` or later. */
uint32_t place_of_day(const Totals *totals, int64_t day);
int64_t total_of(const Totals *totals, int64_t day);
int64_t total_between(const Totals *totals, int64_t after, int64_t until);
int64_t days_between(const Totals *totals, int64_t after, int64_t until);
int64_t peak_best(const Plan *plan, Account *account, uint32_t peak);
void peak_grow(const Plan *plan, Account *account, uint32_t peak, int64_t day, int64_t amount);
void past_windows_note(const Plan *plan, Account *account, uint32_t windows, int64_t day, int64_t times, bool is_first);
/* NaN where the signal is unknown. */
double usual_quantile(const Plan *plan, Account *account, uint32_t windows, double share);
double past_season(const Plan *plan, Account *account, uint32_t windows);
double past_average(const Plan *plan, Account *account, uint32_t windows);
double past_dispersion(const Plan *plan, Account *account, uint32_t windows);
double past_volatility(const Plan *plan, const Account *account, uint32_t daily, int64_t weeks);
int64_t past_windows_held(const Plan *plan, Account *account, uint32_t windows); /* how many windows there are */
void gaps_note_day(const Plan *plan, Account *account, uint32_t gaps, int64_t day);
double usual_gap(const Plan *plan, Account *account, uint32_t gaps);
int64_t gaps_held(const Plan *plan, Account *account, uint32_t gaps); /* how many stretches there are */
/* At most `nth` days, ascending, into `days`; returns how many. */
uint32_t latest_days_held(const Plan *plan, const Account *account, uint32_t latest, int64_t *days);
void gap_cache_free(GapCache *cache);
GapCache *gap_cache_copy(const GapCache *cache);

/* latest.c */
void note_latest_at(const Plan *plan, Account *account, uint32_t slot, int64_t at_ms);
void note_latest_value(const Plan *plan, Account *account, const Effect *effect, FoldEvent *event);
void hold_text(LatestValue *held, Text text); /* takes a copy; the text that it had is given back */
void note_first_at(const Plan *plan, Account *account, uint32_t slot, int64_t at_ms);

/* items.c, tallies.c */
void note_item(const Fold *fold, Account *account, const Effect *effect, FoldEvent *event);
void note_stated(const Fold *fold, Account *account, const Effect *effect, FoldEvent *event);
void drop_items(const Plan *plan, Account *account);
void close_items(const Plan *plan, Account *account, uint32_t number, int64_t items);
int64_t items_next_due(const Plan *plan, Account *account, uint32_t number);
bool items_past_bounds(const Plan *plan, const Account *account, uint32_t number);
bool tally_past_bounds(const Account *account, uint32_t number);
int64_t open_count(const Plan *plan, const Account *account, uint32_t number);
double open_weight(const Plan *plan, const Account *account, uint32_t number);
int64_t open_oldest_days(const Plan *plan, const Account *account, uint32_t number);
double close_hours(const Plan *plan, Account *account, uint32_t number, bool is_mean); /* NaN: none closed */
int64_t close_count(const Plan *plan, const Account *account, uint32_t number);
double tally_total(const Account *account, uint32_t number);      /* NaN: nothing is known */
int64_t tally_ended_ms(const Account *account, uint32_t number);  /* -1: some item runs, or nothing is known */

/* state/ids.c */
/* Gives back what the ids hold. */
void ids_free(EventIds *ids);
/* False when the id is known. `dropped` grows by the ids that were dropped over the limit. */
bool ids_put(const Plan *plan, EventIds *ids, int64_t period, uint64_t print, int64_t *dropped);
/* Computes what is known from the chunks. An id that is there twice is kept where it came last: see `EventIds.restore`. */
void ids_restore(EventIds *ids);
int64_t ids_count(const EventIds *ids);
bool ids_are_full(const EventIds *ids);

#endif
