/* An account's state: made, freed and copied. All arrays of fixed length lie in one block of memory, behind the account. */
#include "../judge/judge.h"
#include "cells.h"
#include "ids.h"
#include "marks.h"
#include "value_counts.h"

#include <string.h>

/* The next part of the block, of `count` things of a size; with `at` NULL only the bytes are counted. */
static void *part(char *at, size_t *bytes, size_t count, size_t size) {
    *bytes = (*bytes + 7) & ~(size_t)7;
    void *found = at ? at + *bytes : NULL;
    *bytes += count * size;
    return found;
}

#define PART(field, count) account->field = part(at, &bytes, (count), sizeof *account->field)

/* Sets the arrays of an account in the block at `at`; returns the bytes of the block. */
static size_t lay_out(const Plan *plan, Account *account, char *at) {
    size_t bytes = sizeof *account;
    PART(ids, 1);
    PART(edge_timers, plan->edges);
    PART(sums, plan->count_windows);
    PART(latest_at, plan->latest_at.length);
    PART(first_at, plan->first_at.length);
    PART(counts, plan->count_series_length);
    PART(values, plan->value_series_length);
    PART(value_counts, plan->value_windows);
    PART(totals, plan->daily_length);
    PART(peaks, plan->peaks_length);
    PART(windows, plan->past_windows_length);
    PART(gaps, plan->gaps_length);
    PART(latest_values, plan->latest_values.length);
    PART(items, plan->items_length);
    PART(tallies, plan->tallies.length);
    return bytes;
}

static Account *make_block(const Plan *plan, size_t *bytes) {
    Account measured;
    *bytes = lay_out(plan, &measured, NULL);
    return take_memory(1, *bytes);
}

Account *account_new(const Plan *plan, int64_t as_of_ms) {
    size_t bytes;
    Account *account = make_block(plan, &bytes);
    lay_out(plan, account, (char *)account);
    account->bytes = (uint32_t)bytes;
    account->as_of_ms = as_of_ms;
    account->current_bucket = floor_div(as_of_ms, plan->resolution_ms);
    account->next_due = account->next_edge = account->next_purge = account->first_ms = FAR;
    account->latest_ms = -1;
    account->latest_day = account->latest_block = NOTHING_MARKED;
    for (uint32_t each = 0; each < plan->edges; each++) account->edge_timers[each] = FAR;
    for (uint32_t each = 0; each < plan->latest_at.length; each++) account->latest_at[each] = -1;
    for (uint32_t each = 0; each < plan->first_at.length; each++) account->first_at[each] = FAR;
    account->scores = score_cache_new(plan);
    return account;
}

static void free_days(Days *days) {
    for (uint32_t each = 0; each < days->alikes_length; each++) give_memory(days->alikes[each].texts);
    give_memory(days->alikes);
    give_memory(days->days);
}

void account_free(const Plan *plan, Account *account) {
    if (!account) return;
    for (uint32_t each = 0; each < plan->count_series_length; each++) cells_free(&account->counts[each]);
    for (uint32_t each = 0; each < plan->value_series_length; each++) {
        cells_free(&account->values[each].cells);
        give_memory(account->values[each].ceilings);
    }
    for (uint32_t each = 0; each < plan->value_windows; each++) value_counts_free(&account->value_counts[each]);
    for (uint32_t each = 0; each < plan->daily_length; each++) {
        give_memory(account->totals[each].days);
        give_memory(account->totals[each].totals);
    }
    for (uint32_t each = 0; each < plan->past_windows_length; each++) give_memory(account->windows[each].ranked.runs);
    for (uint32_t each = 0; each < plan->gaps_length; each++) gap_cache_free(account->gaps[each]);
    for (uint32_t each = 0; each < plan->latest_values.length; each++)
        give_memory((char *)account->latest_values[each].text.bytes);
    for (uint32_t each = 0; each < plan->items_length; each++) give_memory(account->items[each].items);
    for (uint32_t each = 0; each < plan->tallies.length; each++) give_memory(account->tallies[each].items);
    free_days(&account->days);
    give_marks(account);
    give_memory(account->earlier);
    ids_free(account->ids);
    score_cache_free(plan, account->scores);
    give_memory(account);
}

