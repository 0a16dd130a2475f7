/* The state of one account: fields only. Each group belongs to the module named beside it; names and meanings are those of
 * `scoring.state.account`. Arrays have the lengths of the account's plan. */
#ifndef VITALS_ACCOUNT_H
#define VITALS_ACCOUNT_H

#include "../core/core.h"
#include "../core/ranked.h"
#include "../plan/plan.h"

/* fold/life.c */
typedef struct {
    int64_t first_ms, last_ms;
    bool has_between;
} Stretch;

/* state/cells.c: what a series holds, in cells of a bucket and its content, ascending by both: a count has one cell a
 * bucket, with the number; values have one for each value of a bucket. Cells lie in leaves, so that none moves many. */
typedef struct {
    uint32_t bucket, lower, upper; /* the halves of the content: a cell is 12 bytes, and no more of memory is touched */
} Cell;

typedef struct {
    uint32_t length, room;
    Cell *cells;
} Leaf;

typedef struct {
    uint32_t length, room; /* of `leaves`; 0 while one leaf holds all */
    Leaf *leaves;
    Leaf only;
} Cells;

typedef Cells Counts; /* fold/counts.c */

/* fold/values.c */
typedef struct {
    int64_t day;
    uint64_t ceiling;
} Ceiling;

typedef struct {
    Cells cells;
    uint32_t ceilings_length, ceilings_room;
    Ceiling *ceilings; /* ascending; only days that had too many values */
} Values;

/* state/value_counts.c: by window, each value with the number of the window's buckets that hold it: a hash table */
typedef struct {
    uint32_t length, room;
    uint64_t *values; /* `room` of them, then as many numbers of 32 bits; 0: the place is free */
} ValueCounts;

/* fold/days.c: what the events of a count series have in common on a day; see scoring.state.tiles.Alike */
typedef struct {
    int64_t number;
    char *texts; /* the event's name, then the user; NULL when nothing is common any more */
    int32_t day;
    uint16_t series, event_length, user_length;
    bool events_differ, users_differ;
} Alike;

typedef struct {
    uint32_t length, room;
    int32_t *days; /* the days that have a tile, ascending */
    uint32_t alikes_length, alikes_room;
    Alike *alikes; /* ascending by day and series */
} Days;

/* state/ids.h: see scoring.state.event_ids */
typedef struct EventIds EventIds;

/* fold/totals.c: days and totals, ascending */
typedef struct {
    uint32_t length, room;
    int32_t *days;
    int64_t *totals;
} Totals;

/* fold/peaks.c, fold/past_windows.c, fold/gaps.c: caches that are in no record */
typedef struct {
    bool is_held;
    int64_t today, closed, base;
    int64_t end; /* the day on which a window of `closed` ended */
} PeakCache;

/* State of scoring.state.window_totals.WindowTotals: what a step to the next day needs of it. */
typedef struct {
    bool is_held, is_ranked;
    int32_t today, first_day;
    uint32_t length; /* how many windows there are */
    int64_t last;    /* the total of the one that ended last */
    Ranked ranked;   /* those of all, once a quantile of them was asked for */
    double dispersion, share, quantile; /* what was found: dispersion below 0 and share NaN for nothing yet */
} WindowCache;

typedef struct GapCache GapCache; /* of scoring.state.use_days.UseDays */

/* fold/latest.c */
typedef struct {
    bool is_set, is_text;
    int64_t at_ms;
    uint64_t tie;
    double number;
    Text text; /* owned */
} LatestValue;

/* items/items.c, items/tallies.c: in the order in which the keys came, as in a dict of Python: of equal items the first
 * counts. See scoring.state.items, scoring.state.tally for the reserved keys */
typedef struct {
    uint64_t key;
    int64_t at_ms;
    uint64_t tie;
    double value;
} Item;

typedef struct {
    uint32_t length, room;
    Item *items;
    /* Of open items, until they change or the bucket comes at which they change by themselves. */
    int64_t due;               /* that bucket; 0 when it is to be found */
    bool has_median, has_mean; /* of the hours from open to close */
    double median, mean;
} Items;

/* state/marks.h: what changed since the account was written, what left its windows in the latest step */
typedef struct Marks Marks;
typedef struct ExpiredCounts ExpiredCounts;

#define NOTHING_MARKED INT32_MIN

/* judge/cache.c: scoring.plan.score_cache */
typedef struct ScoreCache ScoreCache;

typedef struct Account {
    /* time: fold/fold.c; timers: fold/timers.c */
    int64_t as_of_ms, current_bucket, next_due;
    uint32_t bytes; /* of the block of memory that begins here and holds all arrays of fixed length: state/account.c */
    int32_t latest_day; /* the day that was marked last, as `latest_block` among blocks, NOTHING_MARKED for none */
    int64_t next_edge; /* the least of `edge_timers`, FAR for none */
    int64_t *edge_timers;
    /* life: fold/life.c */
    int64_t first_ms, latest_ms;
    bool is_borne_out, has_between;
    uint32_t earlier_length;
    Stretch *earlier;
    /* days: fold/days.c */
    Days days;
    int64_t next_purge;
    EventIds *ids;
    /* windows: fold/windows.c */
    Counts *counts;
    Values *values;
    int64_t *sums;
    ValueCounts *value_counts;
    /* daily totals: fold/totals.c */
    Totals *totals;
    PeakCache *peaks;
    WindowCache *windows;
    GapCache **gaps; /* NULL until read */
    /* latest: fold/latest.c */
    LatestValue *latest_values;
    int64_t *latest_at, *first_at;
    /* items: items/items.c, items/tallies.c */
    Items *items, *tallies;
    /* every step */
    Marks *marks;           /* NULL for none */
    ExpiredCounts *expired; /* the same */
    bool is_past_bounds, items_changed;
    int32_t latest_block;
    Bits changed_dependents;
    ScoreCache *scores;
} Account;

/* How often a bound was passed since it was last asked: scoring.plan.layout.Layout.past. */
typedef struct {
    int64_t values, items, ids;
} Past;

Account *account_new(const Plan *plan, int64_t as_of_ms);
void account_free(const Plan *plan, Account *account);
/* An independent copy, without ids and marks of changes: scoring.fold.fork. */
Account *account_fork(const Plan *plan, const Account *account);
/* The same without what no judgement reads: what the events of a day have in common. */
Account *account_trial(const Plan *plan, const Account *account);

#endif
