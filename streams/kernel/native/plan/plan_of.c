/* A plan from its tables: see streams/kernel/tables.py, which writes them in the same order. */
#include "plan_parts.h"

#define VERSION 2

typedef struct {
    Plan plan; /* first, so that a pointer to it is one to this */
    Block *blocks;
} OwnedPlan;

static void read_time(TableReader *reader, Plan *plan) {
    plan->resolution_ms = read_between(reader, 1000, DAY_MS);
    plan->buckets_a_day = read_between(reader, 1, DAY_MS);
    plan->dedupe_span = read_between(reader, 0, BUCKETS_MAX);
    plan->span = read_between(reader, 0, BUCKETS_MAX);
    plan->totals_reach = read_between(reader, 0, SPAN_MAX / DAY_MS);
    plan->totals_span = read_between(reader, 0, BUCKETS_MAX);
    plan->pause_ms = read_between(reader, 1, SPAN_MAX);
    plan->steps_daily = read_bool(reader);
    plan->chunk_min = CHUNK_MIN;
    plan->time_dependents = read_bits(reader);
    plan->age_dependents = read_bits(reader);
    plan->day_dependents = read_bits(reader);
    plan->age_marks = read_numbers(reader);
    plan->day_marks = read_numbers(reader);
    plan->silence_slots = read_numbers(reader);
    plan->day_silence_slots = read_numbers(reader);
    plan->instant_slots = read_numbers(reader);
}

static Window window_of(TableReader *reader) {
    Window window;
    window.number = (uint32_t)read_between(reader, 0, UINT32_MAX);
    window.newest = read_between(reader, 0, BUCKETS_MAX);
    window.oldest = read_between(reader, 0, BUCKETS_MAX);
    window.dependents = read_bits(reader);
    return window;
}

static Edge edge_of(TableReader *reader) {
    Edge edge;
    edge.number = (uint32_t)read_between(reader, 0, UINT32_MAX);
    edge.offset = read_between(reader, 0, BUCKETS_MAX);
    edge.gains = read_numbers(reader);
    edge.losses = read_numbers(reader);
    edge.dependents = read_bits(reader);
    return edge;
}

static Series *read_series(TableReader *reader, uint32_t *length) {
    *length = read_length(reader);
    Series *all = take_block(reader, *length, sizeof *all);
    for (uint32_t i = 0; i < *length && !reader->error; i++) {
        Series *series = &all[i];
        series->span = read_between(reader, 0, BUCKETS_MAX);
        series->keeps_alike = read_bool(reader);
        uint32_t windows = read_length(reader);
        series->windows = take_block(reader, windows, sizeof *series->windows);
        series->windows_length = windows;
        for (uint32_t k = 0; k < windows; k++) series->windows[k] = window_of(reader);
        uint32_t edges = read_length(reader);
        series->edges = take_block(reader, edges, sizeof *series->edges);
        series->edges_length = edges;
        for (uint32_t k = 0; k < edges; k++) series->edges[k] = edge_of(reader);
    }
    return all;
}

static void read_daily(TableReader *reader, Plan *plan) {
    plan->daily_length = read_length(reader);
    plan->daily = take_block(reader, plan->daily_length, sizeof *plan->daily);
    for (uint32_t i = 0; i < plan->daily_length && !reader->error; i++) {
        DailyOf *daily = &plan->daily[i];
        daily->reach = read_between(reader, 0, SPAN_MAX / DAY_MS);
        daily->lag = read_between(reader, 0, FAR);
        daily->steps_daily = read_bool(reader);
        daily->peaks = read_numbers(reader);
        daily->windows = read_numbers(reader);
        daily->gaps = read_numbers(reader);
        daily->latest = read_numbers(reader);
        daily->dependents = read_bits(reader);
        daily->past_dependents = read_bits(reader);
        daily->use_days_dependents = read_bits(reader);
        if (daily->lag > SPAN_MAX && daily->lag != FAR) refuse(reader, "a lag of daily totals is out of its range");
    }
}

static DaysOf *read_days(TableReader *reader, uint32_t *length) {
    *length = read_length(reader);
    DaysOf *all = take_block(reader, *length, sizeof *all);
    for (uint32_t i = 0; i < *length; i++) {
        all[i].daily = (uint32_t)read_between(reader, 0, UINT32_MAX);
        all[i].nth = read_between(reader, 1, NTH_MAX);
        all[i].within = read_between(reader, 0, SPAN_MAX / DAY_MS);
    }
    return all;
}

