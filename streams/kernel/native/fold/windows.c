/* Windows: how what lies in a series enters and leaves them as time advances. Equals `scoring.fold.windows` and
 * `scoring.state.series`. Writes `Account.sums`, `value_counts`, `edge_timers` and `expired`. */
#include "windows.h"

#include "../state/marks.h"

void fill(Account *account, const Series *series, int64_t bucket) {
    for (uint32_t each = 0; each < series->edges_length; each++) {
        const Edge *edge = &series->edges[each];
        int64_t crossing = bucket + edge->offset;
        int64_t *timer = &account->edge_timers[edge->number];
        if (account->current_bucket < crossing && crossing < *timer) {
            *timer = crossing;
            account->next_edge = least(account->next_edge, crossing);
            due_by(account, crossing);
        }
    }
}

static void move_series(const Plan *plan, Account *account, bool is_counts, uint32_t number, int64_t before) {
    const Series *series = is_counts ? &plan->count_series[number] : &plan->value_series[number];
    int64_t now = account->current_bucket;
    for (uint32_t each = 0; each < series->edges_length; each++) {
        const Edge *edge = &series->edges[each];
        int64_t *timer = &account->edge_timers[edge->number];
        if (*timer <= now) {
            int64_t after = before - edge->offset, until = now - edge->offset;
            int64_t next = is_counts ? cross_counts(plan, account, number, edge, after, until)
                                     : cross_values(account, number, edge, after, until);
            *timer = next + edge->offset;
            account->changed_dependents |= edge->dependents;
        }
        account->next_edge = least(account->next_edge, *timer);
    }
}

void move_windows(const Plan *plan, Account *account, int64_t before) {
    if (account->next_edge > account->current_bucket) { /* an account that is idle gives back its memory here */
        if (account->expired) forget_expired(account);
        return;
    }
    begin_expired(account);
    account->next_edge = FAR;
    for (uint32_t each = 0; each < plan->count_series_length; each++)
        move_series(plan, account, true, each, before);
    for (uint32_t each = 0; each < plan->value_series_length; each++)
        move_series(plan, account, false, each, before);
}

static void restore_edges(Account *account, const Series *series, const Cells *cells) {
    for (uint32_t each = 0; each < series->edges_length; each++) {
        const Edge *edge = &series->edges[each];
        int64_t found = first_bucket_past(cells, account->current_bucket - edge->offset);
        account->edge_timers[edge->number] = found + edge->offset;
        account->next_edge = least(account->next_edge, found + edge->offset);
    }
}

void restore_windows(const Plan *plan, Account *account) {
    int64_t now = account->current_bucket, next;
    account->next_edge = FAR;
    for (uint32_t each = 0; each < plan->count_series_length; each++) {
        const Series *series = &plan->count_series[each];
        for (uint32_t number = 0; number < series->windows_length; number++) {
            const Window *window = &series->windows[number];
            account->sums[window->number] =
                total_in(&account->counts[each], now - window->oldest, now - window->newest, &next);
        }
        restore_edges(account, series, &account->counts[each]);
    }
    for (uint32_t each = 0; each < plan->value_series_length; each++) {
        const Series *series = &plan->value_series[each];
        for (uint32_t number = 0; number < series->windows_length; number++)
            gather_values(account, each, &series->windows[number]);
        restore_edges(account, series, &account->values[each].cells);
    }
}
