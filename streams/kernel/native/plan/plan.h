/* The plan: a compiled `scoring.plan.plan.Plan` as tables. Made once from bytes by `plan_of`, never changed, shared by all
 * accounts. Names and meanings are those of `scoring.plan`; numbers are positions in an account's arrays. */
#ifndef VITALS_PLAN_H
#define VITALS_PLAN_H

#include "../core/core.h"

typedef struct {
    uint32_t length;
    int64_t *items;
} Numbers;

typedef struct {
    uint32_t length;
    double *items;
} Reals;

#define CHUNK_MIN 32 /* scoring.state.event_ids: ids in a chunk at least */

/* --- state that events change: scoring.plan.layout, scoring.state.series, scoring.state.daily_totals --- */

typedef struct {
    uint32_t number; /* among count windows, or among value windows */
    int64_t newest, oldest;
    Bits dependents;
} Window;

typedef struct {
    uint32_t number; /* among all edges of the plan: a place in `edge_timers` */
    int64_t offset;
    Numbers gains, losses; /* windows by number */
    Bits dependents;
} Edge;

typedef struct {
    int64_t span;
    bool keeps_alike;
    uint32_t windows_length, edges_length;
    Window *windows;
    Edge *edges; /* ascending by offset */
} Series;

typedef struct {
    uint32_t daily;
    int64_t window, within; /* days */
} PeakOf;

typedef struct {
    uint32_t daily;
    int64_t window, newest, oldest, steps; /* days */
    bool counts_days, is_of_all;
} PastWindowsOf;

typedef struct {
    uint32_t daily;
    int64_t nth, within;
} DaysOf; /* gaps, and latest days */

typedef struct {
    int64_t reach, lag; /* days; lag is FAR for none */
    bool steps_daily;
    Numbers peaks, windows, gaps, latest; /* its readers, by number */
    Bits dependents, past_dependents, use_days_dependents;
} DailyOf;

typedef struct {
    bool is_times; /* ItemTimes; else OpenItems */
    bool steps_daily;
    int64_t span, window, within_ms; /* buckets, buckets, milliseconds */
    Bits dependents;
} ItemsOf;

typedef struct {
    uint32_t length;
    Bits *items;
} Masks;

/* --- what is read from it: scoring.plan.signals --- */

typedef enum {
    SIGNAL_COUNT,        /* a: count window */
    SIGNAL_SUM,          /* a: count window of the amount */
    SIGNAL_MEAN,         /* a: the same, b: count window of its events */
    SIGNAL_DISTINCT,     /* a: value window */
    SIGNAL_LAST,         /* a: latest value slot */
    SIGNAL_TALLY,        /* a: tally */
    SIGNAL_LAST_AT,      /* a: latest at slot; a text, number unknown */
    SIGNAL_UNTIL,        /* a: latest value slot */
    SIGNAL_ENDED,        /* a: tally; a text, number unknown */
    SIGNAL_SINCE_LAST,   /* a: latest at slot */
    SIGNAL_SINCE_NTH,    /* a: latest days, b: latest at slot */
    SIGNAL_AGE,          /* */
    SIGNAL_DIFFERENCE,   /* a: signal, b: signal */
    SIGNAL_PEAK,         /* a: peak */
    SIGNAL_VOLATILITY,   /* a: daily, b: weeks */
    SIGNAL_SEASON,       /* a: past windows */
    SIGNAL_USUAL,        /* a: past windows, x: quantile */
    SIGNAL_AVERAGE,      /* a: past windows */
    SIGNAL_DISPERSION,   /* a: past windows */
    SIGNAL_KNOWN_WEEKS,  /* a: past windows */
    SIGNAL_KNOWN_GAPS,   /* a: gaps */
    SIGNAL_KNOWN_NOTHING,/* */
    SIGNAL_EXPECTED,     /* a: signal (usual), b: signal (season), x: margin, parts: signals (after) */
    SIGNAL_DAYS,         /* a: daily, b: window in days */
    SIGNAL_USUAL_GAP,    /* a: gaps */
    SIGNAL_OPEN_COUNT,   /* a: open items */
    SIGNAL_OPEN_WEIGHT,  /* a: open items */
    SIGNAL_OPEN_OLDEST,  /* a: open items */
    SIGNAL_MEDIAN_HOURS, /* a: open items (times) */
    SIGNAL_MEAN_HOURS,   /* a: open items (times) */
    SIGNAL_MILESTONES,   /* parts: first at slots, dues: milliseconds, weights */
    SIGNAL_KINDS
} SignalKind;

typedef struct {
    SignalKind kind;
    int64_t a, b;
    double x;
    Numbers parts, dues;
    Reals weights;
} SignalOf;

/* --- conditions: scoring.model.schema.rules.Condition --- */

enum { HAS_AT_LEAST = 1, HAS_ABOVE = 2, HAS_AT_MOST = 4, HAS_BELOW = 8, HAS_KNOWN = 16, HAS_TEXTS = 32 };

typedef struct {
    uint32_t signal;
    uint32_t has; /* which of the tests are given */
    double at_least, above, at_most, below;
    bool known;
    uint32_t texts_length;
    Text *texts;
} ConditionOf;

typedef struct {
    uint32_t length;
    ConditionOf *items;
} Conditions;

/* --- the shapes of components: scoring.plan.components. A blend's parts are components by number --- */