static void read_readers(TableReader *reader, Plan *plan) {
    const int64_t days_max = SPAN_MAX / DAY_MS;
    plan->peaks_length = read_length(reader);
    plan->peaks = take_block(reader, plan->peaks_length, sizeof *plan->peaks);
    for (uint32_t i = 0; i < plan->peaks_length; i++) {
        plan->peaks[i].daily = (uint32_t)read_between(reader, 0, UINT32_MAX);
        plan->peaks[i].window = read_between(reader, 1, days_max);
        plan->peaks[i].within = read_between(reader, 1, days_max);
    }
    plan->past_windows_length = read_length(reader);
    plan->past_windows = take_block(reader, plan->past_windows_length, sizeof *plan->past_windows);
    for (uint32_t i = 0; i < plan->past_windows_length; i++) {
        PastWindowsOf *windows = &plan->past_windows[i];
        windows->daily = (uint32_t)read_between(reader, 0, UINT32_MAX);
        windows->window = read_between(reader, 1, days_max);
        windows->newest = read_between(reader, 0, days_max);
        windows->oldest = read_between(reader, 0, days_max);
        windows->steps = read_between(reader, 0, days_max);
        windows->counts_days = read_bool(reader);
        windows->is_of_all = read_bool(reader);
    }
    plan->gaps = read_days(reader, &plan->gaps_length);
    plan->latest_days = read_days(reader, &plan->latest_days_length);
}

static void read_items(TableReader *reader, Plan *plan) {
    plan->items_length = read_length(reader);
    plan->items = take_block(reader, plan->items_length, sizeof *plan->items);
    for (uint32_t i = 0; i < plan->items_length; i++) {
        ItemsOf *items = &plan->items[i];
        items->is_times = read_bool(reader);
        items->steps_daily = read_bool(reader);
        items->span = read_between(reader, 0, BUCKETS_MAX);
        items->window = read_between(reader, 0, BUCKETS_MAX);
        items->within_ms = read_between(reader, 0, SPAN_MAX);
        items->dependents = read_bits(reader);
    }
}

static void read_plan(TableReader *reader, Plan *plan) {
    if (read_whole(reader) != VERSION) refuse(reader, "the tables are of another version: build the kernel again");
    read_time(reader, plan);
    plan->count_series = read_series(reader, &plan->count_series_length);
    plan->value_series = read_series(reader, &plan->value_series_length);
    /* A window and an edge take several words each, so no more of them than words can be there. */
    int64_t most = (int64_t)(reader->length / 8);
    plan->count_windows = (uint32_t)read_between(reader, 0, most);
    plan->value_windows = (uint32_t)read_between(reader, 0, most);
    plan->edges = (uint32_t)read_between(reader, 0, most);
    read_daily(reader, plan);
    read_readers(reader, plan);
    plan->latest_values = read_masks(reader);
    plan->latest_at = read_masks(reader);
    plan->first_at = read_masks(reader);
    plan->tallies = read_masks(reader);
    read_items(reader, plan);
    plan->norm_entries = (uint32_t)read_between(reader, 0, most);
    plan->score_plans_length = read_length(reader);
    plan->score_plans = take_block(reader, plan->score_plans_length, sizeof *plan->score_plans);
    for (uint32_t i = 0; i < plan->score_plans_length && !reader->error; i++) {
        plan->score_plans[i] = score_plan_of(reader);
    }
    const uint32_t places[PIECES_KINDS] = {
        plan->latest_values.length, plan->latest_at.length, plan->first_at.length, plan->count_series_length,
        plan->value_series_length,  plan->daily_length,     plan->items_length + plan->tallies.length,
    };
    for (uint32_t kind = 0; kind < PIECES_KINDS; kind++) plan->pieces[kind] = read_pieces(reader, places[kind]);
    if (reader->at != reader->length) refuse(reader, "the tables are longer than what they say");
}

Plan *plan_of(const uint8_t *bytes, size_t length, const char **error) {
    TableReader reader = {bytes, length, 0, NULL, NULL};
    OwnedPlan *owned = take_memory(1, sizeof *owned);
    read_plan(&reader, &owned->plan);
    if (!reader.error) check_plan(&reader, &owned->plan);
    owned->blocks = reader.blocks;
    *error = reader.error;
    if (!reader.error) return &owned->plan;
    plan_free(&owned->plan);
    return NULL;
}

void plan_free(Plan *plan) {
    if (!plan) return;
    OwnedPlan *owned = (OwnedPlan *)plan;
    give_blocks(owned->blocks);
    give_memory(owned);
}
