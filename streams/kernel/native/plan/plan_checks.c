/* Checks of a plan that was read: all that refers to something refers to what is there. What they let through the fold
 * may take as true. */
#include "plan_parts.h"

bool is_in(const Numbers *numbers, uint32_t length) {
    for (uint32_t i = 0; i < numbers->length; i++) {
        if (!is_number(numbers->items[i], length)) return false;
    }
    return true;
}

bool are_weights(const Reals *weights) {
    for (uint32_t i = 0; i < weights->length; i++) {
        if (!(weights->items[i] >= 0 && weights->items[i] <= WEIGHT_MAX)) return false;
    }
    return true;
}

static bool ascends(const Numbers *numbers) {
    for (uint32_t i = 0; i < numbers->length; i++) {
        int64_t before = i ? numbers->items[i - 1] : -1;
        if (numbers->items[i] <= before || numbers->items[i] > SPAN_MAX) return false;
    }
    return true;
}

static uint32_t times_in(const Numbers *numbers, int64_t number) {
    uint32_t times = 0;
    for (uint32_t i = 0; i < numbers->length; i++) times += numbers->items[i] == number;
    return times;
}

/* A window is gained at one edge of its series, that of its newest bucket, and lost at one, that of its oldest. */
static bool has_its_edges(const Series *series, const Window *window) {
    uint32_t gains = 0, losses = 0;
    for (uint32_t i = 0; i < series->edges_length; i++) {
        const Edge *edge = &series->edges[i];
        uint32_t gained = times_in(&edge->gains, window->number);
        uint32_t lost = times_in(&edge->losses, window->number);
        if ((gained && edge->offset != window->newest) || (lost && edge->offset != window->oldest)) return false;
        gains += gained;
        losses += lost;
    }
    return gains == 1 && losses == 1;
}

static uint32_t names_of_edges(const Series *series) {
    uint32_t names = 0;
    for (uint32_t i = 0; i < series->edges_length; i++) {
        names += series->edges[i].gains.length + series->edges[i].losses.length;
    }
    return names;
}

static void check_series(TableReader *reader, const Series *series, bool *windows, uint32_t length, bool *edges,
                         uint32_t edges_length) {
    int64_t before = -1;
    for (uint32_t i = 0; i < series->windows_length; i++) {
        const Window *window = &series->windows[i];
        bool is_there = is_number(window->number, length) && !windows[window->number];
        bool is_wide = window->newest < window->oldest && window->oldest <= series->span;
        if (!is_there || !is_wide || !has_its_edges(series, window)) {
            refuse(reader, "a window of the tables does not fit its series");
            return;
        }
        windows[window->number] = true;
    }
    for (uint32_t i = 0; i < series->edges_length; i++) {
        const Edge *edge = &series->edges[i];
        if (!is_number(edge->number, edges_length) || edges[edge->number] || edge->offset <= before) {
            refuse(reader, "an edge of the tables is of no use");
            return;
        }
        edges[edge->number] = true;
        before = edge->offset;
    }
    if (names_of_edges(series) != 2 * series->windows_length) refuse(reader, "an edge refers to no window of its series");
}

static bool all_are_there(const bool *each, uint32_t length) {
    for (uint32_t i = 0; i < length; i++) {
        if (!each[i]) return false;
    }
    return true;
}

static void check_windows(TableReader *reader, const Plan *plan) {
    bool *counts = take_block(reader, plan->count_windows, sizeof *counts);
    bool *values = take_block(reader, plan->value_windows, sizeof *values);
    bool *edges = take_block(reader, plan->edges, sizeof *edges);
    for (uint32_t i = 0; i < plan->count_series_length && !reader->error; i++) {
        check_series(reader, &plan->count_series[i], counts, plan->count_windows, edges, plan->edges);
    }
    for (uint32_t i = 0; i < plan->value_series_length && !reader->error; i++) {
        check_series(reader, &plan->value_series[i], values, plan->value_windows, edges, plan->edges);
    }
    bool are_there = all_are_there(counts, plan->count_windows) && all_are_there(values, plan->value_windows);
    if (!are_there || !all_are_there(edges, plan->edges)) refuse(reader, "a window or an edge belongs to no series");
}