/* A copy of `length` things in memory of their own, with room for no more; NULL for none. */
static void *copy_of(const void *held, size_t length, size_t size) {
    if (!length) return NULL;
    void *copy = grow_memory(NULL, length, size);
    memcpy(copy, held, length * size);
    return copy;
}

static void copy_days(Days *copy) {
    copy->days = copy_of(copy->days, copy->length, sizeof *copy->days);
    copy->room = copy->length;
    copy->alikes = copy_of(copy->alikes, copy->alikes_length, sizeof(Alike));
    copy->alikes_room = copy->alikes_length;
    for (uint32_t each = 0; each < copy->alikes_length; each++) {
        Alike *alike = &copy->alikes[each];
        if (alike->texts) alike->texts = copy_of(alike->texts, (size_t)alike->event_length + alike->user_length, 1);
    }
}

static void copy_totals(Totals *totals) {
    totals->days = copy_of(totals->days, totals->length, sizeof *totals->days);
    totals->totals = copy_of(totals->totals, totals->length, sizeof *totals->totals);
    totals->room = totals->length;
}

static void copy_items(Items *items) {
    items->items = copy_of(items->items, items->length, sizeof(Item));
    items->room = items->length;
}

/* Gives a copy of an account's bytes its own memory for the content of its series. */
static void copy_series(const Plan *plan, Account *copy) {
    for (uint32_t each = 0; each < plan->count_series_length; each++) copy->counts[each] = cells_copy(&copy->counts[each]);
    for (uint32_t each = 0; each < plan->value_series_length; each++) {
        Values *values = &copy->values[each];
        values->cells = cells_copy(&values->cells);
        values->ceilings = copy_of(values->ceilings, values->ceilings_length, sizeof(Ceiling));
        values->ceilings_room = values->ceilings_length;
    }
    for (uint32_t each = 0; each < plan->value_windows; each++)
        copy->value_counts[each] = value_counts_copy(&copy->value_counts[each]);
}

/* The same for daily totals, latest values and items. */
static void copy_others(const Plan *plan, Account *copy) {
    for (uint32_t each = 0; each < plan->daily_length; each++) copy_totals(&copy->totals[each]);
    for (uint32_t each = 0; each < plan->past_windows_length; each++)
        copy->windows[each].ranked = ranked_copy(&copy->windows[each].ranked);
    for (uint32_t each = 0; each < plan->gaps_length; each++) copy->gaps[each] = gap_cache_copy(copy->gaps[each]);
    for (uint32_t each = 0; each < plan->latest_values.length; each++) {
        Text *text = &copy->latest_values[each].text;
        text->bytes = copy_of(text->bytes, text->length, 1);
    }
    for (uint32_t each = 0; each < plan->items_length; each++) copy_items(&copy->items[each]);
    for (uint32_t each = 0; each < plan->tallies.length; each++) copy_items(&copy->tallies[each]);
}

static Account *copy_account(const Plan *plan, const Account *account, bool has_alikes) {
    size_t bytes;
    Account *copy = make_block(plan, &bytes);
    memcpy(copy, account, bytes);
    lay_out(plan, copy, (char *)copy);
    if (!has_alikes) {
        copy->days.alikes = NULL;
        copy->days.alikes_length = 0;
    }
    copy->earlier = copy_of(account->earlier, account->earlier_length, sizeof(Stretch));
    copy_days(&copy->days);
    copy_series(plan, copy);
    copy_others(plan, copy);
    *copy->ids = (EventIds){0};
    copy->marks = NULL; /* it is never written */
    copy->expired = NULL;
    copy->items_changed = false;
    copy->latest_day = copy->latest_block = NOTHING_MARKED;
    copy->scores = account->scores ? score_cache_copy(plan, account->scores) : NULL;
    return copy;
}

Account *account_fork(const Plan *plan, const Account *account) { return copy_account(plan, account, true); }

Account *account_trial(const Plan *plan, const Account *account) { return copy_account(plan, account, false); }