typedef enum {
    SHAPE_SHARE_OF_MAX,  /* a: signal, b: entry of the norm, is_inverse */
    SHAPE_CAPPED,        /* a: signal, x: cap */
    SHAPE_VS_OWN_PEAK,   /* a: signal, b: signal (peak) */
    SHAPE_TREND,         /* a: signal, b: signal (prior), x: fall, y: rise, z: flat, n: least history in ms */
    SHAPE_RATIO,         /* a: signal, b: signal (of) or -1 and x, c: key signal or -1, d: signal (key_of) or -1 and y,
                            z: emphasis */
    SHAPE_LINEAR,        /* a: signal, b: signal (per) or -1, x: more, y: more of per, points */
    SHAPE_VS_USUAL,      /* a: signal, b: usual, c: dispersion or -1, x: prior, y: least, points */
    SHAPE_CADENCE,       /* a: signal, x: due, y: lapse, z: never (NaN: no evidence) */
    SHAPE_CATEGORY,      /* a: signal, texts with judgements (NaN: no evidence), z: otherwise (NaN) */
    SHAPE_MILESTONES,    /* a: signal */
    SHAPE_BLEND,         /* parts: components, weights */
    SHAPE_KINDS
} ShapeKind;

typedef struct {
    double x, y;
} Point;

typedef struct {
    Conditions when;
    double judgement;
} ExceptionOf;

typedef enum { FACTOR_HALF, FACTOR_FADE, FACTOR_WAY } FactorKind;

typedef struct {
    FactorKind kind;
    uint32_t signal;
    double begin, end; /* half and fade have theirs in `begin` */
} FactorOf;

typedef struct {
    ShapeKind kind;
    int64_t a, b, c, d, n;
    double x, y, z;
    bool is_inverse;
    uint32_t points_length;
    Point *points;
    Numbers parts;
    Reals weights; /* of a blend; of a category the judgements */
    uint32_t texts_length;
    Text *texts;
    /* exceptions to the shape: scoring.plan.components.excepted, sourced, evidence */
    int64_t needs;          /* a signal, -1 for none */
    uint32_t exceptions_length;
    ExceptionOf *exceptions;
    int64_t source_slot, source_entry; /* latest at slot and entry of the norm, -1 for none */
    bool has_evidence;
    uint32_t factors_length;
    FactorOf *factors;
    Bits bit;
} ComponentOf;

typedef struct {
    Conditions when; /* of length 0 for the model's own */
    Reals weights, limits, known;
    double total;
    bool is_provisional;
} WeightsOf;

typedef struct {
    Conditions when;
    double to; /* NaN for a flag */
} RuleOf;

typedef struct {
    int64_t slot;  /* latest at slot of a source; -1: a compared signal */
    int64_t signal;
    uint32_t entry; /* of the norm */
} NormOf;

typedef struct {
    uint32_t signals_length, components_length, profiles_length, rules_length, standings_length, watches_length;
    uint32_t norms_length;
    SignalOf *signals;
    ComponentOf *components;
    Numbers order; /* components, each blend after its parts */
    WeightsOf own, *profiles; /* the highest rank first */
    RuleOf *rules; /* floors, then flags */
    Conditions *standings, *watches;
    NormOf *norms;
    Reals tiers; /* lower bounds, ascending */
    Bits conditions_bit, mask, norm_dependents;
    bool adds_up, has_conditions, is_weighed;
    double neutral, constant, emphasis, provisional_below;
} ScorePlanOf;

/* The pieces of state of one kind by their identities, ascending: as records hold them. See scoring.state.state_order. */
typedef struct {
    uint64_t identity;
    uint32_t place;
} Piece;

typedef struct {
    uint32_t length;
    Piece *items;
} Pieces;

typedef enum {
    PIECES_LATEST_VALUES,
    PIECES_LATEST_AT,
    PIECES_FIRST_AT,
    PIECES_COUNTS,
    PIECES_VALUES,
    PIECES_TOTALS,
    PIECES_ITEMS, /* places: the open items, then the tallies */
    PIECES_KINDS
} PiecesKind;

typedef struct Plan {
    int64_t resolution_ms, buckets_a_day, dedupe_span, span, totals_reach, totals_span, pause_ms;
    bool steps_daily;
    int64_t chunk_min; /* CHUNK_MIN; tests shrink it */
    Bits time_dependents, age_dependents, day_dependents;
    Numbers age_marks, day_marks, silence_slots, day_silence_slots, instant_slots;
    uint32_t count_series_length, value_series_length, count_windows, value_windows, edges;
    Series *count_series, *value_series;
    uint32_t daily_length, peaks_length, past_windows_length, gaps_length, latest_days_length;
    DailyOf *daily;
    PeakOf *peaks;
    PastWindowsOf *past_windows;
    DaysOf *gaps, *latest_days;
    Masks latest_values, latest_at, first_at, tallies; /* dependents by slot */
    uint32_t items_length;
    ItemsOf *items;
    uint32_t score_plans_length, norm_entries;
    ScorePlanOf *score_plans; /* the primary model, then its shadows */
    Pieces pieces[PIECES_KINDS];
} Plan;

/* The plan in bytes that `streams.kernel.tables` made; NULL, with `error` set, when they are none. Free it with
 * `plan_free`. */
Plan *plan_of(const uint8_t *bytes, size_t length, const char **error);
void plan_free(Plan *plan);

#endif
