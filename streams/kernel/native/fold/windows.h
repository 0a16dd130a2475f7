/* What counts and values share: sums that cannot pass 64 bits, edges and their timers. */
#ifndef VITALS_WINDOWS_H
#define VITALS_WINDOWS_H

#include "../state/cells.h"
#include "fold.h"

static inline int64_t checked_sum(int64_t one, int64_t other) {
    int64_t sum;
    if (__builtin_add_overflow(one, other, &sum)) fault("a sum of amounts is beyond 64 bits");
    return sum;
}

/* Whether a window holds a bucket at the account's current one. */
static inline bool holds(const Window *window, const Account *account, int64_t bucket) {
    int64_t age = account->current_bucket - bucket;
    return age >= window->newest && age < window->oldest;
}

/* Sets the edge timers for a bucket that is no longer empty. */
void fill(Account *account, const Series *series, int64_t bucket);
/* Moves what lies in the buckets (after, until] over an edge. Returns the first bucket after it that has something, FAR
 * for none. */
int64_t cross_counts(const Plan *plan, Account *account, uint32_t series, const Edge *edge, int64_t after, int64_t until);
int64_t cross_values(Account *account, uint32_t series, const Edge *edge, int64_t after, int64_t until);
/* Computes a window, or the part (after, until] of a series, from the cells; `next` is the first bucket after it. */
int64_t total_in(const Counts *counts, int64_t after, int64_t until, int64_t *next);
void gather_values(Account *account, uint32_t series, const Window *window);

#endif