static bool reads_daily(const Plan *plan, uint32_t number) {
    const DailyOf *daily = &plan->daily[number];
    if (!is_in(&daily->peaks, plan->peaks_length) || !is_in(&daily->windows, plan->past_windows_length)) return false;
    if (!is_in(&daily->gaps, plan->gaps_length) || !is_in(&daily->latest, plan->latest_days_length)) return false;
    for (uint32_t i = 0; i < daily->peaks.length; i++) {
        if (plan->peaks[daily->peaks.items[i]].daily != number) return false;
    }
    for (uint32_t i = 0; i < daily->windows.length; i++) {
        if (plan->past_windows[daily->windows.items[i]].daily != number) return false;
    }
    for (uint32_t i = 0; i < daily->gaps.length; i++) {
        if (plan->gaps[daily->gaps.items[i]].daily != number) return false;
    }
    for (uint32_t i = 0; i < daily->latest.length; i++) {
        if (plan->latest_days[daily->latest.items[i]].daily != number) return false;
    }
    return true;
}

static void check_daily(TableReader *reader, const Plan *plan) {
    bool is_sound = true;
    for (uint32_t i = 0; i < plan->daily_length; i++) is_sound = is_sound && reads_daily(plan, i);
    for (uint32_t i = 0; i < plan->peaks_length; i++) is_sound = is_sound && plan->peaks[i].daily < plan->daily_length;
    for (uint32_t i = 0; i < plan->past_windows_length; i++) {
        const PastWindowsOf *windows = &plan->past_windows[i];
        is_sound = is_sound && windows->daily < plan->daily_length && windows->newest <= windows->oldest;
    }
    for (uint32_t i = 0; i < plan->gaps_length; i++) is_sound = is_sound && plan->gaps[i].daily < plan->daily_length;
    for (uint32_t i = 0; i < plan->latest_days_length; i++) {
        is_sound = is_sound && plan->latest_days[i].daily < plan->daily_length;
    }
    if (!is_sound) refuse(reader, "a reader of daily totals does not fit them");
}

static void check_slots(TableReader *reader, const Plan *plan) {
    bool is_sound = is_in(&plan->silence_slots, plan->latest_at.length);
    is_sound = is_sound && is_in(&plan->day_silence_slots, plan->latest_at.length);
    is_sound = is_sound && is_in(&plan->instant_slots, plan->latest_values.length);
    if (!is_sound) refuse(reader, "a slot of the tables is not there");
    if (!ascends(&plan->age_marks) || !ascends(&plan->day_marks)) refuse(reader, "marks of age do not ascend");
}

/* Each component and each model's conditions have a bit of their own. */
static void check_bits(TableReader *reader, const Plan *plan) {
    Bits taken = 0;
    for (uint32_t i = 0; i < plan->score_plans_length; i++) {
        const ScorePlanOf *score_plan = &plan->score_plans[i];
        Bits own = 0;
        for (uint32_t k = 0; k <= score_plan->components_length; k++) {
            bool is_component = k < score_plan->components_length;
            Bits bit = is_component ? score_plan->components[k].bit : score_plan->conditions_bit;
            if (!bit || bit & (bit - 1) || bit & own) refuse(reader, "a bit of the tables is used twice");
            own |= bit;
        }
        if (own != score_plan->mask || own & taken) refuse(reader, "the bits of two models overlap");
        taken |= own;
    }
}

void check_plan(TableReader *reader, const Plan *plan) {
    if (plan->resolution_ms * plan->buckets_a_day != DAY_MS) refuse(reader, "no whole number of buckets is a day");
    if (!plan->score_plans_length) refuse(reader, "the tables have no model");
    check_windows(reader, plan);
    check_daily(reader, plan);
    check_slots(reader, plan);
    check_bits(reader, plan);
    for (uint32_t i = 0; i < plan->score_plans_length && !reader->error; i++) {
        check_score_plan(reader, plan, &plan->score_plans[i]);
    }
}
